package import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// `POST /api/embeddings`: OpenAI's form, whatever serves the model.
package struct EmbeddingsController: Controller {
    private let directory: any ModelDirectory
    private let transport: any UpstreamTransport
    private let recorder: any UsageRecorder
    private let bodyLimit: Int

    /// - Parameter bodyLimit: bytes.
    package init(directory: any ModelDirectory, transport: any UpstreamTransport, recorder: any UsageRecorder, bodyLimit: Int) {
        self.directory = directory
        self.transport = transport
        self.recorder = recorder
        self.bodyLimit = bodyLimit
    }

    package func addRoutes(to routes: RouteTable) {
        for path in ["/api/embeddings", "/api/v1/embeddings"] {
            routes.on(
                .post, path, access: .user, scope: .chat,
                RouteDocumentation(
                    "Embeddings", "Vectors for texts, in OpenAI's form."), handler: embed)
        }
    }

    private func embed(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let buffer = try await request.collectedBody(limit: bodyLimit)
        var copy = request
        copy.body = .init(buffer: buffer)
        let body = try await copy.jsonObject(limit: bodyLimit).withoutOtherSpellings(of: "model")
        var fields = FieldReader(body)
        let id = fields.string("model")
        if body["input"] == nil { fields.report("missing", "input", "Field required") }
        try fields.check()
        let principal = try context.requirePrincipal()
        let model: ResolvedModel
        if let known = directory.remembered(id, for: principal) {
            model = known
        } else {
            model = try await directory.resolve(id, for: principal)
        }
        switch model.base.route {
        case .openAI(let connection, let upstreamID):
            var bytes = Array(buffer.readableBytesView)
            // Bytes that could name a second model in another reading are written anew.
            if upstreamID != id || buffer.withUnsafeReadableBytes({ ChatBodyScan(scanning: $0)?.model }) != id {
                var changed = body
                changed["model"] = .string(upstreamID)
                bytes = JSONValue.object(changed).jsonBytes
            }
            let outgoing = connection.request("POST", "/embeddings", body: bytes)
            let call = call(id, upstreamID, connection.label, bytes.count, principal)
            return context.relay(try await context.send(outgoing, over: transport, call))
        case .ollama(let nodes, let upstreamID):
            let call = call(id, upstreamID, nodes.first?.label ?? "ollama", buffer.readableBytes, principal)
            return try await ollama(body, model: id, nodes: nodes, upstreamID: upstreamID, call, context)
        case .builtIn, .function, .missing:
            throw AppError(.badRequest, "This model makes no embeddings.")
        }
    }

    private func call(_ id: String, _ upstreamID: String, _ upstream: String, _ length: Int, _ principal: Principal) -> ModelCall {
        ModelCall(
            recorder, principal: principal, modelID: id, upstreamModelID: upstreamID, upstream: upstream, kind: .embedding,
            promptBytes: { length })
    }

    private func ollama(
        _ body: JSONObject, model: String, nodes: [Connection], upstreamID: String, _ call: ModelCall, _ context: AppRequestContext
    ) async throws -> Response {
        let bytes = JSONValue.object(OllamaEmbeddings.request(body, model: upstreamID)).jsonBytes
        let outgoing = Connection.request(toAnyOf: nodes, balanced: true) { $0.request("POST", "/api/embed", body: bytes) }
        let response = try await context.send(outgoing, over: transport, call)
        guard response.status < 400 else { return try await .detail(of: response) }
        let answer = try await context.whileClientWaits { try await response.body.collect(upTo: UpstreamJSON.longest) }
        guard let json = (try? JSONValue(parsing: answer))?.object else {
            throw AppError(.upstreamFailed, "The upstream's answer is no JSON.")
        }
        return .json(.object(OllamaEmbeddings.answer(json, model: model, isBase64: body["encoding_format"]?.string == "base64")))
    }
}
