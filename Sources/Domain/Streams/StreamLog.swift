import Synchronization

/// The pieces of an answer in order, numbered from 1, for readers that come and go.
///
/// When it is full, its oldest pieces are dropped, but none that somebody who reads now has not seen: then whoever writes waits.
package final class StreamLog: Sendable {
    private struct State {
        var pieces: [[UInt8]] = []
        /// Positions in `pieces` that were dropped and not yet cleared away.
        var dropped = 0
        /// Number of the oldest piece that is kept.
        var first = 1
        var bytes = 0
        var isOver = false
        /// The number that each reader wants next.
        var readers: [Int: Int] = [:]
        var nextTicket = 0
        var waitingReaders: [Int: CheckedContinuation<Void, Never>] = [:]
        var waitingWriter: CheckedContinuation<Void, Never>?

        /// Number of the newest piece.
        var last: Int { first + pieces.count - dropped - 1 }

        mutating func dropOldest() -> Int {
            let count = pieces[dropped].count
            pieces[dropped] = []
            dropped += 1
            first += 1
            bytes -= count
            if dropped > 64, dropped * 2 > pieces.count {
                pieces.removeFirst(dropped)
                dropped = 0
            }
            return count
        }
    }

    /// Asks for room for some bytes in the memory of all logs, or takes it in any case; gives bytes back when negative.
    package typealias Room = @Sendable (_ bytes: Int, _ isForced: Bool) -> Bool

    private let limit: Int
    private let room: Room
    /// Nobody reads it any more, and it is not over.
    private let abandoned: @Sendable () -> Void
    private let state = Mutex(State())

    package init(
        limit: Int, room: @escaping Room = { _, _ in true }, abandoned: @escaping @Sendable () -> Void = {}
    ) {
        self.limit = limit
        self.room = room
        self.abandoned = abandoned
    }

    deinit {
        let bytes = state.withLock { $0.bytes }
        if bytes > 0 { _ = room(-bytes, true) }
    }

    /// What is kept.
    package var bytes: Int { state.withLock { $0.bytes } }

    package var isOver: Bool { state.withLock { $0.isOver } }
    package var hasReaders: Bool { state.withLock { !$0.readers.isEmpty } }
    /// Whether every piece that was ever written is still there.
    package var isWhole: Bool { state.withLock { $0.first == 1 } }
    /// Number of the newest piece; 0 for none.
    package var last: Int { state.withLock { $0.last } }

    // MARK: Writing

    /// Adds a piece; waits while it is full of what a reader has yet to see. Dropped when the log is over.
    package func append(_ piece: [UInt8]) async throws {
        while true {
            try Task.checkCancellation()
            if add(piece) { return }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.isOver || !Self.isHeldUp(state) || Task.isCancelled { return true }
                        state.waitingWriter = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waitingWriter.take() }?.resume()
            }
        }
    }

    /// - Returns: whether the writer can go on.
    private func add(_ piece: [UInt8]) -> Bool {
        while true {
            // There is one writer: nobody adds a piece between the question and the answer.
            let (fits, isEmpty) = state.withLock { (!$0.isOver && $0.bytes + piece.count <= limit, !$0.isOver && $0.pieces.count == $0.dropped) }
            let hasRoom = (fits || isEmpty) && room(piece.count, isEmpty)
            let (isDone, freed, waiters) = state.withLock { state -> (Bool?, Int, [CheckedContinuation<Void, Never>]) in
                if state.isOver { return (true, hasRoom ? piece.count : 0, []) }
                if hasRoom {
                    state.pieces.append(piece)
                    state.bytes += piece.count
                    defer { state.waitingReaders = [:] }
                    return (true, 0, Array(state.waitingReaders.values))
                }
                if Self.isHeldUp(state) { return (false, 0, []) }
                return (nil, state.dropOldest(), [])
            }
            if freed > 0 { _ = room(-freed, true) }
            for waiter in waiters { waiter.resume() }
            if let isDone { return isDone }
        }
    }

    /// Whether somebody has yet to read the oldest piece.
    private static func isHeldUp(_ state: State) -> Bool { state.readers.values.contains { $0 <= state.first } && state.last >= state.first }

    /// Adds what is said at the end, however full it is, and ends the log.
    package func finish(with pieces: [[UInt8]] = []) {
        let (waiters, writer, count) = state.withLock { state in
            if !state.isOver {
                state.pieces += pieces
                state.bytes += pieces.reduce(0) { $0 + $1.count }
            }
            let count = state.isOver ? 0 : pieces.reduce(0) { $0 + $1.count }
            state.isOver = true
            defer { state.waitingReaders = [:] }
            return (Array(state.waitingReaders.values), state.waitingWriter.take(), count)
        }
        if count > 0 { _ = room(count, true) }
        for waiter in waiters { waiter.resume() }
        writer?.resume()
    }

    // MARK: Reading

    /// Somebody who reads on after a piece; 0 for all.
    /// - Throws: `AppError(.gone)` when what follows is no longer kept, `AppError(.badRequest)` for a number that was never given.
    package func reader(after number: Int) throws -> StreamReader {
        try state.withLock { state in
            guard number <= state.last else { throw AppError(.badRequest, "The stream has no event \(number) yet.") }
            guard number >= 0, number + 1 >= state.first else {
                throw AppError(.gone, "The events after \(number) are no longer kept; the oldest that is has the id \(state.first).")
            }
            state.nextTicket += 1
            state.readers[state.nextTicket] = number + 1
            return StreamReader(log: self, ticket: state.nextTicket)
        }
    }

    fileprivate func next(_ ticket: Int) async throws -> (number: Int, piece: [UInt8])? {
        while true {
            try Task.checkCancellation()
            let (found, isOver, writer) = state.withLock { state -> ((Int, [UInt8])?, Bool, CheckedContinuation<Void, Never>?) in
                guard let number = state.readers[ticket], number <= state.last else { return (nil, state.isOver, nil) }
                state.readers[ticket] = number + 1
                let piece = state.pieces[state.dropped + number - state.first]
                return ((number, piece), false, state.waitingWriter.take())
            }
            writer?.resume()
            if let found { return found }
            if isOver { return nil }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.isOver || (state.readers[ticket] ?? 0) <= state.last || Task.isCancelled { return true }
                        state.waitingReaders[ticket] = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waitingReaders.removeValue(forKey: ticket) }?.resume()
            }
        }
    }

    fileprivate func leave(_ ticket: Int) {
        let (isAbandoned, writer) = state.withLock { state in
            state.readers[ticket] = nil
            return (state.readers.isEmpty && !state.isOver, state.waitingWriter.take())
        }
        writer?.resume()
        if isAbandoned { abandoned() }
    }
}

/// Reads a log from some piece on. It counts as reading until it is let go of.
package final class StreamReader: Sendable {
    private let log: StreamLog
    private let ticket: Int

    fileprivate init(log: StreamLog, ticket: Int) {
        self.log = log
        self.ticket = ticket
    }

    deinit { log.leave(ticket) }

    /// The next piece and its number; `nil` at the end.
    package func next() async throws -> (number: Int, piece: [UInt8])? { try await log.next(ticket) }
}
