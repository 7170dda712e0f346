import Domain
import Synchronization
import Testing

struct SignInLimiterTests {
    @Test func `the sixteenth attempt in three minutes is refused until the first has left the window`() throws {
        let limiter = SignInLimiter()
        for second in 0..<15 { try limiter.attempt(email: "a@b.co", address: "1.2.3.4", now: 1000 + second) }
        let error = #expect(throws: AppError.self) { try limiter.attempt(email: "a@b.co", address: "1.2.3.4", now: 1020) }
        #expect(error?.code == .tooManyRequests)
        #expect(error?.retryAfter == 160)
        try limiter.attempt(email: "other@b.co", address: "1.2.3.4", now: 1020)
        #expect(throws: AppError.self) { try limiter.attempt(email: "a@b.co", address: "1.2.3.4", now: 1179) }
        try limiter.attempt(email: "a@b.co", address: "1.2.3.4", now: 1180)
    }

    @Test func `an address that only fails is refused whatever account it tries`() throws {
        let limiter = SignInLimiter(perAddress: 3)
        for index in 0..<3 {
            try limiter.attempt(email: "\(index)@b.co", address: "1.2.3.4", now: 1000)
            limiter.failed(address: "1.2.3.4", now: 1000)
        }
        #expect(throws: AppError.self) { try limiter.attempt(email: "new@b.co", address: "1.2.3.4", now: 1001) }
        try limiter.attempt(email: "new@b.co", address: "1.2.3.5", now: 1001)
        try limiter.attempt(email: "new@b.co", address: "1.2.3.4", now: 1180)
    }
}

struct SignInLockOutTests {
    @Test func `strangers who guess do not lock the owner out`() throws {
        let limiter = SignInLimiter()
        limiter.succeeded(email: "a@b.co", address: "1.2.3.4", now: 900)
        for second in 0..<15 { try limiter.attempt(email: "a@b.co", address: "9.9.9.\(second)", now: 1000 + second) }
        #expect(throws: AppError.self) { try limiter.attempt(email: "a@b.co", address: "9.9.9.99", now: 1020) }
        // The owner's own address still has its fifteen, and no more.
        for second in 0..<15 { try limiter.attempt(email: "a@b.co", address: "1.2.3.4", now: 1020 + second) }
        #expect(throws: AppError.self) { try limiter.attempt(email: "a@b.co", address: "1.2.3.4", now: 1040) }
        // Being at home in one account opens no other.
        for second in 0..<15 { try limiter.attempt(email: "c@b.co", address: "9.9.8.\(second)", now: 1000) }
        #expect(throws: AppError.self) { try limiter.attempt(email: "c@b.co", address: "1.2.3.4", now: 1001) }
    }

    @Test func `an unknown address is nobody's home`() throws {
        let limiter = SignInLimiter()
        limiter.succeeded(email: "a@b.co", address: "", now: 900)
        for _ in 0..<15 { try limiter.attempt(email: "a@b.co", address: "", now: 1000) }
        #expect(throws: AppError.self) { try limiter.attempt(email: "a@b.co", address: "", now: 1001) }
    }
}

struct KeyMeterTests {
    final class Store: KeyUsageStore {
        let kept = Mutex<[KeyUsage]>([])
        let spent: [Spending]
        init(spent: [Spending] = []) { self.spent = spent }
        func add(_ usage: [KeyUsage]) async throws { kept.withLock { $0 += usage } }
        func usage(keyID: String, from: String) async throws -> [KeyUsage] {
            kept.withLock { $0.filter { $0.keyID == keyID && $0.day >= from } }
        }
        func spending(from day: String) async throws -> [Spending] {
            spent.filter { $0.dayNumber >= CalendarDay.number(text: day)! }
        }
    }

    /// 22 November 2026, 12:00:00 UTC.
    let noon = 1_795_348_800
    func key(_ id: String, _ limits: KeyRestrictions? = nil, user: String = "u", groups: [String] = []) -> Principal {
        Principal(userID: user, name: "", email: user + "@b.co", role: .user, groupIDs: groups, credential: .apiKey(id: id), restrictions: limits)
    }
    func spent(_ tokens: Int, cost: Double = 0, key: String? = "k", user: String = "u") -> UsageRecord {
        UsageRecord(
            startedAt: noon, userID: user, keyID: key, modelID: "m", upstream: "openai:0", tokens: TokenCounts(input: tokens),
            cost: Money.amount(cost))
    }

    @Test func `requests a minute`() throws {
        let meter = KeyMeter(store: Store())
        let limited = key("k", KeyRestrictions(requestsPerMinute: 2))
        let (first, second) = (try meter.admit(limited, now: noon), try meter.admit(limited, now: noon + 20))
        #expect(first?.requests == .init(limit: 2, remaining: 1, reset: 60))
        #expect(second?.requests == .init(limit: 2, remaining: 0, reset: 40))
        let error = #expect(throws: AppError.self) { try meter.admit(limited, now: noon + 50) }
        #expect(error?.retryAfter == 10)
        #expect(error?.limit == UsedUpLimit(.requests, .minute, limit: 2, used: 2))
        try meter.admit(key("other", KeyRestrictions(requestsPerMinute: 2)), now: noon + 50)
        try meter.admit(limited, now: noon + 60)
    }

