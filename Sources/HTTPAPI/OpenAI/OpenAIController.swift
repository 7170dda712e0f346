package import Domain
import HTTPTypes
import Hummingbird
import NIOCore

/// OpenAI's API under `/openai`: models of OpenAI-compatible upstreams only, with the contract's stricter errors.
package struct OpenAIController: Controller {
    private let catalog: ModelCatalog
    private let book: ConnectionBook
    private let settings: Settings
    private let transport: any UpstreamTransport
    private let chat: any ChatHandling

    package init(
        catalog: ModelCatalog, book: ConnectionBook, settings: Settings, transport: any UpstreamTransport, chat: any ChatHandling
    ) {
        self.catalog = catalog
        self.book = book
        self.settings = settings
        self.transport = transport
        self.chat = chat
    }

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .get, "/openai/models", access: .user, scope: .models,
            RouteDocumentation("OpenAI", "Models of OpenAI-compatible upstreams that the caller may use.")
        ) { _, context in
            try checkEnabled()
            let principal = try context.requirePrincipal()
            let models = await catalog.providerEntries(for: principal).filter { if case .openAI = $0.route { true } else { false } }
            return .json(["data": .array(models.map { .object($0.wire) })])
        }
        routes.on(
            .get, "/openai/models/{idx}", access: .admin, scope: .models, RouteDocumentation("OpenAI", "One upstream's own model list."),
            handler: modelsOfOne)
        routes.on(
            .post, "/openai/chat/completions", access: .user, scope: .chat,
            RouteDocumentation("OpenAI", "Answer a chat with a model of an OpenAI-compatible upstream.", body: ChatSchemas.completion)
        ) { request, context in
            try checkEnabled()
            var request = request
            _ = try await model(of: &request, for: context)
            return try await chat.complete(request, context) { try Self.checkRoute($0) }
        }
        routes.on(
            .post, "/openai/responses", access: .user, scope: .chat,
            RouteDocumentation("OpenAI", "OpenAI's Responses API, passed through.", body: ["type": "object", "required": ["model"]]),
            handler: responses)
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            routes.on(
                method, "/openai/{path+}", access: .user, scope: .chat,
                RouteDocumentation("OpenAI", "Any other path of the upstream; refused unless ENABLE_OPENAI_API_PASSTHROUGH is set."),
                handler: passThrough)
        }
    }

    private func checkEnabled() throws {
        guard book.isEnabled(.openAI) else { throw AppError(.unavailable, "OpenAI API is disabled") }
    }

    private func modelsOfOne(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try checkEnabled()
        let connections = book.all(.openAI)
        guard let index = Int(try context.parameters.require("idx")), connections.indices.contains(index) else { throw AppError.notFound }
        let seconds = settings[.modelListSeconds]
        do {
            return .json(
                try await context.whileClientWaits {
                    try await UpstreamJSON.get(connections[index], "/models", within: seconds, transport: transport)
                })
        } catch let failure as UpstreamFailure {
            throw AppError(.upstreamFailed, "The upstream answered with status \(failure.status).", cause: failure)
        }
    }

    // MARK: Which model

    /// The model that the body names, and the body. 404 when there is none, 403 when it is not granted.
    private func model(of request: inout Request, for context: AppRequestContext) async throws -> (ResolvedModel, JSONObject) {
        let limit = settings[.maximumBodyMegabytes] << 20
        request.body = .init(buffer: try await request.collectedBody(limit: limit))
        let body = try await request.jsonObject(limit: limit)
        let principal = try context.requirePrincipal()
        guard let id = body["model"]?.string, let found = await catalog.find(id) else { throw Self.unknownModel }
        try Self.checkRoute(found)
        guard let model = catalog.remembered(id, for: principal) else { throw AppError(.forbidden, "Model not found") }
        return (model, body)
    }

    private static let unknownModel = AppError(.notFound, "Model not found")

    private static func checkRoute(_ model: ResolvedModel) throws {
        guard case .openAI = model.base.route else { throw unknownModel }
    }

    // MARK: Passing through

    private func responses(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try checkEnabled()
        var request = request
        var (model, body) = try await model(of: &request, for: context)
        guard case .openAI(let connection, let upstreamID) = model.base.route else { throw Self.unknownModel }
        body["model"] = .string(upstreamID)
        if let prompt = WorkspacePrompt.filled(model, for: try context.requirePrincipal()) {
            let own = body["instructions"]?.string ?? ""
            body["instructions"] = .string(own.isEmpty ? prompt : prompt + "\n" + own)
        }
        return try await relay(connection.request("POST", "/responses", body: JSONValue.object(body).jsonBytes), context)
    }

    private func passThrough(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard settings[.enableOpenAIPassthrough] else {
            throw AppError(.forbidden, "Direct API passthrough is disabled. An administrator can allow it with ENABLE_OPENAI_API_PASSTHROUGH.")
        }
        try checkEnabled()
        let body = Array((try await request.collectedBody(limit: settings[.maximumBodyMegabytes] << 20)).readableBytesView)
        var bytes = body
        let connection: Connection
        if var object = (try? JSONValue(parsing: body))?.object, object["model"]?.string != nil {
            var head = request.head
            head.headerFields[.contentType] = "application/json"
            var copy = Request(head: head, body: .init(buffer: ByteBuffer(bytes: body)))
            let (model, _) = try await model(of: &copy, for: context)
            guard case .openAI(let found, let upstreamID) = model.base.route else { throw Self.unknownModel }
            object["model"] = .string(upstreamID)
            bytes = JSONValue.object(object).jsonBytes
            connection = found
        } else {
            guard let first = book.usable(.openAI).first else { throw AppError(.unavailable, "No OpenAI-compatible upstream is configured.") }
            connection = first
        }
        let path = String(request.uri.string.dropFirst("/openai".count))
        guard !path.contains(".."), path.hasPrefix("/") else { throw AppError.notFound }
        var outgoing = connection.request(request.method.rawValue, path, body: bytes)
        if let type = request.headers[.contentType] {
            outgoing.headers.removeAll { $0.name.lowercased() == "content-type" }
            outgoing.headers.append((name: "Content-Type", value: type))
        }
        return try await relay(outgoing, context)
    }

    private func relay(_ outgoing: UpstreamRequest, _ context: AppRequestContext) async throws -> Response {
        let transport = transport
        return context.relay(try await context.whileClientWaits { try await transport.send(outgoing) })
    }
}

/// The system prompt of a workspace model.
enum WorkspacePrompt {
    /// With its variables filled; `nil` when the model has none.
    static func filled(_ model: ResolvedModel, for principal: Principal) -> String? {
        guard let prompt = model.entry.workspace?.params["system"]?.string, !prompt.isEmpty else { return nil }
        return PromptTemplate(principal: principal, variables: [:], moment: .now()).filled(prompt)
    }
}
