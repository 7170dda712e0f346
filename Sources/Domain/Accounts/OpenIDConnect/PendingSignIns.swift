import Synchronization

/// People who were sent to the identity provider and are not back yet. In memory: a restart sends them there again.
package final class PendingSignIns: Sendable {
    /// What the answer must fit.
    package struct Pending: Sendable, Hashable {
        package var nonce: String
        package var verifier: String
        /// Of the cookie of the browser that began.
        package var browser: String
        var until: EpochSeconds
    }

    private let pending = Mutex<[String: Pending]>([:])
    private let capacity: Int

    package static let seconds = 600

    package init(capacity: Int = 10_000) { self.capacity = capacity }

    /// - Throws: 429 when very many are under way: somebody begins sign-ins without end.
    package func begin(state: String, nonce: String, verifier: String, browser: String, now: EpochSeconds = .now()) throws {
        try pending.withLock { pending in
            if pending.count >= capacity { pending = pending.filter { $0.value.until > now } }
            guard pending.count < capacity else { throw AppError.rateLimited(60) }
            pending[state] = Pending(nonce: nonce, verifier: verifier, browser: browser, until: now + Self.seconds)
        }
    }

    /// Each state is good once.
    /// - Returns: `nil` when it is unknown, used, too old or another browser's.
    package func finish(state: String, browser: String, now: EpochSeconds = .now()) -> Pending? {
        pending.withLock { pending in
            guard let found = pending[state], found.browser == browser else { return nil }
            pending[state] = nil
            return found.until > now ? found : nil
        }
    }
}
