package import Domain

/// Chat completions of upstreams, of whatever kind: the model's own, others that serve the same model, and those of its fallbacks. Each
/// is asked in its own dialect; the answer is the one that came.
package struct UpstreamChatProvider: ChatProvider {
    private let transport: any UpstreamTransport

    package init(transport: any UpstreamTransport) { self.transport = transport }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        let candidates = Self.candidates(for: request)
        guard let first = candidates.first, first.tier == 0 else { throw AppError.modelNotFound }
        var outgoing = Self.outgoing(first, request)
        outgoing.alternatives = candidates.count > 1 ? candidates.dropFirst().map { Self.outgoing($0, request) } : []
        outgoing.failedBefore = request.failedBefore
        let response = try await transport.send(outgoing)
        let served = candidates[response.route?.position ?? 0]
        var answer =
            switch served.connection.kind {
            case .openAI: try await OpenAIChatExchange.answer(to: request, response)
            case .ollama: try await OllamaChatExchange.answer(to: request, model: served.upstreamID, response)
            }
        answer.upstream = served.connection.label
        answer.trace = response.route
        return answer
    }

    /// One upstream that can answer the request.
    private struct Candidate {
        var connection: Connection
        var upstreamID: String
        var tier: Int
        var isBalanced = false
    }

    /// In the order of preference. Connections of one Ollama route are alike.
    private static func candidates(for request: ChatRequest) -> [Candidate] {
        guard let model = request.model else { return [] }
        var candidates: [Candidate] = []
        var tier = 0
        for entry in [model.base] + request.fallbacks.map(\.base) {
            for route in [entry.route] + entry.alternates {
                switch route {
                case .openAI(let connection, let upstreamID):
                    candidates.append(Candidate(connection: connection, upstreamID: upstreamID, tier: tier))
                case .ollama(let nodes, let upstreamID):
                    candidates += nodes.map { Candidate(connection: $0, upstreamID: upstreamID, tier: tier, isBalanced: true) }
                case .builtIn, .function, .missing: break
                }
                tier += 1
            }
        }
        return candidates
    }

    private static func outgoing(_ candidate: Candidate, _ request: ChatRequest) -> UpstreamRequest {
        let upstreamID = candidate.upstreamID
        var outgoing =
            switch candidate.connection.kind {
            case .openAI:
                candidate.connection.request(
                    "POST", "/chat/completions", makeBody: { OpenAIChatExchange.body(of: request, model: upstreamID) })
            case .ollama:
                candidate.connection.request("POST", "/api/chat", makeBody: { OllamaChatExchange.body(of: request, model: upstreamID) })
            }
        outgoing.tier = candidate.tier
        outgoing.isBalanced = candidate.isBalanced
        return outgoing
    }
}
