import Domain
import HTTPTypes
import Hummingbird

/// What the nodes have, run and are.
extension OllamaController {
    func addListRoutes(to routes: RouteTable) {
        func on(_ path: String, _ access: RouteAccess, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(.get, "/ollama" + path, access: access, scope: .models, RouteDocumentation("Ollama", summary), handler: handler)
        }
        on("/api/tags", .user, "Models of all nodes that the caller may use.") { _, context in
            try checkEnabled()
            return .json(["models": .array(try await entries(context).compactMap { $0.wire["ollama"] })])
        }
        on("/api/tags/{idx}", .user, "Models of one node.", tagsOfOne)
        on("/api/version", .user, "The lowest version of all nodes.", version)
        on("/api/version/{idx}", .admin, "The version of one node.") { _, context in
            try checkEnabled()
            return .json(try await ask(try node(context.parameters.require("idx")), "/api/version", context))
        }
        on("/api/ps", .admin, "Models that nodes have in memory.", running)
        on("/v1/models", .user, "Models of all nodes that the caller may use, in OpenAI's form.") { _, context in
            try checkEnabled()
            return Self.openAIList(try await entries(context))
        }
        on("/v1/models/{idx}", .user, "Models of one node, in OpenAI's form.") { _, context in
            try checkEnabled()
            let node = try node(context.parameters.require("idx"))
            return Self.openAIList(try await entries(context).filter { Self.isServed($0, by: node) })
        }
    }

    private func entries(_ context: AppRequestContext) async throws -> [ModelEntry] {
        let principal = try context.requirePrincipal()
        return await catalog.providerEntries(for: principal).filter { if case .ollama = $0.route { true } else { false } }
    }

    private static func isServed(_ entry: ModelEntry, by node: Connection) -> Bool {
        guard case .ollama(let nodes, _) = entry.route else { return false }
        return nodes.contains { $0.index == node.index }
    }

    private static func openAIList(_ entries: [ModelEntry]) -> Response {
        let data = entries.map { entry -> JSONValue in
            ["id": .string(entry.id), "object": "model", "created": entry.wire["created"] ?? 0, "owned_by": "openai"]
        }
        return .json(["object": "list", "data": .array(data)])
    }

    /// Asked of the node itself: it may be down or new. Users see what they may use.
    private func tagsOfOne(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try checkEnabled()
        let node = try node(context.parameters.require("idx"))
        var answer = try await ask(node, "/api/tags", context)
        let principal = try context.requirePrincipal()
        if !principal.isAdmin, let models = answer["models"]?.array {
            let granted = Set(try await entries(context).map(\.id))
            answer["models"] = .array(models.filter { model in model["model"]?.string.map { granted.contains(node.listedID($0)) } ?? false })
        }
        return .json(answer)
    }

    private func version(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard book.isEnabled(.ollama) else { return .json(["version": false]) }
        let versions = await askAll("/api/version", context).compactMap { $0.answer["version"]?.string }
        guard let lowest = versions.min(by: Self.isLower) else {
            throw AppError(.upstreamFailed, "No Ollama node can be reached.")
        }
        return .json(["version": .string(lowest)])
    }

    /// By the numbers between dots: 0.9.6 before 0.12.
    static func isLower(_ left: String, _ right: String) -> Bool {
        func numbers(_ version: String) -> [Int] { version.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 } }
        return numbers(left).lexicographicallyPrecedes(numbers(right))
    }

    private func running(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try checkEnabled()
        var order: [String] = []
        var merged: [String: (model: JSONValue, urls: [Int])] = [:]
        for (node, answer) in await askAll("/api/ps", context) {
            for model in answer["models"]?.array ?? [] {
                guard let id = model["model"]?.string.map(node.listedID) else { continue }
                if merged[id] == nil {
                    order.append(id)
                    var first = model
                    first["model"] = .string(id)
                    merged[id] = (first, [])
                }
                merged[id]?.urls.append(node.index)
            }
        }
        let models = order.compactMap { id -> JSONValue? in
            guard let (entry, urls) = merged[id] else { return nil }
            var model = entry
            model["urls"] = .array(urls.map(JSONValue.int))
            return model
        }
        return .json(["models": .array(models)])
    }

    // MARK: Asking nodes

    private func ask(_ node: Connection, _ path: String, _ context: AppRequestContext) async throws -> JSONValue {
        let (seconds, transport) = (settings[.modelListSeconds], transport)
        do {
            return try await context.whileClientWaits { try await UpstreamJSON.get(node, path, within: seconds, transport: transport) }
        } catch let failure as UpstreamFailure {
            throw AppError(.upstreamFailed, "The Ollama node answered with status \(failure.status).", cause: failure)
        }
    }

    /// Every node that answers, in order; the others are left out.
    private func askAll(_ path: String, _ context: AppRequestContext) async -> [(node: Connection, answer: JSONValue)] {
        let nodes = book.usable(.ollama)
        let (seconds, transport) = (settings[.modelListSeconds], transport)
        let answers = await withTaskGroup(of: (Int, JSONValue?).self) { group in
            for (position, node) in nodes.enumerated() {
                group.addTask { (position, try? await UpstreamJSON.get(node, path, within: seconds, transport: transport)) }
            }
            return await group.reduce(into: [Int: JSONValue]()) { answers, next in answers[next.0] = next.1 }
        }
        return nodes.enumerated().compactMap { position, node in answers[position].map { (node, $0) } }
    }
}
