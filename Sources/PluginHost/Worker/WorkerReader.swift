import Domain
import NIOCore
import Synchronization

/// Reads the answer of one call. A reader that is let go of before the end tells the worker so.
final class WorkerReader: Sendable {
    enum First {
        case value(JSONValue)
        case pieces
    }

    private let call: WorkerCall
    private let worker: PythonWorker
    /// Bytes that were taken and that the worker does not know of yet.
    private let taken = Mutex(0)

    init(call: WorkerCall, worker: PythonWorker) {
        self.call = call
        self.worker = worker
    }

    deinit { worker.leave(call) }

    func leave() { worker.leave(call) }

    /// The answer of a call that gives one value.
    func value() async throws -> JSONValue {
        guard case .value(let value) = try await first() else { throw AppError(.badRequest, "The function gave pieces where a value was expected.") }
        return value
    }

    /// A value, or that pieces follow.
    func first() async throws -> First {
        while true {
            var frame = try await call.next()
            switch frame.kind {
            case .value:
                frame.payload.moveReaderIndex(forwardBy: min(4, frame.payload.readableBytes))
                guard let value = try? JSONValue(parsing: frame.payload.readableBytesView) else { throw lied("a value that is no JSON") }
                return .value(value)
            case .pieces: return .pieces
            case .end:
                try Task.checkCancellation()
                return .value(.null)
            case .error: throw failure(frame)
            case .emitted: try await emit(frame)
            default: throw lied("a frame that does not belong there")
            }
        }
    }

    /// The next piece; `nil` at the end.
    func piece() async throws -> FunctionPiece? {
        do {
            while true {
                let frame = try await call.next()
                switch frame.kind {
                case .text:
                    took(frame)
                    return .text(String(decoding: frame.payload.readableBytesView, as: UTF8.self))
                case .chunk:
                    took(frame)
                    guard let chunk = (try? JSONValue(parsing: frame.payload.readableBytesView))?.object else {
                        throw lied("a chunk that is no JSON object")
                    }
                    return .chunk(chunk)
                case .emitted: try await emit(frame)
                case .end:
                    leave()
                    try Task.checkCancellation()
                    return nil
                case .error: throw failure(frame)
                default: throw lied("a frame that does not belong there")
                }
            }
        } catch {
            leave()
            throw Self.visible(error)
        }
    }

    /// Puts pieces through a stream filter.
    func filter(_ chunks: [[UInt8]]) async throws -> [[UInt8]] {
        worker.send(chunks, to: call)
        var result: [[UInt8]] = []
        result.reserveCapacity(chunks.count)
        var waiting = chunks.count
        do {
            while waiting > 0 {
                let frame = try await call.next()
                switch frame.kind {
                case .filtered:
                    waiting -= 1
                    if frame.payload.readableBytes > 0 { result.append(Array(frame.payload.readableBytesView)) }
                case .emitted: try await emit(frame)
                case .error: throw failure(frame)
                case .end: throw AppError(.upstreamFailed, "The filter ended before the answer.")
                default: throw lied("a frame that does not belong there")
                }
            }
        } catch {
            leave()
            let cause = Self.visible(error)
            guard waiting < chunks.count, !(error is CancellationError) else { throw cause }
            throw StreamFilterFailure(passed: result, rest: Array(chunks.suffix(waiting)), cause: cause)
        }
        return result
    }

    private func emit(_ frame: WorkerFrame) async throws {
        guard let event = (try? JSONValue(parsing: frame.payload.readableBytesView))?.object else { throw lied("an event that is no JSON object") }
        await call.services.emit(event)
        took(frame)
    }

    /// Tells the worker in large steps, not for every frame.
    private func took(_ frame: WorkerFrame) {
        let step = taken.withLock { taken in
            taken += frame.payload.readableBytes + WorkerCall.frameCost
            guard taken >= WorkerCall.window / 4 else { return 0 }
            defer { taken = 0 }
            return taken
        }
        if step > 0 { worker.grant(step, to: call) }
    }

    private func failure(_ frame: WorkerFrame) -> AppError {
        var payload = frame.payload
        payload.moveReaderIndex(forwardBy: min(4, payload.readableBytes))
        return PythonError.decode(payload.readableBytesView)
    }

    private func lied(_ what: String) -> AppError {
        let error = AppError(.upstreamFailed, "The function's worker broke the rules of its channel and was stopped.")
        worker.kill(error)
        return error
    }

    static func visible(_ error: any Error) -> any Error {
        switch error as? WorkerCall.Failure {
        case .failed(let error): error
        case .notStarted: AppError(.upstreamFailed, "The function's worker ended in the middle of the call.")
        case nil: error
        }
    }
}

/// One answer's way through `Filter.stream`.
final class WorkerStreamFilter: FunctionStreamFilter {
    private let reader: WorkerReader

    init(_ reader: WorkerReader) { self.reader = reader }

    func process(_ chunks: [[UInt8]]) async throws -> [[UInt8]] {
        guard !chunks.isEmpty else { return [] }
        return try await reader.filter(chunks)
    }

    func close() { reader.leave() }
}
