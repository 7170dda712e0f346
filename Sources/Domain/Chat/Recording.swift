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
    private let state: Mutex<State>

    init(turn: SavedChatTurn, recorder: SavedChatRecorder, decoder: any ChatEventDecoder) {
        self.turn = turn
        self.recorder = recorder
        state = Mutex(State(decoder: decoder))
    }

    deinit {
        guard let collector = close() else { return }
        let (turn, recorder) = (turn, recorder)
        Task { await recorder.finish(turn, collector) }
    }

    func finish(whole bytes: [UInt8], sources: [ContextSource]) async {
        let completion = (try? JSONValue(parsing: bytes))?.object ?? [:]
        state.withLock { state in
            state.collector.add(completion: completion)
            if !sources.isEmpty { state.collector.add(["sources": .array(sources.map(\.json))]) }
        }
        await finish()
    }

    func finish(failure: String? = nil) async {
        guard let collector = close() else { return }
        await recorder.finish(turn, collector, failure: failure)
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
                    await self.finish(failure: error is CancellationError ? nil : "The answer broke off.")
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
