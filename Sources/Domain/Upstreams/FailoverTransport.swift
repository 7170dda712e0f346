package import Logging

/// Sends each request to an upstream that can answer it: balances between alike ones, skips those whose circuit is open, and tries the
/// next one when an upstream fails before the first byte of its answer. What came once is never asked for twice.
package struct FailoverTransport: UpstreamTransport {
    private let transport: any UpstreamTransport
    private let health: UpstreamHealth
    private let logger: Logger
    private let attempts: Int

    /// - Parameter attempts: how many upstreams one request may try.
    package init(transport: any UpstreamTransport, health: UpstreamHealth, logger: Logger, attempts: Int = 4) {
        self.transport = transport
        self.health = health
        self.logger = logger
        self.attempts = attempts
    }

    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let all = [request] + request.alternatives
        let candidates = health.order(all, balanced: request.isBalanced) { UpstreamHealth.origin(of: $0.url) }.prefix(attempts)
        var failed: [String] = []
        for (position, candidate) in candidates.enumerated() {
            let isLast = position == candidates.count - 1
            let origin = UpstreamHealth.origin(of: candidate.url)
            // An open circuit is passed over as long as there is another upstream; the last one is asked in any case.
            if !isLast, !health.isAvailable(origin: origin) {
                failed.append(candidate.upstream + " (circuit open)")
                continue
            }
            let load = health.begin(origin)
            do {
                var response = try await transport.send(candidate)
                switch response.status {
                case 502...504:
                    let retryAfter = response.header("retry-after").flatMap { Int($0) }.map { Duration.seconds($0) }
                    note(candidate, "status \(response.status)", isOpen: health.failed(origin, retryAfter: retryAfter), &failed)
                    if !isLast { continue }
                case 429:
                    // One model or key has had enough; the upstream itself is well.
                    note(candidate, "status 429", isOpen: false, &failed)
                    if !isLast { continue }
                default:
                    // 500 is an answer, too: it can be the request's fault, and would cost the same again elsewhere.
                    health.succeeded(origin)
                }
                response.body = response.body.holding(load)
                if !all[0].alternatives.isEmpty { response.route = UpstreamTrace(served: candidate.upstream, failed: failed) }
                return response
            } catch let error as AppError where error.code == .upstreamFailed || error.code == .timeout {
                note(candidate, error.message, isOpen: health.failed(origin), &failed)
                if isLast { throw error }
            }
        }
        // Not reached: the last candidate returns or throws.
        throw AppError(.upstreamFailed, "The upstream cannot be reached.")
    }

    private func note(_ request: UpstreamRequest, _ reason: String, isOpen: Bool, _ failed: inout [String]) {
        failed.append("\(request.upstream) (\(reason))")
        logger.warning(
            "upstream failed", metadata: ["upstream": "\(request.upstream)", "reason": "\(reason)", "circuit": "\(isOpen ? "open" : "closed")"])
    }
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
