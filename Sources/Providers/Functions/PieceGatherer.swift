import Synchronization

/// Reads a body ahead of somebody who is busy with what came before, and gives all that has come meanwhile as one piece. Whoever is
/// faster than the body gets each piece as it comes. Who leaves before the end calls `stop`.
final class PieceGatherer: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var end: Result<Void, any Error>?
        var reader: CheckedContinuation<Void, Never>?
        /// The task that reads, where it has come too far ahead.
        var ahead: CheckedContinuation<Void, Never>?
        var task: Task<Void, Never>?
    }

    private let pull: @Sendable () async throws -> [UInt8]?
    private let most: Int
    private let state = Mutex(State())

    /// - Parameter most: bytes to be ahead. What a slow filter is given at once also leaves it at once, so it is not much.
    init(most: Int = 8 << 10, _ pull: @escaping @Sendable () async throws -> [UInt8]?) {
        self.pull = pull
        self.most = most
    }

    /// At least one piece of the body; `nil` at its end. One reader at a time.
    func next() async throws -> [UInt8]? {
        while true {
            enum Step { case bytes([UInt8], CheckedContinuation<Void, Never>?), end(Result<Void, any Error>), wait }
            let step: Step = state.withLock { state in
                if state.task == nil, state.end == nil { state.task = Task { await self.read() } }
                if !state.bytes.isEmpty {
                    let bytes = state.bytes
                    state.bytes = []
                    return .bytes(bytes, state.ahead.take())
                }
                return state.end.map(Step.end) ?? .wait
            }
            switch step {
            case .bytes(let bytes, let ahead):
                ahead?.resume()
                return bytes
            case .end(let result):
                try result.get()
                return nil
            case .wait: try await wait()
            }
        }
    }

    /// Ends the reading.
    func stop() {
        // In this order: a task that is about to wait for room either sees that it is cancelled, or is found here.
        state.withLock { $0.task }?.cancel()
        state.withLock { $0.ahead.take() }?.resume()
    }

    private func wait() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.bytes.isEmpty || state.end != nil || Task.isCancelled { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            stop()
            state.withLock { $0.reader.take() }?.resume()
        }
        try Task.checkCancellation()
    }

    private func read() async {
        while !Task.isCancelled {
            do {
                guard let piece = try await pull() else { return ended(.success(())) }
                await add(piece)
            } catch {
                return ended(.failure(error))
            }
        }
        ended(.failure(CancellationError()))
    }

    private func ended(_ result: Result<Void, any Error>) {
        state.withLock { state in
            if state.end == nil { state.end = result }
            return state.reader.take()
        }?.resume()
    }

    private func add(_ piece: [UInt8]) async {
        state.withLock { state in
            state.bytes += piece
            return state.reader.take()
        }?.resume()
        await withCheckedContinuation { continuation in
            let hasRoom = state.withLock { state in
                if state.bytes.count < most || Task.isCancelled { return true }
                state.ahead = continuation
                return false
            }
            if hasRoom { continuation.resume() }
        }
    }
}
