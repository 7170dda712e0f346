/// Answers chat requests: the steps in order, then the provider.
package struct ChatService: Sendable {
    private let steps: [any ChatStep]
    private let provider: any ChatProvider

    /// - Parameters:
    ///   - steps: the first one must resolve the model.
    package init(steps: [any ChatStep], provider: any ChatProvider) {
        self.steps = steps
        self.provider = provider
    }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        var request = request
        for step in steps { try await step.apply(to: &request) }
        var answer = try await provider.answer(request)
        if answer.sources.isEmpty { answer.sources = request.sources }
        return answer
    }
}
