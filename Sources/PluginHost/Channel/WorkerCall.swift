import Domain
import NIOCore
import Synchronization

/// One call in progress, on the server's side: what the worker sent for it and nobody has taken yet.
///
/// Its number is random: a worker can name only the calls it was given, and `services` is bound to the user who made this one.
final class WorkerCall: Sendable {
    /// Bytes that the worker may be ahead of the reader.
    static let window = 256 << 10
    /// What a frame counts beyond its payload; the worker counts the same.
    static let frameCost = 64

    /// Why a call ended without the worker's saying so.
    enum Failure: Error {
        /// The code never saw the call: it can be given to another worker.
        case notStarted
        case failed(AppError)
    }

    private struct State {
        var queue: [WorkerFrame] = []
        var head = 0
        var queuedBytes = 0
        var totalBytes = 0
        var waiter: CheckedContinuation<WorkerFrame, any Error>?
        var waitingSince: ContinuousClock.Instant?
        var failure: (any Error)?
        var isStarted = false
        var isStreaming = false
        var hasEnded = false
    }

    let id: UInt64
    let services: any FunctionServices
    let requests: ServiceRequests
    let startedAt = ContinuousClock.now
    private let state = Mutex(State())
    private let outputLimit: Int

    /// - Parameter outputLimit: bytes of all that the call may send.
    init(services: any FunctionServices, outputLimit: Int, connection: WorkerConnection) {
        id = UInt64.random(in: 1...UInt64.max)
        self.services = services
        self.outputLimit = outputLimit
        requests = ServiceRequests(call: id, services: services, connection: connection)
    }

    /// Whether the worker has said that it began.
    var isStarted: Bool { state.withLock(\.isStarted) }
    /// Whether the worker has ended the call, or died.
    var hasEnded: Bool { state.withLock(\.hasEnded) }

    /// How long the worker has kept the server waiting: since the call began, for an answer in pieces since the last one.
    var waiting: Duration? {
        state.withLock { state in
            guard state.waiter != nil, let since = state.waitingSince else { return nil }
            return .now - (state.isStreaming ? since : startedAt)
        }
    }

    // MARK: From the event loop

    /// - Returns: `false` when the worker sent more than it may.
    func deliver(_ frame: WorkerFrame) -> Bool {
        let waiter: CheckedContinuation<WorkerFrame, any Error>?
        switch frame.kind {
        case .started:
            state.withLock { $0.isStarted = true }
            return true
        case .request, .pull, .drop: return requests.receive(frame)
        default: break
        }
        enum Outcome { case resume(CheckedContinuation<WorkerFrame, any Error>), queued, tooMuch }
        let outcome: Outcome = state.withLock { state in
            let size = frame.payload.readableBytes + Self.frameCost
            state.totalBytes += size
            if state.totalBytes > outputLimit { return .tooMuch }
            switch frame.kind {
            case .pieces: state.isStreaming = true
            case .value, .end, .error: state.hasEnded = true
            default: break
            }
            if let waiter = state.waiter {
                state.waiter = nil
                return .resume(waiter)
            }
            // Values and filtered pieces are not bounded by the credit, but by their number.
            state.queuedBytes += size
            if frame.kind != .value, frame.kind != .filtered, state.queuedBytes > Self.window * 2 + frame.payload.readableBytes { return .tooMuch }
            state.queue.append(frame)
            return .queued
        }
        switch outcome {
        case .resume(let continuation): waiter = continuation
        case .queued: return true
        case .tooMuch: return false
        }
        waiter?.resume(returning: frame)
        return true
    }

    /// Ends the call for its reader. The first failure stays; what had arrived before can still be read.
    func fail(_ error: any Error, ended: Bool = true) {
        let waiter = state.withLock { state in
            if state.failure == nil { state.failure = error }
            if ended { state.hasEnded = true }
            let waiter = state.waiter
            state.waiter = nil
            return waiter
        }
        requests.cancelAll()
        waiter?.resume(throwing: error)
    }

    // MARK: From the reader

    /// The next frame; waits for it.
    func next() async throws -> WorkerFrame {
        if let frame = try take() { return frame }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<WorkerFrame, any Error>? = state.withLock { state in
                    if let frame = Self.pop(&state) { return .success(frame) }
                    if let failure = state.failure { return .failure(failure) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiter = continuation
                    state.waitingSince = .now
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            fail(CancellationError(), ended: false)
        }
    }

    private func take() throws -> WorkerFrame? {
        try state.withLock { state in
            if let frame = Self.pop(&state) { return frame }
            if let failure = state.failure { throw failure }
            return nil
        }
    }

    private static func pop(_ state: inout State) -> WorkerFrame? {
        guard state.head < state.queue.count else { return nil }
        let frame = state.queue[state.head]
        state.head += 1
        state.queuedBytes -= frame.payload.readableBytes + frameCost
        if state.head == state.queue.count {
            state.queue.removeAll(keepingCapacity: true)
            state.head = 0
        } else if state.head > 512 {
            state.queue.removeFirst(state.head)
            state.head = 0
        }
        return frame
    }
}
