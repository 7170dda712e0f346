/// What a function may ask of the server while one call of it runs, with the rights and the budget of the caller and no more.
///
/// One object for each call. Errors (`AppError`) are raised in the code with their message; what is not there fails with its name.
package protocol FunctionServices: Sendable {
    /// `__event_emitter__`: `{"type": "status", "data": {...}}` and others, for whoever watches the chat. Must not wait for them.
    func emit(_ event: JSONObject) async

    /// `__event_call__`: asks the person at the page (`confirmation`, `input`, `execute`) and waits.
    /// - Throws: `AppError(.unavailable)` when nobody is there to be asked.
    func ask(_ event: JSONObject) async throws -> JSONValue

    /// `generate_chat_completion`: an OpenAI request, answered as the caller's own request would be.
    func complete(_ body: JSONObject) async throws -> ChatAnswer

    /// The models the caller sees, as `/api/models` lists them.
    func models() async throws -> [JSONValue]

    /// `Files.get_file_by_id`: the row as `/api/v1/files/{id}` gives it, with `data.content` (the extracted text); `nil` when the caller
    /// may not read it or there is none.
    func file(_ id: String) async throws -> JSONObject?

    /// The bytes of a file, at most `limit`; `nil` as for `file`.
    func fileContent(_ id: String, limit: Int) async throws -> [UInt8]?

    /// Searches documents: items as a request's `files`, or collections.
    /// - Returns: as `/api/v1/retrieval/query/collection`: `{distances, documents, metadatas}`.
    func retrieve(_ queries: [String], items: [JSONValue], limit: Int) async throws -> JSONObject

    /// `Users.get_user_by_id`: only the caller, `nil` for everybody else.
    func user(_ id: String) async throws -> JSONObject?

    /// `Chats.get_chat_by_id...`: a chat of the caller; `nil` when it is not theirs.
    func chat(_ id: String) async throws -> JSONObject?

    /// `Knowledges.get_knowledge_by_id`: the row as `/api/v1/knowledge/{id}` gives it, with `files` (rows without content); `nil` when the caller
    /// may not read it or there is none.
    func knowledge(_ id: String) async throws -> JSONObject?

    /// Every knowledge base that the caller may read, with `write_access`, without `files`.
    func knowledgeBases() async throws -> [JSONValue]

    /// Calls one of the tools of the call's `__tools__`.
    func runTool(_ name: String, arguments: JSONObject) async throws -> JSONValue
}

/// Everything is refused by its name until a type says otherwise.
extension FunctionServices {
    package func emit(_ event: JSONObject) async {}
    package func ask(_ event: JSONObject) async throws -> JSONValue { throw Self.missing("__event_call__") }
    package func complete(_ body: JSONObject) async throws -> ChatAnswer { throw Self.missing("generate_chat_completion") }
    package func models() async throws -> [JSONValue] { throw Self.missing("get_all_models") }
    package func file(_ id: String) async throws -> JSONObject? { throw Self.missing("Files") }
    package func fileContent(_ id: String, limit: Int) async throws -> [UInt8]? { throw Self.missing("Files") }
    package func retrieve(_ queries: [String], items: [JSONValue], limit: Int) async throws -> JSONObject { throw Self.missing("query_collection") }
    package func user(_ id: String) async throws -> JSONObject? { throw Self.missing("Users") }
    package func chat(_ id: String) async throws -> JSONObject? { throw Self.missing("Chats") }
    package func knowledge(_ id: String) async throws -> JSONObject? { throw Self.missing("Knowledges") }
    package func knowledgeBases() async throws -> [JSONValue] { throw Self.missing("Knowledges") }
    package func runTool(_ name: String, arguments: JSONObject) async throws -> JSONValue { throw Self.missing("__tools__") }

    private static func missing(_ name: String) -> AppError { AppError(.unavailable, "\(name) is not available here.") }
}

/// Grants nothing: for `pipes()`, inspection and whatever runs for nobody.
package struct NoFunctionServices: FunctionServices {
    package init() {}
}