    @Test func `a request that somebody else counts is taken back`() async throws {
        let store = Store()
        let meter = KeyMeter(store: store)
        let limited = key("k", KeyRestrictions(requestsPerMinute: 1))
        try meter.admit(limited, now: noon)
        meter.withdraw(limited, now: noon)
        try meter.admit(limited, now: noon)
        #expect(throws: AppError.self) { try meter.admit(limited, now: noon) }
        try await meter.flush()
        #expect(store.kept.withLock { $0 } == [KeyUsage(keyID: "k", day: "2026-11-22", requests: 1)])
    }

    @Test func `tokens a minute, a day and a month`() throws {
        let meter = KeyMeter(store: Store())
        meter.spend(spent(100), now: noon)
        #expect(throws: AppError.self) { try meter.admit(key("k", KeyRestrictions(tokensPerMinute: 100)), now: noon + 1) }
        let standing = try meter.admit(key("k", KeyRestrictions(tokensPerMinute: 101)), now: noon + 1)
        #expect(standing?.tokens == .init(limit: 101, remaining: 1, reset: 59))
        try meter.admit(key("k", KeyRestrictions(tokensPerMinute: 100)), now: noon + 61)
        let day = #expect(throws: AppError.self) { try meter.admit(key("k", KeyRestrictions(tokensPerDay: 100)), now: noon + 61) }
        #expect(day?.retryAfter == 12 * 3600 - 61)
        try meter.admit(key("k", KeyRestrictions(tokensPerDay: 100)), now: noon + 12 * 3600)
        let month = #expect(throws: AppError.self) { try meter.admit(key("k", KeyRestrictions(tokensPerMonth: 100)), now: noon + 86400) }
        #expect(month?.retryAfter == 7 * 86400 + 12 * 3600)
        try meter.admit(key("k", KeyRestrictions(tokensPerMonth: 100)), now: noon + 9 * 86400)
    }

    @Test func `a budget that is used up stops what uses models and nothing else`() throws {
        let meter = KeyMeter(store: Store())
        let limited = key("k", KeyRestrictions(tokensPerDay: 5, costPerDay: Money.amount(0.5)))
        meter.spend(spent(4, cost: 0.5), now: noon)
        let error = #expect(throws: AppError.self) { try meter.admit(limited, now: noon) }
        #expect(error?.limit?.kind == .cost)
        try meter.admit(limited, spends: false, now: noon)
    }

    @Test func `what is under way when a budget ends may go beyond it, nothing after that`() throws {
        let meter = KeyMeter(store: Store())
        let limited = key("k", KeyRestrictions(tokensPerDay: 10))
        try meter.admit(limited, now: noon)
        try meter.admit(limited, now: noon)
        meter.spend(spent(9), now: noon)
        try meter.admit(limited, now: noon)
        meter.spend(spent(9), now: noon)
        #expect(throws: AppError.self) { try meter.admit(limited, now: noon) }
    }

    @Test func `accounts have budgets, whichever way they sign in`() throws {
        let meter = KeyMeter(store: Store())
        meter.replace(
            budgets: UserBudgets([
                "*": ["cost_per_day": 1], "rich": [:], "POOR@b.co": ["cost_per_month": 0.25], "group:g": ["cost_per_day": 2],
                "group:h": ["cost_per_day": 3],
            ]))
        for user in ["u", "rich", "poor", "grouped", "both"] { meter.spend(spent(1, cost: 2, key: "k-" + user, user: user), now: noon) }
        func session(_ user: String, _ groups: [String] = []) -> Principal {
            var principal = key("k-" + user, user: user, groups: groups)
            principal.credential = .session(tokenID: "s")
            return principal
        }
        #expect(throws: AppError.self) { try meter.admit(session("u"), now: noon) }
        #expect(throws: AppError.self) { try meter.admit(key("another", user: "u"), now: noon) }
        try meter.admit(session("rich"), now: noon)
        #expect(throws: AppError.self) { try meter.admit(session("poor"), now: noon + 86400) }
        try meter.admit(session("u"), now: noon + 86400)
        #expect(throws: AppError.self) { try meter.admit(session("grouped", ["g"]), now: noon) }
        try meter.admit(session("both", ["g", "h"]), now: noon)
        try meter.admit(session("new"), now: noon)
    }

