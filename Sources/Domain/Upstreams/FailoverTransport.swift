package import Logging

/// Sends each request to an upstream that can answer it: balances between alike ones, passes over those whose circuit is open, and tries
/// the next one when an upstream fails before the first byte of its answer. What came once is never asked for twice.
///
/// Where there is nobody else to ask, the one upstream is asked once and what it says is the answer. Else every upstream is asked in
/// turn, then after a pause again, as long as the attempts and the retry budget last.
package struct FailoverTransport: UpstreamTransport {
    package struct Rules: Sendable, Hashable {
        /// How many requests may be sent for one.
        package var attempts: Int
        /// Before an upstream is asked again; doubled each time, and shortened by chance so that clients do not move in step.
        package var firstPause: Duration
        package var longestPause: Duration
        /// An upstream that wants to be left alone for longer is not asked again.
        package var longestRetryAfter: Duration

        package init(
            attempts: Int = 4, firstPause: Duration = .milliseconds(100), longestPause: Duration = .seconds(2),
            longestRetryAfter: Duration = .seconds(5)
        ) {
            self.attempts = attempts
            self.firstPause = firstPause
            self.longestPause = longestPause
            self.longestRetryAfter = longestRetryAfter
        }
    }

    private let transport: any UpstreamTransport
    private let health: UpstreamHealth
    private let budget: RetryBudget
    private let logger: Logger
    private let rules: @Sendable () -> Rules
    private let pause: @Sendable (Duration) async throws -> Void

    /// - Parameter pause: waits; replaced in tests.
    package init(
        transport: any UpstreamTransport, health: UpstreamHealth, budget: RetryBudget = RetryBudget(), logger: Logger,
        rules: @escaping @Sendable () -> Rules = { Rules() },
        pause: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) }
    ) {
        self.transport = transport
        self.health = health
        self.budget = budget
        self.logger = logger
        self.rules = rules
        self.pause = pause
    }

    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        if request.failedBefore.isEmpty { budget.noteRequest() }
        var run = FailoverRun(request, health: health, rules: rules())
        while true {
            let candidate = run.current
            let load = health.begin(candidate.origin)
            let failure: UpstreamProblem
            do {
                var response = try await transport.send(candidate.request)
                guard let problem = UpstreamProblem(response) else {
                    health.succeeded(candidate.origin)
                    response.body = response.body.holding(load)
                    response.route = run.trace(served: true)
                    return response
                }
                response.body = response.body.holding(load)
                failure = problem
            } catch let error as AppError where error.code == .upstreamFailed || error.code == .timeout {
                failure = UpstreamProblem(error)
            }
            let isOpen = failure.isIllness && health.failed(candidate.origin, retryAfter: failure.retryAfter)
            logger.warning(
                "upstream failed",
                metadata: [
                    "upstream": "\(candidate.request.upstream)", "reason": "\(failure.reason)", "circuit": "\(isOpen ? "open" : "closed")",
                ])
            guard let wait = run.next(after: failure, health: health, budget: budget) else {
                return try failure.outcome(run.trace(served: failure.response != nil))
            }
            if wait > .zero { try await pause(wait) }
        }
    }
}

/// One request on its way through the upstreams.
private struct FailoverRun {
    private let all: [UpstreamRequest]
    private let rules: FailoverTransport.Rules
    /// Positions in `all` that were not asked in this round, the next one first.
    private var queue: [Int]
    private var position: Int
    private var attempts: Int
    private var round = 0
    private var failed: [UpstreamAttempt]
    private var asked: Set<Int> = []
    private var closedToAll: Set<Int>
    /// When an upstream has said that it wants to be left alone.
    private var retryAfter: [Int: Duration] = [:]

    init(_ request: UpstreamRequest, health: UpstreamHealth, rules: FailoverTransport.Rules) {
        all = [request] + request.alternatives
        self.rules = rules
        failed = request.failedBefore
        attempts = request.failedBefore.count
        let (order, available) = health.order(all)
        closedToAll = Set(order[available...])
        // Whoever failed this request a moment ago comes last.
        let tried = Set(request.failedBefore.map(\.upstream))
        let all = all
        queue = order.filter { !tried.contains(all[$0].upstream) } + order.filter { tried.contains(all[$0].upstream) }
        position = queue.removeFirst()
        asked.insert(position)
        attempts += 1
    }

