import Synchronization

/// Rewrites a body while it passes.
package protocol BodyConverter: Sendable {
    /// Everything has been said: what the source still sends is dropped.
    var isDone: Bool { get }
    /// - Returns: what can be passed on now; may be empty.
    mutating func push(_ piece: [UInt8]) throws -> [UInt8]
    /// The source is over. Called once, unless `isDone`.
    /// - Parameter failure: why it ended early; `nil` when it is whole.
    mutating func finish(_ failure: (any Error)?) throws -> [UInt8]
}

extension UpstreamBody {
    /// The body as `converter` rewrites it. A cancelled reader ends it without asking the converter.
    package func converted<Converter: BodyConverter>(by converter: Converter) -> UpstreamBody {
        UpstreamBody {
            let pull = makeAsyncIterator().pull
            let state = Mutex((converter: converter, isOver: false))
            return {
                while true {
                    if state.withLock({ $0.isOver }) { return nil }
                    let output: [UInt8]
                    do {
                        if let piece = try await pull() {
                            let (bytes, isDone) = try state.withLock { state in
                                let bytes = try state.converter.push(piece)
                                state.isOver = state.converter.isDone
                                return (bytes, state.isOver)
                            }
                            // The source's end is near; reading it lets its connection be used again.
                            if isDone { Task { while let _ = try await pull() {} } }
                            output = bytes
                        } else {
                            output = try state.withLock { state in
                                state.isOver = true
                                return try state.converter.finish(nil)
                            }
                        }
                    } catch {
                        if error is CancellationError || state.withLock({ $0.isOver }) { throw error }
                        output = try state.withLock { state in
                            state.isOver = true
                            return try state.converter.finish(error)
                        }
                    }
                    if !output.isEmpty { return output }
                }
            }
        }
    }

    /// `head`, then the body.
    package func prefixed(by head: [UInt8]) -> UpstreamBody {
        guard !head.isEmpty else { return self }
        return UpstreamBody {
            let pull = makeAsyncIterator().pull
            let first = Mutex<[UInt8]?>(head)
            return {
                if let head = first.withLock({ $0.take() }) { return head }
                return try await pull()
            }
        }
    }
}
