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
    private let recorder: any UsageRecorder

    package init(
        catalog: ModelCatalog, book: ConnectionBook, settings: Settings, transport: any UpstreamTransport, chat: any ChatHandling,
        recorder: any UsageRecorder
    ) {
        self.catalog = catalog
        self.book = book
        self.settings = settings
        self.transport = transport
        self.chat = chat
        self.recorder = recorder
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
            RouteDocumentation("OpenAI", "Answer a chat with a model of an OpenAI-compatible upstream.")
        ) { request, context in
            try checkEnabled()
            var request = request
            _ = try await model(of: &request, for: context)
            return try await chat.complete(request, context) { try Self.checkRoute($0) }
        }
        routes.on(
            .post, "/openai/responses", access: .user, scope: .chat,
            RouteDocumentation("OpenAI", "OpenAI's Responses API, passed through."),
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
        let body = try await request.jsonObject(limit: limit).withoutOtherSpellings(of: "model")
        return (try await model(in: body, for: context), body)
    }

    private func model(in body: JSONObject, for context: AppRequestContext) async throws -> ResolvedModel {
        let principal = try context.requirePrincipal()
        guard let id = body["model"]?.string, let found = await catalog.find(id) else { throw Self.unknownModel }
        try Self.checkRoute(found)
        guard let model = catalog.remembered(id, for: principal) else { throw AppError(.forbidden, "Model not found") }
        return model
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
        let call = call(model, connection, upstreamID, .response, body, try context.requirePrincipal())
        body["model"] = .string(upstreamID)
        if let prompt = WorkspacePrompt.filled(model, for: try context.requirePrincipal()) {
            let own = body["instructions"]?.string ?? ""
            body["instructions"] = .string(own.isEmpty ? prompt : prompt + "\n" + own)
        }
        return try await relay(connection.request("POST", "/responses", body: JSONValue.object(body).jsonBytes), call, context)
    }

    /// The record of a call that is about to be made.
    private func call(
        _ model: ResolvedModel, _ connection: Connection, _ upstreamID: String, _ kind: UsageRecord.Kind, _ body: JSONObject, _ principal: Principal
    ) -> ModelCall {
        ModelCall(
            recorder, principal: principal, modelID: model.entry.id, upstreamModelID: upstreamID, upstream: connection.label, kind: kind,
            isStream: body["stream"]?.bool ?? false, promptBytes: { JSONValue.object(body).jsonBytes.count })
    }

    private static func kind(of path: String) -> UsageRecord.Kind {
        switch path.prefix(while: { $0 != "?" }) {
        case "/chat/completions": .chat
        case "/completions": .completion
        case "/embeddings": .embedding
        case "/responses": .response
        case "/messages": .message
        default: .other
        }
    }

    private func passThrough(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard settings[.enableOpenAIPassthrough] else {
            throw AppError(.forbidden, "Direct API passthrough is disabled. An administrator can allow it with ENABLE_OPENAI_API_PASSTHROUGH.")
        }
        try checkEnabled()
        let body = Array((try await request.collectedBody(limit: settings[.maximumBodyMegabytes] << 20)).readableBytesView)
        var bytes = body
        let connection: Connection
        var call: ModelCall?
        let path = String(request.uri.string.dropFirst("/openai".count))
        guard !path.contains(".."), path.hasPrefix("/") else { throw AppError.notFound }
        if var object = (try? JSONValue(parsing: body))?.object?.withoutOtherSpellings(of: "model"), object["model"]?.string != nil {
            try Self.checkModelKey(context, isKnown: Self.kind(of: path) != .other)
            let model = try await model(in: object, for: context)
            guard case .openAI(let found, let upstreamID) = model.base.route else { throw Self.unknownModel }
            call = self.call(model, found, upstreamID, Self.kind(of: path), object, try context.requirePrincipal())
            object["model"] = .string(upstreamID)
            bytes = JSONValue.object(object).jsonBytes
            connection = found
        } else {
            try Self.checkModelKey(context, isKnown: false)
            guard let first = book.usable(.openAI).first else { throw AppError(.unavailable, "No OpenAI-compatible upstream is configured.") }
            connection = first
        }
        var outgoing = connection.request(request.method.rawValue, path, body: bytes)
        if let type = request.headers[.contentType] {
            outgoing.headers.removeAll { $0.name.lowercased() == "content-type" }
            outgoing.headers.append((name: "Content-Type", value: type))
        }
        return try await relay(outgoing, call, context)
    }

    /// An API key that is limited to some models goes where the model it names is the only one: not to uploads, batches and what
    /// else may name models in a way that this server does not read.
    private static func checkModelKey(_ context: AppRequestContext, isKnown: Bool) throws {
        let limit = try context.requirePrincipal().restrictions?.modelIDs ?? []
        guard isKnown || limit.isEmpty else {
            throw AppError(.forbidden, "This API key is limited to some models and cannot be used here.")
        }
    }

    private func relay(_ outgoing: UpstreamRequest, _ call: ModelCall?, _ context: AppRequestContext) async throws -> Response {
        context.relay(try await context.send(outgoing, over: transport, call))
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