    @Test func `what was used before the start counts`() async throws {
        func day(_ text: String) -> Int { CalendarDay.number(text: text)! }
        let store = Store(spent: [
            Spending(.key("k"), dayNumber: day("2026-11-02"), tokens: 40, cost: 4),
            Spending(.key("k"), dayNumber: day("2026-11-22"), tokens: 60, cost: 6),
            Spending(.key("k"), dayNumber: day("2026-10-31"), tokens: 1000, cost: 1000),
            Spending(.user("u"), dayNumber: day("2026-11-21"), tokens: 1, cost: 7),
        ])
        let meter = KeyMeter(store: store)
        try await meter.restore(now: noon)
        try meter.admit(key("k", KeyRestrictions(tokensPerDay: 61, tokensPerMonth: 101, costPerDay: 7, costPerMonth: 11)), now: noon)
        #expect(throws: AppError.self) { try meter.admit(key("k", KeyRestrictions(tokensPerDay: 60)), now: noon) }
        #expect(throws: AppError.self) { try meter.admit(key("k", KeyRestrictions(tokensPerMonth: 100)), now: noon) }
        #expect(throws: AppError.self) { try meter.admit(key("k", KeyRestrictions(costPerDay: 6)), now: noon) }
        #expect(throws: AppError.self) { try meter.admit(key("k", KeyRestrictions(costPerMonth: 10)), now: noon) }
        #expect(meter.totals(userID: "u", now: noon).costThisMonth == 7)
        #expect(meter.totals(userID: "u", now: noon).costToday == 0)
    }

    @Test func `requests are written once`() async throws {
        let store = Store()
        let meter = KeyMeter(store: store)
        try meter.admit(key("k"), now: noon)
        try await meter.flush()
        try await meter.flush()
        #expect(store.kept.withLock { $0 } == [KeyUsage(keyID: "k", day: "2026-11-22", requests: 1)])
    }

    @Test(arguments: ["2026-02-29", "2026-13-01", "2026-1-1", "", "2026-00-10", "2026-11-2x", "+026-11-22", "2026-11-22 "])
    func `days that do not exist`(text: String) {
        #expect(CalendarDay.number(text: text) == nil)
    }

    @Test(arguments: ["1970-01-01", "2000-02-29", "2026-11-22", "2100-02-28", "9999-12-31"])
    func `days are read as they are written`(text: String) throws {
        #expect(CalendarDay.text(dayNumber: try #require(CalendarDay.number(text: text))) == text)
    }

    @Test(arguments: [
        (0, "1970-01-01"), (951_782_400, "2000-02-29"), (1_795_348_800, "2026-11-22"), (4_107_542_399, "2100-02-28"), (-1, "1969-12-31"),
    ])
    func `calendar days`(time: Int, day: String) {
        #expect(CalendarDay.text(time) == day)
    }
}

struct PrincipalCacheTests {
    let principal = Principal(userID: "u", name: "", email: "", role: .user, credential: .session(tokenID: "s"))

    @Test func `a kept principal is found until it expires`() {
        let cache = PrincipalCache()
        cache.keep(principal, for: "t", until: 2000, cache.ticket())
        #expect(cache.find("t", now: 1999)?.userID == "u")
        #expect(cache.find("T", now: 1999) == nil)
        #expect(cache.find("t", now: 2000) == nil)
        #expect(cache.find("t", now: 1999) == nil)
    }

    @Test func `what was forgotten while it was worked out is not kept`() {
        let cache = PrincipalCache()
        let ticket = cache.ticket()
        cache.forget(userID: "somebody else")
        cache.keep(principal, for: "t", until: nil, ticket)
        #expect(cache.find("t") == nil)
    }

    @Test func `forgetting is by user, by credential, or all`() {
        let cache = PrincipalCache()
        func keep() { cache.keep(principal, for: "t", until: nil, cache.ticket()) }
        keep()
        cache.forget(userID: "other")
        cache.forget(credential: .apiKey(id: "s"))
        #expect(cache.find("t") != nil)
        cache.forget(credential: .session(tokenID: "s"))
        #expect(cache.find("t") == nil)
        keep()
        cache.forget(userID: "u")
        #expect(cache.find("t") == nil)
        keep()
        cache.forgetAll()
        #expect(cache.find("t") == nil)
    }

    @Test func `it does not grow without bound`() {
        let cache = PrincipalCache(capacity: 10)
        for index in 0..<35 { cache.keep(principal, for: "t\(index)", until: nil, cache.ticket()) }
        #expect(cache.activity(since: 0).count <= 10)
        #expect(cache.find("t34") != nil)
    }
}

struct KeyRestrictionsTests {
    @Test func `limits survive being stored`() {
        let limits = KeyRestrictions(
            scopes: [.chat, .files], modelIDs: ["m"], knowledgeIDs: ["k"], pathPrefixes: ["/api"], addressRanges: [AddressRange("10.0.0.0/8")!],
            requestsPerMinute: 1, tokensPerMinute: 2, tokensPerDay: 3, tokensPerMonth: 4, costPerDay: Money.amount(0.000000001),
            costPerMonth: Money.amount(12.5))
        #expect(KeyRestrictions(json: limits.json) == limits)
        #expect(KeyRestrictions(json: KeyRestrictions().json) == KeyRestrictions())
    }

    @Test func `a limit that is not understood closes the key`() {
        #expect(KeyRestrictions(json: ["scopes": ["chat", "tomorrow"]]).pathPrefixes == [])
        #expect(KeyRestrictions(json: ["addresses": ["nonsense"]]).pathPrefixes == [])
    }
}
