import Domain

/// Reads `GET /models` of an OpenAI-compatible upstream: `{"data": [{"id": ...}]}`, or a bare list.
struct OpenAILister: ModelLister {
    let transport: any UpstreamTransport

    func models(of connection: Connection, within seconds: Int) async throws -> [ListedModel] {
        let answer = try await UpstreamJSON.get(connection, "/models", within: seconds, transport: transport)
        guard let entries = answer["data"]?.array ?? answer["models"]?.array ?? answer.array else {
            throw AppError(.upstreamFailed, "The upstream's answer is no model list.")
        }
        return entries.compactMap { entry in
            guard let raw = entry.object, let id = raw["id"]?.string ?? raw["name"]?.string, !id.isEmpty else { return nil }
            return ListedModel(id: id, name: raw["name"]?.string, raw: raw)
        }
    }
}
