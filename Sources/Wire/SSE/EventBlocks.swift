package import Domain
import Synchronization

/// Parts a stream of server-sent events into its events, each with the blank line that ends it; every byte is kept.
package struct EventBlocks: Sendable {
    private var open: [UInt8] = []
    private static let limit = 32 << 20

    package init() {}

    /// - Returns: the events that are complete now.
    /// - Throws: `AppError(.upstreamFailed)` when an event grows without end.
    package mutating func push(_ piece: [UInt8]) throws -> [[UInt8]] {
        var events: [[UInt8]] = []
        var start = 0
        while let newline = piece[start...].firstIndex(of: 0x0A) {
            open += piece[start...newline]
            start = newline + 1
            if Self.endsWithBlankLine(open) {
                events.append(open)
                open = []
            }
        }
        open += piece[start...]
        guard open.count <= Self.limit else { throw AppError(.upstreamFailed, "An event of the upstream's answer is too long.") }
        return events
    }

    /// What came after the last blank line, closed by one.
    package mutating func finish() -> [[UInt8]] {
        guard !open.isEmpty else { return [] }
        defer { open = [] }
        return [open + (open.last == 0x0A ? [0x0A] : [0x0A, 0x0A])]
    }

    private static func endsWithBlankLine(_ bytes: [UInt8]) -> Bool {
        var end = bytes.count - 1
        if end > 0, bytes[end - 1] == 0x0D { end -= 1 }
        return end == 0 || bytes[end - 1] == 0x0A
    }
}

extension UpstreamBody {
    /// The same events, one piece each.
    package func inEvents() -> UpstreamBody {
        UpstreamBody {
            let pull = makeAsyncIterator().pull
            let state = Mutex((blocks: EventBlocks(), ready: [[UInt8]](), isOver: false))
            return {
                while true {
                    if let event = state.withLock({ $0.ready.isEmpty ? nil : $0.ready.removeFirst() }) { return event }
                    if state.withLock({ $0.isOver }) { return nil }
                    let piece = try await pull()
                    try state.withLock { state in
                        if let piece {
                            state.ready = try state.blocks.push(piece)
                        } else {
                            state.isOver = true
                            state.ready = state.blocks.finish()
                        }
                    }
                }
            }
        }
    }
}
