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
        func add(_ usage: [KeyUsage]) async throws { kept.withLock { $0 += usage } }
        func usage(keyID: String, from: String) async throws -> [KeyUsage] {
            kept.withLock { $0.filter { $0.keyID == keyID && $0.day >= from } }
        }
    }

    /// 22 November 2026, 12:00:00 UTC.
    let noon = 1_795_348_800
    func key(_ id: String) -> Principal { Principal(userID: "u", name: "", email: "", role: .user, credential: .apiKey(id: id)) }

    @Test func `requests a minute`() throws {
        let meter = KeyMeter(store: Store())
        let limits = KeyRestrictions(requestsPerMinute: 2)
        let (first, second) = (try meter.admit(keyID: "k", limits, now: noon), try meter.admit(keyID: "k", limits, now: noon + 20))
        #expect(first.map { [$0.limit, $0.remaining, $0.reset] } == [2, 1, 60])
        #expect(second.map { [$0.limit, $0.remaining, $0.reset] } == [2, 0, 40])
        let error = #expect(throws: AppError.self) { try meter.admit(keyID: "k", limits, now: noon + 50) }
        #expect(error?.retryAfter == 10)
        _ = try meter.admit(keyID: "other", limits, now: noon + 50)
        _ = try meter.admit(keyID: "k", limits, now: noon + 60)
    }

    @Test func `tokens a minute, a day and a month`() throws {
        let meter = KeyMeter(store: Store())
        meter.spend(tokens: 100, by: key("k"), now: noon)
        #expect(throws: AppError.self) { try meter.admit(keyID: "k", KeyRestrictions(tokensPerMinute: 100), now: noon + 1) }
        _ = try meter.admit(keyID: "k", KeyRestrictions(tokensPerMinute: 100), now: noon + 61)
        let day = #expect(throws: AppError.self) { try meter.admit(keyID: "k", KeyRestrictions(tokensPerDay: 100), now: noon + 61) }
        #expect(day?.retryAfter == 12 * 3600 - 61)
        _ = try meter.admit(keyID: "k", KeyRestrictions(tokensPerDay: 100), now: noon + 12 * 3600)
        let month = #expect(throws: AppError.self) { try meter.admit(keyID: "k", KeyRestrictions(tokensPerMonth: 100), now: noon + 86400) }
        #expect(month?.retryAfter == 7 * 86400 + 12 * 3600)
        _ = try meter.admit(keyID: "k", KeyRestrictions(tokensPerMonth: 100), now: noon + 9 * 86400)
    }

    @Test func `what was used before the start counts`() async throws {
        let store = Store()
        try await store.add([
            KeyUsage(keyID: "k", day: "2026-11-02", tokens: 40), KeyUsage(keyID: "k", day: "2026-11-22", tokens: 60),
            KeyUsage(keyID: "k", day: "2026-10-31", tokens: 1000),
        ])
        let meter = KeyMeter(store: store)
        try await meter.load(keyID: "k", now: noon)
        _ = try meter.admit(keyID: "k", KeyRestrictions(tokensPerDay: 61, tokensPerMonth: 101), now: noon)
        #expect(throws: AppError.self) { try meter.admit(keyID: "k", KeyRestrictions(tokensPerDay: 60), now: noon) }
        #expect(throws: AppError.self) { try meter.admit(keyID: "k", KeyRestrictions(tokensPerMonth: 100), now: noon) }
    }

    @Test func `usage is written once`() async throws {
        let store = Store()
        let meter = KeyMeter(store: store)
        _ = try meter.admit(keyID: "k", KeyRestrictions(), now: noon)
        meter.spend(tokens: 7, by: key("k"), now: noon)
        meter.spend(tokens: 5, by: Principal(userID: "u", name: "", email: "", role: .user, credential: .session(tokenID: "s")), now: noon)
        try await meter.flush()
        try await meter.flush()
        #expect(store.kept.withLock { $0 } == [KeyUsage(keyID: "k", day: "2026-11-22", requests: 1, tokens: 7)])
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
            requestsPerMinute: 1, tokensPerMinute: 2, tokensPerDay: 3, tokensPerMonth: 4)
        #expect(KeyRestrictions(json: limits.json) == limits)
        #expect(KeyRestrictions(json: KeyRestrictions().json) == KeyRestrictions())
    }

    @Test func `a limit that is not understood closes the key`() {
        #expect(KeyRestrictions(json: ["scopes": ["chat", "tomorrow"]]).pathPrefixes == [])
        #expect(KeyRestrictions(json: ["addresses": ["nonsense"]]).pathPrefixes == [])
    }
}
