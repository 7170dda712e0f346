import Domain

/// Reads `GET /api/tags` of an Ollama node, and from `GET /api/ps` which of its models are in memory.
struct OllamaLister: ModelLister {
    let transport: any UpstreamTransport

    func models(of connection: Connection, within seconds: Int) async throws -> [ListedModel] {
        // Which are loaded is good to know, but no reason to wait or fail.
        async let loaded = loadedModels(of: connection, within: min(seconds, 2))
        let answer = try await UpstreamJSON.get(connection, "/api/tags", within: seconds, transport: transport)
        guard let entries = answer["models"]?.array else { throw AppError(.upstreamFailed, "The upstream's answer is no model list.") }
        let expiries = await loaded
        return entries.compactMap { entry in
            guard var raw = entry.object, let id = raw["model"]?.string ?? raw["name"]?.string, !id.isEmpty else { return nil }
            if let expiry = expiries[id] { raw["expires_at"] = expiry }
            return ListedModel(id: id, name: raw["name"]?.string, raw: raw, isLoaded: expiries[id] != nil)
        }
    }

    private func loadedModels(of connection: Connection, within seconds: Int) async -> [String: JSONValue] {
        guard let answer = try? await UpstreamJSON.get(connection, "/api/ps", within: seconds, transport: transport) else { return [:] }
        return (answer["models"]?.array ?? []).reduce(into: [:]) { expiries, model in
            if let id = model["model"]?.string { expiries[id] = model["expires_at"] ?? .null }
        }
    }
}
