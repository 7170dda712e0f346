import Synchronization

/// How many requests may be sent again: a share of what was asked lately, so that an outage is not answered with a flood.
package final class RetryBudget: Sendable {
    package struct Rules: Sendable, Hashable {
        /// Retries for each request of the window, 0.2 for one in five.
        package var share: Double
        /// Retries of each window that need no requests to stand for them.
        package var reserve: Int
        package var windowSeconds: Int

        package init(share: Double = 0.2, reserve: Int = 200, windowSeconds: Int = 10) {
            self.share = share
            self.reserve = reserve
            self.windowSeconds = windowSeconds
        }
    }

    private struct Second {
        var second: Int64
        var requests = 0
        var retries = 0
    }

    private let rules: @Sendable () -> Rules
    private let now: @Sendable () -> ContinuousClock.Instant
    private let start: ContinuousClock.Instant
    /// The last seconds, the current one at the end.
    private let seconds = Mutex<[Second]>([])

    /// - Parameter now: the clock, for tests.
    package init(
        rules: @escaping @Sendable () -> Rules = { Rules() }, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.rules = rules
        self.now = now
        start = now()
    }

    /// A request that was not sent before.
    package func noteRequest() {
        let second = second()
        seconds.withLock { seconds in
            Self.begin(second, in: &seconds)
            seconds[seconds.count - 1].requests += 1
        }
    }

    /// Takes one retry; `false` when there is none left.
    package func spend() -> Bool {
        let rules = rules()
        let second = second()
        return seconds.withLock { seconds in
            Self.begin(second, in: &seconds)
            let recent = seconds.filter { $0.second > second - Int64(rules.windowSeconds) }
            let requests = recent.reduce(0) { $0 + $1.requests }
            let retries = recent.reduce(0) { $0 + $1.retries }
            guard retries < rules.reserve + Int(Double(requests) * rules.share) else { return false }
            seconds[seconds.count - 1].retries += 1
            return true
        }
    }

    private func second() -> Int64 { (now() - start).components.seconds }

    private static func begin(_ second: Int64, in seconds: inout [Second]) {
        guard seconds.last?.second != second else { return }
        seconds.append(Second(second: second))
        if seconds.count > longestWindow { seconds.removeFirst(seconds.count - longestWindow) }
    }

    private static let longestWindow = 60
}
