import Synchronization

/// An answer that is made by a task of its own, so that it goes on while its client is away and can be read more than once.
package final class DetachedAnswer: Sendable {
    /// What is known when the answer begins.
    package struct Head: Sendable {
        package var headers: [(name: String, value: String)]
        /// Server-sent events; else one document.
        package var isStream: Bool
        /// Said at the end of a stream that was stopped.
        package var farewell: [[UInt8]]

        package init(headers: [(name: String, value: String)], isStream: Bool, farewell: [[UInt8]] = []) {
            self.headers = headers
            self.isStream = isStream
            self.farewell = farewell
        }
    }

    private struct State {
        var head: Result<Head, any Error>?
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextTicket = 0
        var task: Task<Void, Never>?
        var isStopped = false
    }

    package let id = makeID()
    package let ownerID: String
    /// Pieces of the body: one event each, or parts of the document.
    package let log: StreamLog
    private let state = Mutex(State())

    init(ownerID: String, log: StreamLog) {
        self.ownerID = ownerID
        self.log = log
    }

    /// Waits until the answer begins.
    /// - Throws: why it did not.
    package func head() async throws -> Head {
        while true {
            try Task.checkCancellation()
            if let head = state.withLock({ $0.head }) { return try head.get() }
            let ticket = state.withLock { state in
                state.nextTicket += 1
                return state.nextTicket
            }
            await withTaskCancellationHandler {
                await withCheckedContinuation { continuation in
                    let isReady = state.withLock { state in
                        if state.head != nil || Task.isCancelled { return true }
                        state.waiters[ticket] = continuation
                        return false
                    }
                    if isReady { continuation.resume() }
                }
            } onCancel: {
                state.withLock { $0.waiters.removeValue(forKey: ticket) }?.resume()
            }
        }
    }

    func begin(_ head: Result<Head, any Error>) {
        let waiters = state.withLock { state in
            if state.head == nil { state.head = head }
            defer { state.waiters = [:] }
            return Array(state.waiters.values)
        }
        for waiter in waiters { waiter.resume() }
    }

    func run(_ work: @escaping @Sendable () async -> Void) {
        let task = Task { await work() }
        let isStopped = state.withLock { state in
            state.task = task
            return state.isStopped
        }
        if isStopped { task.cancel() }
    }

    /// Ends it as it is.
    func stop() {
        let task = state.withLock { state in
            state.isStopped = true
            return state.task
        }
        task?.cancel()
    }
}
