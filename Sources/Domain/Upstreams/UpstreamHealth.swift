import Synchronization

/// What is known of each upstream's health, and how much it has to do.
///
/// A circuit is closed while an upstream works. Several failures in a row open it: nobody is sent there for a while. Then one request
/// may try (half open); it closes the circuit when it succeeds and opens it for longer when it does not.
package final class UpstreamHealth: Sendable {
    package struct Rules: Sendable {
        /// Failures in a row that open a circuit.
        package var failuresToOpen: Int
        /// How long it stays open at first; doubled with each failed trial.
        package var openFor: Duration
        package var longestOpen: Duration

        package init(failuresToOpen: Int = 3, openFor: Duration = .seconds(2), longestOpen: Duration = .seconds(30)) {
            self.failuresToOpen = failuresToOpen
            self.openFor = openFor
            self.longestOpen = longestOpen
        }
    }

    private struct Upstream {
        var failures = 0
        var openUntil: ContinuousClock.Instant?
        var openFor: Duration?
        /// Since when somebody has been trying whether it is back.
        var trialSince: ContinuousClock.Instant?
        var underWay = 0
    }

    private struct State {
        var upstreams: [String: Upstream] = [:]
        /// Takes turns between upstreams that have equally much to do.
        var turn = 0
    }

    private let rules: Rules
    private let now: @Sendable () -> ContinuousClock.Instant
    private let changed: @Sendable (_ origin: String, _ isOpen: Bool) -> Void
    private let state = Mutex(State())
    /// Upstreams that have failed since they last succeeded. None is the usual case, and asks for no lock.
    private let troubled = Atomic<Int>(0)

    /// - Parameters:
    ///   - now: the clock, for tests.
    ///   - changed: hears of circuits that open and close.
    package init(
        rules: Rules = Rules(), now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        changed: @escaping @Sendable (_ origin: String, _ isOpen: Bool) -> Void = { _, _ in }
    ) {
        self.rules = rules
        self.now = now
        self.changed = changed
    }

    /// Whether every upstream that was asked lately is well.
    package var isAllWell: Bool { troubled.load(ordering: .relaxed) == 0 }

    /// Whether a request may be sent there now, without claiming the trial of a half-open circuit.
    package func isAvailable(_ connection: Connection) -> Bool { isAllWell || isAvailable(origin: Self.origin(of: connection.baseURL)) }

    func isAvailable(origin: String) -> Bool {
        let now = now()
        return state.withLock { state in
            guard let upstream = state.upstreams[origin], let until = upstream.openUntil else { return true }
            return now >= until && !isTrying(upstream, now)
        }
    }

    /// In the order in which to try them: what can be used first, and of those, when they are alike, the one with the least to do.
    /// - Returns: positions in `requests`; those behind `available` have an open circuit.
    func order(_ requests: [UpstreamRequest]) -> (positions: [Int], available: Int) {
        if requests.count < 2 { return (Array(requests.indices), requests.count) }
        let ranks = ranks(of: requests)
        let positions = requests.indices.sorted { ranks[$0] < ranks[$1] }
        return (positions, ranks.count { $0.0 == 0 })
    }

    /// Smaller is better: whether the circuit is open, the tier, how much is under way, whose turn it is.
    private func ranks(of requests: [UpstreamRequest]) -> [(Int, Int, Int, Int)] {
        let now = now()
        return state.withLock { state in
            state.turn &+= 1
            return requests.enumerated().map { index, request in
                let upstream = state.upstreams[Self.origin(of: request.url)] ?? Upstream()
                let isOpen = upstream.openUntil.map { now < $0 || isTrying(upstream, now) } ?? false
                let place = request.isBalanced ? (index + state.turn) % requests.count : index
                return (isOpen ? 1 : 0, request.tier, request.isBalanced ? upstream.underWay : 0, place)
            }
        }
    }

    /// A request is on its way and nobody counts how long it takes: claims the trial of a half-open circuit.
    package func began(_ connection: Connection) {
        if isAllWell { return }
        let origin = Self.origin(of: connection.baseURL)
        let now = now()
        state.withLock { state in
            if let until = state.upstreams[origin]?.openUntil, now >= until { state.upstreams[origin]?.trialSince = now }
        }
    }

    package func succeeded(_ connection: Connection) {
        if !isAllWell { succeeded(Self.origin(of: connection.baseURL)) }
    }

    package func failed(_ connection: Connection, retryAfter: Duration? = nil) {
        failed(Self.origin(of: connection.baseURL), retryAfter: retryAfter)
    }

    /// A request is on its way. What is returned says so until it is let go of.
    func begin(_ origin: String) -> UpstreamLoad {
        let now = now()
        state.withLock { state in
            var upstream = state.upstreams[origin] ?? Upstream()
            upstream.underWay += 1
            if let until = upstream.openUntil, now >= until { upstream.trialSince = now }
            state.upstreams[origin] = upstream
        }
        return UpstreamLoad { [weak self] in
            self?.state.withLock { state in
                guard var upstream = state.upstreams[origin] else { return }
                upstream.underWay -= 1
                // An upstream that is idle and well needs no memory.
                state.upstreams[origin] = upstream.underWay == 0 && upstream.failures == 0 ? nil : upstream
            }
        }
    }

    func succeeded(_ origin: String) {
        if isAllWell { return }
        let isClosed = state.withLock { state in
            guard var upstream = state.upstreams[origin] else { return false }
            let wasOpen = upstream.openUntil != nil
            if upstream.failures > 0 { troubled.wrappingSubtract(1, ordering: .relaxed) }
            (upstream.failures, upstream.openUntil, upstream.openFor, upstream.trialSince) = (0, nil, nil, nil)
            state.upstreams[origin] = upstream.underWay == 0 ? nil : upstream
            return wasOpen
        }
        if isClosed { changed(origin, false) }
    }

    /// - Returns: whether the circuit is open now.
    @discardableResult
    func failed(_ origin: String, retryAfter: Duration? = nil) -> Bool {
        let now = now()
        let (isOpen, wasOpen) = state.withLock { state in
            var upstream = state.upstreams[origin] ?? Upstream()
            let wasOpen = upstream.openUntil != nil
            if upstream.failures == 0 { troubled.wrappingAdd(1, ordering: .relaxed) }
            upstream.failures += 1
            upstream.trialSince = nil
            // Many requests may be under way when an upstream goes down; only a failed trial makes the pause longer.
            if upstream.openUntil.map({ now >= $0 }) ?? (upstream.failures >= rules.failuresToOpen) {
                let pause = upstream.openFor.map { min($0 * 2, rules.longestOpen) } ?? rules.openFor
                upstream.openFor = pause
                upstream.openUntil = now + max(pause, min(retryAfter ?? .zero, rules.longestOpen))
            }
            state.upstreams[origin] = upstream
            return (upstream.openUntil != nil, wasOpen)
        }
        if isOpen, !wasOpen { changed(origin, true) }
        return isOpen
    }

    func underWay(_ origin: String) -> Int { state.withLock { $0.upstreams[origin]?.underWay ?? 0 } }

    /// A trial that was given up without a word blocks nobody for ever.
    private func isTrying(_ upstream: Upstream, _ now: ContinuousClock.Instant) -> Bool {
        upstream.trialSince.map { now - $0 < rules.longestOpen } ?? false
    }

    /// Scheme, host and port of an address: what is up or down together.
    static func origin(of url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        return String(url[..<(url[scheme.upperBound...].firstIndex(of: "/") ?? url.endIndex)])
    }
}

/// Counts one request as under way as long as it lives.
final class UpstreamLoad: Sendable {
    private let end: @Sendable () -> Void

    init(_ end: @escaping @Sendable () -> Void) { self.end = end }

    deinit { end() }
}
