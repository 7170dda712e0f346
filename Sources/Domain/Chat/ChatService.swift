/// Answers chat requests: finds the model, prepares the request step by step, asks the provider, and keeps what belongs to a saved chat.
package struct ChatService: Sendable {
    private let resolve: ResolveModel
    private let steps: [any ChatStep]
    private let provider: any ChatProvider
    private let recorder: SavedChatRecorder?
    private let tasks: ChatTaskRegistry
    private let makeDecoder: @Sendable () -> any ChatEventDecoder

    /// - Parameters:
    ///   - steps: what happens to a request between its model and its provider, in order.
    ///   - recorder: `nil` where no chats are kept.
    package init(
        resolve: ResolveModel, steps: [any ChatStep], provider: any ChatProvider, recorder: SavedChatRecorder? = nil,
        tasks: ChatTaskRegistry = ChatTaskRegistry(), makeDecoder: @escaping @Sendable () -> any ChatEventDecoder
    ) {
        self.resolve = resolve
        self.steps = steps
        self.provider = provider
        self.recorder = recorder
        self.tasks = tasks
        self.makeDecoder = makeDecoder
    }

    package enum Outcome: Sendable {
        /// - Parameter chatID: the saved chat that holds the answer.
        case answer(ChatAnswer, chatID: String?)
        /// The answer goes into the saved chat only.
        case background(taskID: String, chatID: String)
    }

    package func complete(_ request: ChatRequest) async throws -> Outcome {
        var request = request
        try await resolve.apply(to: &request)
        guard let recorder, let turn = try await recorder.begin(request) else { return .answer(try await send(request), chatID: nil) }
        let recording = Recording(turn: turn, recorder: recorder, decoder: makeDecoder())
        let prepared = request
        if let session = request.own["session_id"]?.string, !session.isEmpty {
            let taskID = tasks.start(chatID: turn.chatID, ownerID: turn.ownerID) { await collect(prepared, recording) }
            return .background(taskID: taskID, chatID: turn.chatID)
        }
        return .answer(try await keep(prepared, recording), chatID: turn.chatID)
    }

    /// Answers without looking at saved chats.
    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        var request = request
        try await resolve.apply(to: &request)
        return try await send(request)
    }

    private func send(_ request: ChatRequest) async throws -> ChatAnswer {
        var request = request
        for step in steps { try await step.apply(to: &request) }
        var answer = try await provider.answer(request)
        if answer.sources.isEmpty { answer.sources = request.sources }
        answer.warnings += request.warnings
        return answer
    }

    /// The answer, stored while it passes.
    private func keep(_ request: ChatRequest, _ recording: Recording) async throws -> ChatAnswer {
        do {
            var answer = try await send(request)
            switch answer.body {
            case .whole(let bytes): await recording.finish(whole: bytes, sources: answer.sources)
            case .stream(let body): answer.body = .stream(recording.watch(body, sources: answer.sources))
            }
            return answer
        } catch {
            await recording.finish(failure: Self.publicText(of: error))
            throw error
        }
    }

    /// The answer, stored and not delivered. Stopping keeps what came until then.
    private func collect(_ request: ChatRequest, _ recording: Recording) async {
        do {
            guard case .stream(let body) = try await keep(request, recording).body else { return }
            for try await _ in body {}
        } catch {}
    }

    private static func publicText(of error: any Error) -> String {
        switch error {
        case let error as AppError: return error.message
        case let failure as UpstreamFailure:
            let body = try? JSONValue(parsing: failure.body)
            return body?["error"]?["message"]?.string ?? body?["detail"]?.string ?? "The upstream answered with status \(failure.status)."
        case is CancellationError: return "Stopped."
        default: return AppError.internalError.message
        }
    }
}
