import Synchronization

/// What a key used on one day (UTC).
package struct KeyUsage: Sendable, Hashable {
    package var keyID: String
    /// `2026-11-22`.
    package var day: String
    package var requests: Int
    package var tokens: Int

    package init(keyID: String, day: String, requests: Int = 0, tokens: Int = 0) {
        self.keyID = keyID
        self.day = day
        self.requests = requests
        self.tokens = tokens
    }
}

package protocol KeyUsageStore: Sendable {
    /// Adds to what is kept. Keys that are gone are left out.
    func add(_ usage: [KeyUsage]) async throws
    /// - Parameter from: the first day that counts.
    func usage(keyID: String, from: String) async throws -> [KeyUsage]
}

/// Holds keys to their limits: requests and tokens a minute, tokens a day and a month. The request path asks it without
/// waiting; what was used goes to the store every few seconds.
package final class KeyMeter: Sendable {
    /// Where a key stands after a request was let in.
    package struct Standing: Sendable, Hashable {
        package var limit: Int
        package var remaining: Int
        /// Seconds until the window begins anew.
        package var reset: Int
    }

    private struct Counter {
        var windowStart: EpochSeconds = 0
        var requests = 0
        var tokens = 0
        var day = ""
        var tokensToday = 0
        var month = ""
        var tokensThisMonth = 0
    }

    private struct State {
        var counters: [String: Counter] = [:]
        var pending: [String: KeyUsage] = [:]
    }

    private let state = Mutex(State())
    private let store: any KeyUsageStore

    package init(store: any KeyUsageStore) { self.store = store }

    /// Brings what the key used this month into memory, once.
    package func load(keyID: String, now: EpochSeconds = .now()) async throws {
        if state.withLock({ $0.counters[keyID] != nil }) { return }
        let day = CalendarDay.text(now)
        let month = String(day.prefix(7))
        let usage = try await store.usage(keyID: keyID, from: month + "-01")
        state.withLock { state in
            guard state.counters[keyID] == nil else { return }
            var counter = Counter()
            counter.day = day
            counter.month = month
            counter.tokensToday = usage.filter { $0.day == day }.reduce(0) { $0 + $1.tokens }
            counter.tokensThisMonth = usage.reduce(0) { $0 + $1.tokens }
            state.counters[keyID] = counter
        }
    }

    /// Counts a request.
    /// - Returns: where the key stands with its requests a minute; `nil` when it has no such limit.
    /// - Throws: 429 with the seconds to wait.
    package func admit(keyID: String, _ limits: KeyRestrictions, now: EpochSeconds = .now()) throws -> Standing? {
        try state.withLock { state throws(AppError) in
            var counter = Self.current(state.counters[keyID], now)
            let reset = max(1, counter.windowStart + 60 - now)
            if let limit = limits.tokensPerMonth, counter.tokensThisMonth >= limit {
                throw AppError(
                    .tooManyRequests, "This API key has used its tokens of this month.", retryAfter: CalendarDay.secondsToNextMonth(now))
            }
            if let limit = limits.tokensPerDay, counter.tokensToday >= limit {
                throw AppError(.tooManyRequests, "This API key has used its tokens of today.", retryAfter: 86400 - now % 86400)
            }
            if let limit = limits.tokensPerMinute, counter.tokens >= limit {
                throw AppError(.tooManyRequests, "This API key has used its tokens of this minute.", retryAfter: reset)
            }
            if let limit = limits.requestsPerMinute, counter.requests >= limit {
                throw AppError(.tooManyRequests, "API rate limit exceeded", retryAfter: reset)
            }
            counter.requests += 1
            state.counters[keyID] = counter
            state.pending[keyID + counter.day, default: KeyUsage(keyID: keyID, day: counter.day)].requests += 1
            return limits.requestsPerMinute.map { Standing(limit: $0, remaining: max(0, $0 - counter.requests), reset: reset) }
        }
    }

    /// Counts tokens that a request of the key cost. People's own sessions cost nothing here.
    package func spend(tokens: Int, by principal: Principal, now: EpochSeconds = .now()) {
        guard let keyID = principal.keyID, tokens > 0 else { return }
        state.withLock { state in
            var counter = Self.current(state.counters[keyID], now)
            counter.tokens += tokens
            counter.tokensToday += tokens
            counter.tokensThisMonth += tokens
            state.counters[keyID] = counter
            state.pending[keyID + counter.day, default: KeyUsage(keyID: keyID, day: counter.day)].tokens += tokens
        }
    }

    /// Writes what was counted since the last time.
    package func flush() async throws {
        let usage = state.withLock { state in
            defer { state.pending = [:] }
            return Array(state.pending.values)
        }
        guard !usage.isEmpty else { return }
        do {
            try await store.add(usage)
        } catch {
            state.withLock { state in
                for one in usage {
                    state.pending[one.keyID + one.day, default: KeyUsage(keyID: one.keyID, day: one.day)].requests += one.requests
                    state.pending[one.keyID + one.day]?.tokens += one.tokens
                }
            }
            throw error
        }
    }

    /// What a key used this month, by day, with what is not written yet.
    package func usage(keyID: String, now: EpochSeconds = .now()) async throws -> [KeyUsage] {
        try await flush()
        return try await store.usage(keyID: keyID, from: String(CalendarDay.text(now).prefix(7)) + "-01")
    }

    private static func current(_ counter: Counter?, _ now: EpochSeconds) -> Counter {
        var counter = counter ?? Counter()
        if now - counter.windowStart >= 60 || now < counter.windowStart {
            counter.windowStart = now
            counter.requests = 0
            counter.tokens = 0
        }
        let day = CalendarDay.text(now)
        if counter.day != day {
            counter.day = day
            counter.tokensToday = 0
        }
        if counter.month != day.prefix(7) {
            counter.month = String(day.prefix(7))
            counter.tokensThisMonth = 0
        }
        return counter
    }
}

/// Days of the proleptic Gregorian calendar in UTC.
package enum CalendarDay {
    /// `2026-11-22`.
    package static func text(_ time: EpochSeconds) -> String {
        let (year, month, day) = components(time)
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }

    package static func secondsToNextMonth(_ time: EpochSeconds) -> Int {
        let month = components(time).month
        var next = time - time % 86400 + 86400
        while components(next).month == month { next += 86400 }
        return next - time
    }

    /// Days to civil date, after Howard Hinnant's `civil_from_days`.
    private static func components(_ time: EpochSeconds) -> (year: Int, month: Int, day: Int) {
        let days = Int((Double(time) / 86400).rounded(.down)) + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
