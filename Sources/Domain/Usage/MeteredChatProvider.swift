/// Records every chat that goes through it: those of clients, each round of a tool loop, and what the server asks on a caller's account.
package struct MeteredChatProvider: ChatProvider {
    private let provider: any ChatProvider
    private let recorder: any UsageRecorder

    package init(provider: any ChatProvider, recorder: any UsageRecorder) {
        self.provider = provider
        self.recorder = recorder
    }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        guard let target = Self.target(of: request.route) else { return try await provider.answer(request) }
        let call = ModelCall(
            recorder, principal: request.principal, modelID: request.modelID, upstreamModelID: target.upstreamID, upstream: target.upstream,
            kind: .chat, isStream: request.isStream, promptBytes: target.isLanguageModel ? Self.length(of: request.messages) : nil)
        do {
            var answer = try await provider.answer(request)
            call.answered(upstream: answer.upstream)
            switch answer.body {
            case .whole(let bytes): call.finish(whole: bytes)
            case .stream(let body): answer.body = .stream(call.watch(body))
            }
            return answer
        } catch {
            call.fail(error)
            throw error
        }
    }

    /// Of the text in all messages; worked out when it is asked for.
    private static func length(of messages: [JSONValue]) -> @Sendable () -> Int {
        { messages.reduce(0) { $0 + MessageText.text(of: $1).utf8.count + 16 } }
    }

    /// - Returns: `nil` where nobody is asked.
    private static func target(of route: ModelRoute) -> (upstream: String, upstreamID: String, isLanguageModel: Bool)? {
        switch route {
        case .openAI(let connection, let id): (connection.label, id, true)
        case .ollama(let nodes, let id): (nodes.first?.label ?? "ollama", id, true)
        case .builtIn(let id): ("built-in", id, false)
        // What a function asks of other models is recorded there.
        case .function(let id): ("function:" + id.prefix { $0 != "." }, id, false)
        case .missing: nil
        }
    }
}

extension Principal {
    /// Whose account a call goes on that has no request of its own: a search's embedding, a background job.
    package static var inScope: Principal? { RequestScope.current?.principal }
}
