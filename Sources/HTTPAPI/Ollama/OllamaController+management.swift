import Domain
import HTTPTypes
import Hummingbird

/// What administrators do with the models of the nodes.
extension OllamaController {
    func addManagementRoutes(to routes: RouteTable) {
        func on(_ method: HTTPRequest.Method, _ path: String, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            for path in [path, path + "/{idx}"] {
                routes.on(
                    method, "/ollama" + path, access: .admin, scope: .admin,
                    RouteDocumentation("Ollama", summary), handler: handler)
            }
        }
        on(.post, "/api/pull", "Fetch a model; NDJSON progress.") { request, context in try await progress("/api/pull", request, context) }
        on(.post, "/api/create", "Make a model from another; NDJSON progress.") { request, context in
            try await progress("/api/create", request, context)
        }
        for method in [HTTPRequest.Method.delete, .post] {
            on(method, "/api/push", "Publish a model; NDJSON progress.") { request, context in try await push(request, context) }
        }
        on(.post, "/api/copy", "Copy a model under another name.") { request, context in
            try await plain("POST", "/api/copy", nameKeys: ["source"], request, context)
        }
        on(.delete, "/api/delete", "Delete a model.") { request, context in
            try await plain("DELETE", "/api/delete", nameKeys: ["model", "name"], request, context)
        }
        on(.post, "/api/unload", "Take a model out of memory.", unload)
    }

    /// Pull and create: the model need not be there. The first node unless another is named.
    private func progress(_ path: String, _ request: Request, _ context: AppRequestContext) async throws -> Response {
        try checkEnabled()
        let body = try await self.body(of: request)
        _ = try Self.name(in: body, key: body["model"] == nil && body["name"] != nil ? "name" : "model")
        return try await changing(context) { try await relay(body, to: [try chosenNode(context)], path, context) }
    }

    private func push(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try checkEnabled()
        var body = try await self.body(of: request)
        let (key, nodes, upstreamID) = try await target(in: body, nameKeys: ["model", "name"], context)
        body[key] = .string(upstreamID)
        return try await relay(body, to: [nodes[0]], "/api/push", context)
    }

    /// Copy and delete: every node that has the model does it; the answer is `true`.
    private func plain(
        _ method: String, _ path: String, nameKeys: [String], _ request: Request, _ context: AppRequestContext
    ) async throws -> Response {
        try checkEnabled()
        var body = try await self.body(of: request)
        let (key, nodes, upstreamID) = try await target(in: body, nameKeys: nameKeys, context)
        body[key] = .string(upstreamID)
        // A copy is made where the model is found first; a deleted model is gone everywhere.
        let bytes = JSONValue.object(body).jsonBytes
        for node in method == "DELETE" ? nodes : [nodes[0]] {
            let response = try await transport.send(node.request(method, path, body: bytes))
            guard response.status < 400 else { return try await .detail(of: response) }
            _ = try await response.body.collect(upTo: 1 << 20)
        }
        catalog.expire(.ollama)
        return .json(true)
    }

    private func unload(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try checkEnabled()
        let body = try await self.body(of: request)
        let (_, nodes, upstreamID) = try await target(in: body, nameKeys: ["model", "name"], context)
        let order: JSONValue = ["model": .string(upstreamID), "keep_alive": 0, "prompt": "", "stream": false]
        for node in nodes {
            let response = try await transport.send(node.request("POST", "/api/generate", body: order.jsonBytes))
            guard response.status < 400 else { return try await .detail(of: response) }
            _ = try await response.body.collect(upTo: 1 << 20)
        }
        catalog.expire(.ollama)
        return .json(["status": true])
    }

    /// Relays the answer of something that changes what the nodes have; when it is over the lists are read again.
    private func changing(_ context: AppRequestContext, _ work: () async throws -> Response) async throws -> Response {
        defer { catalog.expire(.ollama) }
        return try await work()
    }

    /// The key that names the model, the nodes that have it, and their name for it. 400 when no node is known to have it.
    private func target(
        in body: JSONObject, nameKeys: [String], _ context: AppRequestContext
    ) async throws -> (key: String, nodes: [Connection], upstreamID: String) {
        let key = nameKeys.first { body[$0]?.string != nil } ?? nameKeys[0]
        let id = try Self.name(in: body, key: key)
        if let index = context.parameters.get("idx") {
            let node = try node(index)
            return (key, [node], Self.upstreamID(id, on: node))
        }
        guard let known = await catalog.find(id), case .ollama(let nodes, let upstreamID) = known.entry.route else {
            throw AppError(.badRequest, "Model '\(id)' was not found")
        }
        return (key, nodes, upstreamID)
    }

    private func chosenNode(_ context: AppRequestContext) throws -> Connection {
        if let index = context.parameters.get("idx") { return try node(index) }
        guard let first = book.usable(.ollama).first else { throw AppError(.unavailable, "No Ollama node is configured.") }
        return first
    }
}
