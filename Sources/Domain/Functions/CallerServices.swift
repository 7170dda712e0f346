/// What functions may ask of this server, each with the principal whose rights count.
package struct ServerAccess: Sendable {
    /// An OpenAI request of a function, own fields and all, answered as the principal's own. The number says how many functions stand
    /// between the principal and the answer.
    package var complete: @Sendable (JSONObject, Principal, _ depth: Int) async throws -> ChatAnswer
    package var models: @Sendable (Principal) async throws -> [JSONValue]
    package var file: @Sendable (String, Principal) async throws -> JSONObject?
    package var fileContent: @Sendable (String, _ limit: Int, Principal) async throws -> [UInt8]?
    package var retrieve: @Sendable ([String], [JSONValue], _ limit: Int, Principal) async throws -> JSONObject
    package var user: @Sendable (Principal) async throws -> JSONObject?
    package var chat: @Sendable (String, Principal) async throws -> JSONObject?
    package var knowledge: @Sendable (String, Principal) async throws -> JSONObject?
    package var knowledgeBases: @Sendable (Principal) async throws -> [JSONValue]
    /// How deep functions may call functions.
    package var deepest: @Sendable () -> Int
    package var questions: QuestionDesk

    package init(
        complete: @escaping @Sendable (JSONObject, Principal, Int) async throws -> ChatAnswer,
        models: @escaping @Sendable (Principal) async throws -> [JSONValue] = { _ in [] },
        file: @escaping @Sendable (String, Principal) async throws -> JSONObject? = { _, _ in nil },
        fileContent: @escaping @Sendable (String, Int, Principal) async throws -> [UInt8]? = { _, _, _ in nil },
        retrieve: @escaping @Sendable ([String], [JSONValue], Int, Principal) async throws -> JSONObject = { _, _, _, _ in [:] },
        user: @escaping @Sendable (Principal) async throws -> JSONObject? = { _ in nil },
        chat: @escaping @Sendable (String, Principal) async throws -> JSONObject? = { _, _ in nil },
        knowledge: @escaping @Sendable (String, Principal) async throws -> JSONObject? = { _, _ in nil },
        knowledgeBases: @escaping @Sendable (Principal) async throws -> [JSONValue] = { _ in [] },
        deepest: @escaping @Sendable () -> Int = { 4 }, questions: QuestionDesk = QuestionDesk()
    ) {
        self.complete = complete
        self.models = models
        self.file = file
        self.fileContent = fileContent
        self.retrieve = retrieve
        self.user = user
        self.chat = chat
        self.knowledge = knowledge
        self.knowledgeBases = knowledgeBases
        self.deepest = deepest
        self.questions = questions
    }
}

/// The server as one call of a function sees it.
struct CallerServices: FunctionServices {
    private let access: ServerAccess
    private let principal: Principal
    private let depth: Int
    private let events: ChatEventQueue?
    /// Whether the client said that somebody is there to answer.
    private let canAsk: Bool
    private let tools: [String: any Tool]
    private let items: [JSONValue]

    init(access: ServerAccess, request: ChatRequest) {
        self.access = access
        principal = request.principal
        depth = request.depth
        events = request.events
        canAsk = request.isStream && request.own["features"]?["event_call"]?.bool == true
        tools = Dictionary(request.pluginTools.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        items = request.items
    }

    func emit(_ event: JSONObject) async { events?.push(event) }

    func ask(_ event: JSONObject) async throws -> JSONValue {
        guard canAsk, let events else { throw AppError(.unavailable, "Nobody is there to be asked (__event_call__).") }
        return try await access.questions.ask(event, of: principal.userID, through: events)
    }

    func complete(_ body: JSONObject) async throws -> ChatAnswer {
        try require(.chat, "models")
        let limit = access.deepest()
        guard depth < limit else { throw AppError(.badRequest, "Functions call each other more than \(limit) deep.") }
        return try await access.complete(body, principal, depth + 1)
    }

    func models() async throws -> [JSONValue] {
        try require(.models, "the list of models")
        return try await access.models(principal)
    }

    func file(_ id: String) async throws -> JSONObject? {
        if !isGiven(id) { try require(.files, "files") }
        return try await access.file(id, principal)
    }

    func fileContent(_ id: String, limit: Int) async throws -> [UInt8]? {
        if !isGiven(id) { try require(.files, "files") }
        return try await access.fileContent(id, limit, principal)
    }

    func retrieve(_ queries: [String], items: [JSONValue], limit: Int) async throws -> JSONObject {
        let names = items.map { $0.string ?? $0["collection_name"]?.string ?? $0["id"]?.string ?? "" }
        if !names.allSatisfy(isGiven) { try require(.knowledge, "knowledge") }
        return try await access.retrieve(queries, items, limit, principal)
    }

    func user(_ id: String) async throws -> JSONObject? { id == principal.userID ? try await access.user(principal) : nil }

    func chat(_ id: String) async throws -> JSONObject? {
        try require(.chats, "chats")
        return try await access.chat(id, principal)
    }

    func knowledge(_ id: String) async throws -> JSONObject? {
        if !isGiven(id) { try require(.knowledge, "knowledge") }
        return try await access.knowledge(id, principal)
    }

    func knowledgeBases() async throws -> [JSONValue] {
        try require(.knowledge, "knowledge")
        return try await access.knowledgeBases(principal)
    }

    /// What an API key may not do by itself, a function that it calls may not do for it.
    private func require(_ scope: KeyRestrictions.Scope, _ name: String) throws {
        guard let scopes = principal.restrictions?.scopes, !scopes.isEmpty, !scopes.contains(scope) else { return }
        throw AppError(.forbidden, "This API key is not allowed to use \(name).")
    }

    /// Whether the request itself names the file or collection, so that its caller gets to see it anyway.
    private func isGiven(_ id: String) -> Bool {
        items.contains { $0["id"]?.string == id || $0["file"]?["id"]?.string == id || $0["collection_name"]?.string == id }
    }

    func runTool(_ name: String, arguments: JSONObject) async throws -> JSONValue {
        guard let tool = tools[name] else { throw AppError(.notFound, "There is no tool \(name) in this chat.") }
        return .string(try await tool.run(arguments, in: ToolContext(principal: principal, items: items)).text)
    }
}
