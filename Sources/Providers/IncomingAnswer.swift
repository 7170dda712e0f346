import AsyncHTTPClient
import Domain
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One answer on its way from the event loop that receives it to the task that reads it.
///
/// A slot holds at most one piece; the next one is asked for when it was taken, so a reader who does not read stops the
/// upstream. Any failure, a time limit or `cancel` ends the exchange and closes its connection.
final class IncomingAnswer: HTTPClientResponseDelegate {
    typealias Response = Void

    private struct State {
        var exchange: HTTPClient.Task<Void>?
        var head: HTTPResponseHead?
        var slot: ByteBuffer?
        /// Fulfilled when the slot was emptied.
        var emptied: EventLoopPromise<Void>?
        var end: Result<Void, any Error>?
        var headWaiter: CheckedContinuation<HTTPResponseHead, any Error>?
        var pieceWaiter: CheckedContinuation<ByteBuffer?, any Error>?
        var waitingSince: NIODeadline?
        var timer: Scheduled<Void>?
    }

    private let state = Mutex(State())
    private let firstByte: TimeAmount
    private let idle: TimeAmount

    init(firstByte: TimeAmount, idle: TimeAmount) {
        self.firstByte = firstByte
        self.idle = idle
    }

    // MARK: The reading side

    /// The status line and headers. Cancelling the calling task closes the connection.
    /// - Parameter start: sends the request, with this answer as its delegate.
    func head(start: () -> HTTPClient.Task<Void>) async throws -> HTTPResponseHead {
        let exchange = start()
        // Covers requests that fail before a delegate is ever called.
        exchange.futureResult.whenFailure { [weak self] error in self?.finish(.failure(error)) }
        let timer = exchange.eventLoop.scheduleTask(in: firstByte) { [weak self] () -> Void in
            self?.cancel(with: AppError(.timeout, "The upstream did not answer in time."))
        }
        let isOver = state.withLock { state in
            state.exchange = exchange
            if state.end == nil, state.head == nil { state.timer = timer }
            return state.end != nil || state.head != nil
        }
        if isOver { timer.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<HTTPResponseHead, any Error>? = state.withLock { state in
                    if let head = state.head { return .success(head) }
                    if case .failure(let error) = state.end { return .failure(error) }
                    state.headWaiter = continuation
                    return nil
                }
                if let result { continuation.resume(with: result.mapError(Self.meaning)) }
            }
        } onCancel: {
            cancel(with: CancellationError())
        }
    }

    /// The next piece; `nil` at the end. One reader at a time.
    func next() async throws -> [UInt8]? {
        if let ready = ready() { return try ready.get().map { Array($0.readableBytesView) } }
        let piece: ByteBuffer? = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if let ready = ready(orPark: continuation) { continuation.resume(with: ready) }
            }
        } onCancel: {
            cancel(with: CancellationError())
        }
        return piece.map { Array($0.readableBytesView) }
    }

    /// What `next` can say without waiting; parks the continuation when that is nothing.
    private func ready(orPark continuation: CheckedContinuation<ByteBuffer?, any Error>? = nil) -> Result<ByteBuffer?, any Error>? {
        let (result, emptied): (Result<ByteBuffer?, any Error>?, EventLoopPromise<Void>?) = state.withLock { state in
            if let piece = state.slot.take() { return (.success(piece), state.emptied.take()) }
            switch state.end {
            case .success: return (.success(nil), nil)
            case .failure(let error): return (.failure(Self.meaning(error)), nil)
            case nil:
                if let continuation {
                    state.pieceWaiter = continuation
                    state.waitingSince = .now()
                }
                return (nil, nil)
            }
        }
        emptied?.succeed()
        return result
    }

    /// Ends the exchange now. Pieces that were not read are dropped.
    func cancel(with error: any Error) {
        let exchange = state.withLock { state in
            state.slot = nil
            return state.exchange
        }
        finish(.failure(error))
        exchange?.cancel()
    }

    // MARK: The receiving side, on the exchange's event loop

    func didReceiveHead(task: HTTPClient.Task<Void>, _ head: HTTPResponseHead) -> EventLoopFuture<Void> {
        let (waiter, timer) = state.withLock { state in
            state.head = head
            return (state.headWaiter.take(), state.timer.take())
        }
        timer?.cancel()
        watchSilence(on: task.eventLoop, after: idle)
        waiter?.resume(returning: head)
        return task.eventLoop.makeSucceededVoidFuture()
    }

    func didReceiveBodyPart(task: HTTPClient.Task<Void>, _ buffer: ByteBuffer) -> EventLoopFuture<Void> {
        let promise = task.eventLoop.makePromise(of: Void.self)
        let (waiter, isOver) = state.withLock { state in
            if state.end != nil { return (nil as CheckedContinuation<ByteBuffer?, any Error>?, true) }
            if let waiter = state.pieceWaiter.take() { return (waiter, false) }
            state.slot = buffer
            state.emptied = promise
            return (nil, false)
        }
        if let waiter {
            waiter.resume(returning: buffer)
            promise.succeed()
        } else if isOver {
            promise.fail(CancellationError())
        }
        return promise.futureResult
    }

    func didReceiveError(task: HTTPClient.Task<Void>, _ error: any Error) { finish(.failure(error)) }

    func didFinishRequest(task: HTTPClient.Task<Void>) throws { finish(.success(())) }

    /// Looks now and then whether somebody has been waiting for too long: a timer an answer, not one a piece.
    private func watchSilence(on eventLoop: any EventLoop, after delay: TimeAmount) {
        let timer = eventLoop.scheduleTask(in: delay) { [weak self] in
            guard let self else { return }
            let waited: TimeAmount = state.withLock { state in
                guard state.pieceWaiter != nil, let since = state.waitingSince else { return .zero }
                return .now() - since
            }
            if waited >= idle {
                cancel(with: AppError(.timeout, "The upstream fell silent."))
            } else {
                watchSilence(on: eventLoop, after: idle - waited)
            }
        }
        let isOver = state.withLock { state in
            if state.end == nil { state.timer = timer }
            return state.end != nil
        }
        if isOver { timer.cancel() }
    }

    /// The first end counts.
    private func finish(_ end: Result<Void, any Error>) {
        let (head, piece, timer, emptied) = state.withLock { state in
            if state.end == nil { state.end = end }
            // A piece that is still in the slot is read before the end is; the upstream has nothing more to send.
            return (state.headWaiter.take(), state.pieceWaiter.take(), state.timer.take(), state.emptied.take())
        }
        timer?.cancel()
        emptied?.succeed()
        switch end {
        case .success:
            piece?.resume(returning: nil)
            head?.resume(throwing: Self.meaning(HTTPClientError.remoteConnectionClosed))
        case .failure(let error):
            piece?.resume(throwing: Self.meaning(error))
            head?.resume(throwing: Self.meaning(error))
        }
    }

    /// In the terms of `UpstreamTransport`.
    private static func meaning(_ error: any Error) -> any Error {
        if error is AppError || error is CancellationError { return error }
        switch error as? HTTPClientError {
        case .cancelled: return CancellationError()
        case .readTimeout, .deadlineExceeded: return AppError(.timeout, "The upstream did not answer in time.", cause: error)
        case .remoteConnectionClosed, .uncleanShutdown: return AppError(.upstreamFailed, "The upstream closed the connection.", cause: error)
        // Not the client's own errors: the decoder's, or the system's.
        case nil where Self.isRefusal(error):
            return AppError(.upstreamFailed, "The upstream cannot be reached.", cause: ConnectionRefused(cause: error))
        case nil where error is HTTPParserError: return AppError(.upstreamFailed, "The upstream's answer is not valid HTTP.", cause: error)
        default: return AppError(.upstreamFailed, "The upstream cannot be reached.", cause: error)
        }
    }

    /// Whether there was never a connection to send anything on.
    private static func isRefusal(_ error: any Error) -> Bool {
        error is NIOConnectionError || (error as? IOError)?.errnoCode == ECONNREFUSED
    }
}
