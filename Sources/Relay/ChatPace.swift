import Synchronization

/// Whether chats come so fast that work which can wait should leave them room.
package final class ChatPace: Sendable {
    /// Chats a second from which on the server counts as busy.
    package static let limit = 5.0
    /// How often a new look is taken at the counters.
    static let interval = Duration.milliseconds(250)

    private let counters: RelayCounters
    private let last: Mutex<(time: ContinuousClock.Instant, chats: Int, isHigh: Bool)>

    package init(counters: RelayCounters) {
        self.counters = counters
        last = Mutex((.now, counters.snapshot.chats, false))
    }

    /// Over the time since the last look. Cheap; may be called from any thread.
    package var isHigh: Bool { isHigh(at: .now) }

    func isHigh(at now: ContinuousClock.Instant) -> Bool {
        last.withLock { last in
            let passed = now - last.time
            guard passed >= Self.interval else { return last.isHigh }
            let chats = counters.snapshot.chats
            last = (now, chats, Double(chats - last.chats) >= Self.limit * (passed / .seconds(1)))
            return last.isHigh
        }
    }
}