    var current: (request: UpstreamRequest, origin: String) {
        var request = all[position]
        if let makeBody = request.makeBody { request.body = makeBody() }
        return (request, UpstreamHealth.origin(of: request.url))
    }

    /// Chooses who is asked next.
    /// - Returns: how long to wait before; `nil` when nobody else is to be asked.
    mutating func next(after failure: UpstreamProblem, health: UpstreamHealth, budget: RetryBudget) -> Duration? {
        var attempt = UpstreamAttempt(all[position].upstream, failure.reason)
        defer { failed.append(attempt) }
        retryAfter[position] = failure.retryAfter
        guard all.count > 1, attempts < rules.attempts else { return nil }
        var wait = Duration.zero
        if queue.isEmpty {
            // Everybody has been asked: once more, after a pause.
            round += 1
            let (order, _) = health.order(all)
            queue = order.filter { (retryAfter[$0] ?? .zero) <= rules.longestRetryAfter }
            guard !queue.isEmpty else { return nil }
            wait = backOff()
        }
        // A connection that was refused has cost the upstream nothing.
        guard failure.isRefusal || budget.spend() else {
            attempt.reason += ", retry budget used up"
            return nil
        }
        position = queue.removeFirst()
        asked.insert(position)
        attempts += 1
        return max(wait, round > 0 ? retryAfter[position] ?? .zero : .zero)
    }

    private func backOff() -> Duration {
        let whole = min(rules.firstPause * (1 << min(round - 1, 10)), rules.longestPause)
        return whole * Double.random(in: 0.5...1)
    }

    func trace(served: Bool) -> UpstreamTrace {
        let passedOver = all.indices.filter { closedToAll.contains($0) && !asked.contains($0) && $0 < position }
            .map { UpstreamAttempt(all[$0].upstream, "circuit open") }
        // The last one's failure is the answer, and no step on the way to it.
        let before = served && failed.count == attempts ? Array(failed.dropLast()) : failed
        return UpstreamTrace(served: served ? all[position].upstream : "", position: position, attempts: attempts, failed: passedOver + before)
    }
}

/// Why an upstream's answer is not (yet) the answer.
private struct UpstreamProblem {
    var reason: String
    /// The upstream itself is unwell; else it only did not take this request.
    var isIllness = true
    /// The upstream never saw the request.
    var isRefusal = false
    var retryAfter: Duration?
    var response: UpstreamResponse?
    private var error: AppError?

    /// - Returns: `nil` for an answer that is the request's own and would be the same elsewhere.
    init?(_ response: UpstreamResponse) {
        switch response.status {
        case 502...504, 529: isIllness = true
        // One model, one key or one request has gone wrong; the upstream may be well otherwise.
        case 429, 500: isIllness = false
        default: return nil
        }
        reason = "status \(response.status)"
        retryAfter = response.header("retry-after").flatMap { Int($0) }.map { Duration.seconds(min(max($0, 0), 86_400)) }
        self.response = response
    }

    init(_ error: AppError) {
        reason = error.message
        isRefusal = error.cause is ConnectionRefused
        self.error = error
    }

    /// What the caller gets when nobody else is asked.
    func outcome(_ trace: UpstreamTrace) throws -> UpstreamResponse {
        if var response {
            response.route = trace
            return response
        }
        var error = error ?? AppError(.upstreamFailed, "The upstream cannot be reached.")
        error.trace = trace
        throw error
    }
}

/// The cause of a failure that happened before anything was sent.
package struct ConnectionRefused: Error {
    package var cause: any Error

    package init(cause: any Error) { self.cause = cause }
}

extension UpstreamBody {
    /// The same pieces; keeps an object alive until they are read or given up.
    func holding(_ object: any AnyObject & Sendable) -> UpstreamBody {
        let body = self
        return UpstreamBody {
            let pull = body.makeAsyncIterator().pull
            return {
                defer { withExtendedLifetime(object) {} }
                return try await pull()
            }
        }
    }
}
