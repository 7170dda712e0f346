package import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// Ollama's API under `/ollama`, over all nodes or, with a number at the end, over one.
///
/// Bodies are read as JSON whatever their content type says (what `curl -d` sends), and go on with every key they came with; only the
/// model's name is replaced by the node's own.
package struct OllamaController: Controller {
    let catalog: ModelCatalog
    let book: ConnectionBook
    let settings: Settings
    let transport: any UpstreamTransport
    let recorder: any UsageRecorder

    package init(
        catalog: ModelCatalog, book: ConnectionBook, settings: Settings, transport: any UpstreamTransport, recorder: any UsageRecorder
    ) {
        self.catalog = catalog
        self.book = book
        self.settings = settings
        self.transport = transport
        self.recorder = recorder
    }

    package func addRoutes(to routes: RouteTable) {
        for method in [HTTPRequest.Method.get, .head] {
            routes.on(method, "/ollama", access: .open, scope: .models, RouteDocumentation("Ollama", "Whether this API is there.")) { _, _ in
                .json(["status": true])
            }
        }
        addListRoutes(to: routes)
        addManagementRoutes(to: routes)
        func on(_ path: String, _ summary: String, _ prepare: @escaping Preparation = { _, _, _ in }) {
            for path in [path, path + "/{idx}"] {
                routes.on(
                    .post, "/ollama" + path, access: .user, scope: .chat,
                    RouteDocumentation("Ollama", summary, responseType: "application/x-ndjson")
                ) { request, context in
                    try await use(request, context, prepare)
                }
            }
        }
        on("/api/generate", "Complete a prompt; NDJSON unless stream is false.", Self.prepareGenerate)
        on("/api/chat", "Answer a chat; NDJSON unless stream is false.", Self.prepareChat)
        on("/api/embed", "Vectors for texts.") { body, _, _ in try Self.require("input", in: body) }
        on("/api/embeddings", "A vector for one text (Ollama's older form).")
        on("/v1/chat/completions", "Answer a chat, in OpenAI's form.", Self.prepareOpenAIChat)
        on("/v1/completions", "Complete a prompt, in OpenAI's form.")
        on("/v1/embeddings", "Vectors for texts, in OpenAI's form.")
        on("/v1/responses", "OpenAI's Responses API.")
        on("/v1/messages", "Anthropic's Messages API.")
        for path in ["/ollama/api/show", "/ollama/api/show/{idx}"] {
            routes.on(.post, path, access: .user, scope: .models, RouteDocumentation("Ollama", "What a node knows of a model.")) {
                request, context in
                try await use(request, context) { _, _, _ in }
            }
        }
    }

    // MARK: Using a model

    /// Changes the body for the model that was found, and checks it.
    typealias Preparation = @Sendable (_ body: inout JSONObject, ResolvedModel, Principal) async throws -> Void

    /// Sends the request on to a node that has the model, and relays the answer.
    private func use(_ request: Request, _ context: AppRequestContext, _ prepare: Preparation) async throws -> Response {
        try checkEnabled()
        var body = try await self.body(of: request)
        let key = body["model"] == nil && body["name"]?.string != nil ? "name" : "model"
        let id = try Self.name(in: body, key: key)
        let principal = try context.requirePrincipal()
        let path = String(request.uri.path.dropFirst("/ollama".count))
        guard let index = context.parameters.get("idx") else {
            let (model, nodes, upstreamID) = try await found(id, for: principal)
            try await prepare(&body, model, principal)
            Self.setModel(upstreamID, key, in: &body)
            let call = call(model.entry.id, upstreamID, nodes, path, body, principal)
            return try await relay(body, to: nodes, path, call: call, context)
        }
        let node = try self.node(index)
        let plainPath = String(path.dropLast(index.count + 1))
        // One node may be asked by an administrator for whatever it has, listed or not.
        if await catalog.find(id) == nil, principal.isAdmin {
            Self.setModel(Self.upstreamID(id, on: node), key, in: &body)
        } else {
            let (model, _, upstreamID) = try await found(id, for: principal)
            try await prepare(&body, model, principal)
            Self.setModel(upstreamID, key, in: &body)
        }
        let call = call(id, body[key]?.string ?? "", [node], plainPath, body, principal)
        return try await relay(body, to: [node], plainPath, call: call, context)
    }

    /// Leaves one name in the body: nodes take `name` for `model`, in any spelling.
    private static func setModel(_ id: String, _ key: String, in body: inout JSONObject) {
        body[key] = .string(id)
        body = body.filter { name, _ in name == key || !["model", "name"].contains(name.lowercased()) }
    }

    /// The record of a call that is about to be made; `nil` for what uses no model.
    private func call(
        _ id: String, _ upstreamID: String, _ nodes: [Connection], _ path: String, _ body: JSONObject, _ principal: Principal
    ) -> ModelCall? {
        let kind: UsageRecord.Kind
        switch path {
        case "/api/chat", "/v1/chat/completions": kind = .chat
        case "/api/generate", "/v1/completions": kind = .completion
        case "/api/embed", "/api/embeddings", "/v1/embeddings": kind = .embedding
        case "/v1/responses": kind = .response
        case "/v1/messages": kind = .message
        default: return nil
        }
        // Ollama's own routes stream unless they are told not to.
        let isStream = kind != .embedding && (body["stream"]?.bool ?? path.hasPrefix("/api/"))
        return ModelCall(
            recorder, principal: principal, modelID: id, upstreamModelID: upstreamID, upstream: nodes.first?.label ?? "ollama", kind: kind,
            isStream: isStream, promptBytes: { JSONValue.object(body).jsonBytes.count })
    }

    /// 400 for an unknown model and for one that no Ollama node serves, 403 for one that is not granted.
    private func found(_ id: String, for principal: Principal) async throws -> (ResolvedModel, [Connection], String) {
        let unknown = AppError(.badRequest, "Model '\(id)' was not found")
        guard let known = await catalog.find(id), case .ollama(let nodes, let upstreamID) = known.base.route else { throw unknown }
        guard let model = catalog.remembered(id, for: principal) else {
            throw AppError(.forbidden, "You do not have permission to use this model.")
        }
        return (model, nodes, upstreamID)
    }

    func relay(
        _ body: JSONObject, to nodes: [Connection], _ path: String, method: String = "POST", call: ModelCall? = nil, _ context: AppRequestContext
    )
        async throws -> Response
    {
        let bytes = JSONValue.object(body).jsonBytes
        let outgoing = Connection.request(toAnyOf: nodes, balanced: true) { $0.request(method, path, body: bytes) }
        let response = try await context.send(outgoing, over: transport, call)
        guard response.status < 400 else { return try await .detail(of: response) }
        return context.relay(response)
    }

    // MARK: Bodies

    func checkEnabled() throws {
        guard book.isEnabled(.ollama) else { throw AppError(.unavailable, "Ollama API is disabled") }
    }

    func body(of request: Request) async throws -> JSONObject {
        try await request.jsonObject(limit: settings[.maximumBodyMegabytes] << 20, anyContentType: true)
    }

    static func name(in body: JSONObject, key: String = "model") throws -> String {
        var fields = FieldReader(body)
        let name = fields.string(key)
        try fields.check()
        return name
    }

    private static func require(_ key: String, in body: JSONObject) throws {
        guard body[key] == nil else { return }
        throw AppError.validation([ValidationIssue(type: "missing", location: ["body", key], message: "Field required", input: .object(body))])
    }

    /// The node at a position of the settings, switched on.
    func node(_ index: String) throws -> Connection {
        let nodes = book.all(.ollama)
        guard let index = Int(index), nodes.indices.contains(index) else { throw AppError.notFound }
        guard nodes[index].isEnabled, !nodes[index].baseURL.isEmpty else { throw AppError(.unavailable, "This Ollama node is switched off.") }
        return nodes[index]
    }

    /// A client's name for a model without the node's prefix.
    static func upstreamID(_ id: String, on node: Connection) -> String {
        !node.prefix.isEmpty && id.hasPrefix(node.prefix + ".") ? String(id.dropFirst(node.prefix.count + 1)) : id
    }

    // MARK: Workspace models

    private static let prepareGenerate: Preparation = { body, model, principal in
        if let prompt = WorkspacePrompt.filled(model, for: principal) {
            let own = body["system"]?.string ?? ""
            body["system"] = .string(own.isEmpty ? prompt : prompt + "\n" + own)
        }
        applyParameters(of: model, to: &body)
    }

    private static let prepareChat: Preparation = { body, model, principal in
        guard body["messages"]?.array != nil else { throw AppError(.badRequest, "messages is required.") }
        try await applyPrompt(of: model, to: &body, for: principal)
        applyParameters(of: model, to: &body)
    }

    private static let prepareOpenAIChat: Preparation = { body, model, principal in
        guard body["messages"]?.array != nil else { throw AppError(.badRequest, "messages is required.") }
        try await applyPrompt(of: model, to: &body, for: principal)
        for (key, value) in ModelParameters.wire(model.entry.workspace?.params ?? [:]) where body[key] == nil { body[key] = value }
    }

    private static func applyPrompt(of model: ResolvedModel, to body: inout JSONObject, for principal: Principal) async throws {
        var chat = ChatRequest(body: body, principal: principal)
        chat.model = model
        try chat.checkMessages()
        try await ApplySystemPrompt().apply(to: &chat)
        body = chat.body
    }

    /// The model's parameters as Ollama's options; what the request says wins.
    private static func applyParameters(of model: ResolvedModel, to body: inout JSONObject) {
        guard let params = model.entry.workspace?.params, !params.isEmpty else { return }
        for (key, value) in OllamaChatRequest.defaults(ModelParameters.wire(params)) {
            if key == "options", let defaults = value.object {
                body["options"] = .object(defaults.merging(body["options"]?.object ?? [:]))
            } else if body[key] == nil {
                body[key] = value
            }
        }
    }
}
