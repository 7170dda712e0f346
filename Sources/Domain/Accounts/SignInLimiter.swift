import Synchronization

/// Counts sign-in attempts in memory: all of them per e-mail, the failed ones per address.
///
/// An address that an account has signed in from since the start has a count of its own for that account: strangers who guess
/// cannot lock its owner out.
package final class SignInLimiter: Sendable {
    package static let perEmail = 15
    package static let windowSeconds = 180

    private struct State {
        var attempts: [String: [EpochSeconds]] = [:]
        var failures: [String: [EpochSeconds]] = [:]
        /// When an account last signed in from an address, by both.
        var familiar: [String: EpochSeconds] = [:]
    }

    private let state = Mutex(State())
    private let perAddress: Int

    /// - Parameter perAddress: failed attempts that one address has in a window.
    package init(perAddress: Int = 100) { self.perAddress = perAddress }

    /// Counts an attempt.
    /// - Throws: 429 with the seconds until the oldest attempt leaves the window.
    package func attempt(email: String, address: String, now: EpochSeconds = .now()) throws {
        let wait = state.withLock { state -> Int? in
            Self.tidy(&state.attempts, now)
            Self.tidy(&state.failures, now)
            if let wait = Self.wait(state.failures[address], perAddress, now), !address.isEmpty { return wait }
            let pair = Self.pair(email, address)
            let counter = !address.isEmpty && state.familiar[pair] != nil ? pair : email
            if let wait = Self.wait(state.attempts[counter], Self.perEmail, now) { return wait }
            state.attempts[counter, default: []].append(now)
            return nil
        }
        if let wait { throw AppError.rateLimited(wait) }
    }

    /// The account has signed in from there.
    package func succeeded(email: String, address: String, now: EpochSeconds = .now()) {
        guard !address.isEmpty else { return }
        state.withLock { state in
            if state.familiar.count >= Self.mostFamiliar {
                let middle = state.familiar.values.sorted()[state.familiar.count / 2]
                state.familiar = state.familiar.filter { $0.value > middle }
            }
            state.familiar[Self.pair(email, address)] = now
        }
    }

    private static let mostFamiliar = 20_000

    /// A line break is in neither.
    private static func pair(_ email: String, _ address: String) -> String { email + "\n" + address }

    package func failed(address: String, now: EpochSeconds = .now()) {
        guard !address.isEmpty else { return }
        state.withLock { $0.failures[address, default: []].append(now) }
    }

    private static func wait(_ times: [EpochSeconds]?, _ limit: Int, _ now: EpochSeconds) -> Int? {
        let recent = (times ?? []).filter { $0 > now - windowSeconds }
        guard recent.count >= limit, let oldest = recent.first else { return nil }
        return max(1, oldest + windowSeconds - now)
    }

    /// Forgets old entries once there are many, so that made-up addresses don't fill the memory.
    private static func tidy(_ counts: inout [String: [EpochSeconds]], _ now: EpochSeconds) {
        guard counts.count > 4096 else { return }
        counts = counts.filter { ($0.value.last ?? 0) > now - windowSeconds }
    }
}
