import Synchronization

/// Stores one answer of a saved chat: when it is over, or as far as it came when nobody waits for the rest.
final class Recording: Sendable {
    private struct State {
        var decoder: any ChatEventDecoder
        var collector = AnswerCollector()
        var isOver = false
    }

    private let turn: SavedChatTurn
    private let recorder: SavedChatRecorder
    /// Hears of a whole answer, once it is stored.
    private let afterwards: @Sendable (_ text: String) -> Void
    private let state: Mutex<State>

    init(
        turn: SavedChatTurn, recorder: SavedChatRecorder, decoder: any ChatEventDecoder,
        afterwards: @escaping @Sendable (_ text: String) -> Void = { _ in }
    ) {
        self.turn = turn
        self.afterwards = afterwards
        self.recorder = recorder
        state = Mutex(State(decoder: decoder))
    }

    deinit {
        guard let collector = close() else { return }
        let (turn, recorder) = (turn, recorder)
        Task { await recorder.finish(turn, collector, isStopped: collector.finishReason == nil) }
    }

    func finish(whole bytes: [UInt8], sources: [ContextSource]) async {
        let completion = (try? JSONValue(parsing: bytes))?.object ?? [:]
        state.withLock { state in
            state.collector.add(completion: completion)
            if !sources.isEmpty { state.collector.add(["sources": .array(sources.map(\.json))]) }
        }
        await finish()
    }

    func finish(failure: String? = nil, isStopped: Bool = false) async {
        guard let collector = close() else { return }
        await recorder.finish(turn, collector, failure: failure, isStopped: isStopped)
        if failure == nil, collector.error == nil, !isStopped { afterwards(collector.text) }
    }

    /// The same events; the answer is stored before their end is told.
    func watch(_ body: UpstreamBody, sources: [ContextSource]) -> UpstreamBody {
        if !sources.isEmpty { state.withLock { $0.collector.add(["sources": .array(sources.map(\.json))]) } }
        return UpstreamBody {
            let pull = body.makeAsyncIterator().pull
            return {
                do {
                    if let piece = try await pull() {
                        self.take(piece)
                        return piece
                    }
                    await self.finish()
                    return nil
                } catch {
                    // What is cancelled may still write: storing is not what was asked to stop.
                    let isStopped = error is CancellationError
                    await Task { await self.finish(failure: isStopped ? nil : "The answer broke off.", isStopped: isStopped) }.value
                    throw error
                }
            }
        }
    }

    private func take(_ piece: [UInt8]) {
        state.withLock { state in
            for chunk in (try? state.decoder.push(piece)) ?? [] { state.collector.add(chunk) }
        }
    }

    /// - Returns: `nil` when it was already stored.
    private func close() -> AnswerCollector? {
        state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            for chunk in state.decoder.finish() { state.collector.add(chunk) }
            return state.collector
        }
    }
}
