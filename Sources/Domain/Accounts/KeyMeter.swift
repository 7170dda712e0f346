import Synchronization

/// Holds keys and accounts to their limits: requests and tokens a minute, tokens and money a day and a month. The request path asks it
/// without waiting.
///
/// Tokens and money are counted when a call is over, so that whatever is under way at the moment a budget is used up may still go beyond
/// it, and nothing after that.
package final class KeyMeter: Sendable {
    /// Where a key stands after a request was let in; what it has no limit of is `nil`.
    package struct Standing: Sendable, Hashable {
        package struct Window: Sendable, Hashable {
            package var limit: Int
            package var remaining: Int
            /// Seconds until the window begins anew.
            package var reset: Int

            package init(limit: Int, remaining: Int, reset: Int) {
                self.limit = limit
                self.remaining = remaining
                self.reset = reset
            }
        }

        package var requests: Window?
        package var tokens: Window?
    }

    /// What was used up to now.
    package struct Totals: Sendable, Hashable {
        package var requestsThisMinute = 0
        package var tokensThisMinute = 0
        package var tokensToday = 0
        package var tokensThisMonth = 0
        package var costToday = 0
        package var costThisMonth = 0
    }

    private struct Counter {
        var windowStart: EpochSeconds = 0
        var day = Int.min
        var firstOfMonth = Int.min
        var totals = Totals()
    }

    private struct State {
        var keys: [String: Counter] = [:]
        var users: [String: Counter] = [:]
        var budgets = UserBudgets()
        /// Requests that are not written down yet, by key, then day.
        var pending: [String: [Int: Int]] = [:]
    }

    private let state = Mutex(State())
    private let store: any KeyUsageStore

    package init(store: any KeyUsageStore) { self.store = store }

    package convenience init(store: any KeyUsageStore, settings: Settings) {
        self.init(store: store)
        replace(budgets: UserBudgets(settings[.userBudgets]))
        settings.observe { [weak self, weak settings] names in
            guard let self, let settings, names.contains(Setting.userBudgets.definition.name) else { return }
            replace(budgets: UserBudgets(settings[.userBudgets]))
        }
    }

    package func replace(budgets: UserBudgets) { state.withLock { $0.budgets = budgets } }

    package func budget(of principal: Principal) -> UserBudgets.Budget? { state.withLock { $0.budgets.budget(of: principal) } }

    /// Brings what was spent this month into memory: before the first request.
    package func restore(now: EpochSeconds = .now()) async throws {
        let day = CalendarDay.number(now)
        let spending = try await store.spending(from: CalendarDay.text(dayNumber: CalendarDay.firstOfMonth(dayNumber: day)))
        state.withLock { state in
            for one in spending where one.dayNumber <= day {
                let path: WritableKeyPath<State, [String: Counter]>
                let id: String
                switch one.subject {
                case .key(let key): (path, id) = (\.keys, key)
                case .user(let user): (path, id) = (\.users, user)
                }
                var counter = Self.current(state[keyPath: path][id], now)
                counter.totals.tokensThisMonth += one.tokens
                counter.totals.costThisMonth += one.cost
                if one.dayNumber == day {
                    counter.totals.tokensToday += one.tokens
                    counter.totals.costToday += one.cost
                }
                state[keyPath: path][id] = counter
            }
        }
    }

    // MARK: The request path

    /// Counts a request.
    /// - Parameter spends: whether it may use a model; budgets concern only those.
    /// - Returns: where the key stands with its limits a minute; `nil` when it has none.
    /// - Throws: 429 with the seconds to wait.
    @discardableResult
    package func admit(_ principal: Principal, spends: Bool = true, now: EpochSeconds = .now()) throws -> Standing? {
        let keyID = principal.keyID
        let limits = principal.restrictions ?? KeyRestrictions()
        return try state.withLock { state throws(AppError) in
            if spends, let budget = state.budgets.budget(of: principal) {
                let totals = Self.current(state.users[principal.userID], now).totals
                try Self.check("account", .cost, .month, totals.costThisMonth, budget.month, now)
                try Self.check("account", .cost, .day, totals.costToday, budget.day, now)
            }
            guard let keyID else { return nil }
            var counter = Self.current(state.keys[keyID], now)
            let totals = counter.totals
            let reset = max(1, counter.windowStart + 60 - now)
            if spends {
                try Self.check("API key", .tokens, .month, totals.tokensThisMonth, limits.tokensPerMonth, now)
                try Self.check("API key", .cost, .month, totals.costThisMonth, limits.costPerMonth, now)
                try Self.check("API key", .tokens, .day, totals.tokensToday, limits.tokensPerDay, now)
                try Self.check("API key", .cost, .day, totals.costToday, limits.costPerDay, now)
            }
            try Self.check("API key", .tokens, .minute, totals.tokensThisMinute, limits.tokensPerMinute, now, reset)
            try Self.check("API key", .requests, .minute, totals.requestsThisMinute, limits.requestsPerMinute, now, reset)
            counter.totals.requestsThisMinute += 1
            state.keys[keyID] = counter
            state.pending[keyID, default: [:]][counter.day, default: 0] += 1
            guard limits.requestsPerMinute != nil || limits.tokensPerMinute != nil else { return nil }
            return Standing(
                requests: limits.requestsPerMinute.map {
                    .init(limit: $0, remaining: max(0, $0 - counter.totals.requestsThisMinute), reset: reset)
                },
                tokens: limits.tokensPerMinute.map { .init(limit: $0, remaining: max(0, $0 - totals.tokensThisMinute), reset: reset) })
        }
    }

    /// Takes a counted request back: somebody else will count it.
    package func withdraw(_ principal: Principal, now: EpochSeconds = .now()) {
        guard let keyID = principal.keyID else { return }
        state.withLock { state in
            var counter = Self.current(state.keys[keyID], now)
            counter.totals.requestsThisMinute = max(0, counter.totals.requestsThisMinute - 1)
            state.keys[keyID] = counter
            if let count = state.pending[keyID]?[counter.day], count > 0 { state.pending[keyID]?[counter.day] = count - 1 }
        }
    }

    /// Counts what a call cost.
    package func spend(_ record: UsageRecord, now: EpochSeconds = .now()) {
        let (tokens, cost) = (record.tokens.total, record.cost)
        guard tokens > 0 || cost > 0, !record.userID.isEmpty else { return }
        state.withLock { state in
            if let keyID = record.keyID { Self.add(tokens, cost, to: &state.keys[keyID], now) }
            Self.add(tokens, cost, to: &state.users[record.userID], now)
        }
    }

    private static func add(_ tokens: Int, _ cost: Int, to counter: inout Counter?, _ now: EpochSeconds) {
        var changed = current(counter, now)
        changed.totals.tokensThisMinute += tokens
        changed.totals.tokensToday += tokens
        changed.totals.tokensThisMonth += tokens
        changed.totals.costToday += cost
        changed.totals.costThisMonth += cost
        counter = changed
    }

    private static func check(
        _ who: String, _ kind: UsedUpLimit.Kind, _ period: UsedUpLimit.Period, _ used: Int, _ limit: Int?, _ now: EpochSeconds,
        _ minuteReset: Int = 60
    ) throws(AppError) {
        guard let limit, used >= limit else { return }
        let retryAfter =
            switch period {
            case .minute: minuteReset
            case .day: 86400 - now % 86400
            case .month: CalendarDay.secondsToNextMonth(now)
            }
        let message =
            switch (kind, period) {
            case (.requests, _): "API rate limit exceeded"
            case (.tokens, .minute): "This \(who) has used its tokens of this minute."
            case (.tokens, .day): "This \(who) has used its tokens of today."
            case (.tokens, .month): "This \(who) has used its tokens of this month."
            case (.cost, .month): "This \(who) has used its budget of this month."
            case (.cost, _): "This \(who) has used its budget of today."
            }
        throw AppError(.tooManyRequests, message, retryAfter: retryAfter, limit: UsedUpLimit(kind, period, limit: limit, used: used))
    }

    // MARK: Figures

    package func totals(keyID: String, now: EpochSeconds = .now()) -> Totals { state.withLock { Self.current($0.keys[keyID], now).totals } }

    package func totals(userID: String, now: EpochSeconds = .now()) -> Totals { state.withLock { Self.current($0.users[userID], now).totals } }

    /// Writes the requests that were counted since the last time.
    package func flush() async throws {
        let pending = state.withLock { state in
            defer { state.pending = [:] }
            return state.pending
        }
        let usage = pending.flatMap { keyID, days in
            days.filter { $0.value > 0 }.map { KeyUsage(keyID: keyID, day: CalendarDay.text(dayNumber: $0.key), requests: $0.value) }
        }
        guard !usage.isEmpty else { return }
        do {
            try await store.add(usage)
        } catch {
            state.withLock { state in
                for (keyID, days) in pending { state.pending[keyID, default: [:]].merge(days, uniquingKeysWith: +) }
            }
            throw error
        }
    }

    /// What a key used this month, by day.
    package func usage(keyID: String, now: EpochSeconds = .now()) async throws -> [KeyUsage] {
        try await flush()
        return try await store.usage(
            keyID: keyID, from: CalendarDay.text(dayNumber: CalendarDay.firstOfMonth(dayNumber: CalendarDay.number(now))))
    }

    private static func current(_ counter: Counter?, _ now: EpochSeconds) -> Counter {
        var counter = counter ?? Counter()
        if now - counter.windowStart >= 60 || now < counter.windowStart {
            counter.windowStart = now
            counter.totals.requestsThisMinute = 0
            counter.totals.tokensThisMinute = 0
        }
        let day = CalendarDay.number(now)
        if counter.day != day {
            counter.day = day
            counter.totals.tokensToday = 0
            counter.totals.costToday = 0
            let first = CalendarDay.firstOfMonth(dayNumber: day)
            if counter.firstOfMonth != first {
                counter.firstOfMonth = first
                counter.totals.tokensThisMonth = 0
                counter.totals.costThisMonth = 0
            }
        }
        return counter
    }
}
