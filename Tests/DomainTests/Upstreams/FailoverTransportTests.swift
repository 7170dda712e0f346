import Domain
import Logging
import Synchronization
import TestSupport
import Testing

@Suite struct FailoverTransportTests {
    private static func request(_ names: [String], balanced: Bool = false) -> UpstreamRequest {
        let connections = names.enumerated().map { Connection(kind: .openAI, index: $0, baseURL: "http://\($1)") }
        return Connection.request(toAnyOf: connections, balanced: balanced) { $0.request("POST", "/chat", body: [1]) }
    }

    private static func host(_ request: UpstreamRequest) -> String {
        String(request.url.dropFirst("http://".count).prefix { $0 != "/" })
    }

    private static let quiet: Logger = {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }()

    private static func make(_ transport: ScriptedTransport, health: UpstreamHealth = UpstreamHealth()) -> FailoverTransport {
        FailoverTransport(transport: transport, health: health, logger: quiet)
    }

    @Test func `the next upstream answers when one cannot be reached`() async throws {
        let scripted = ScriptedTransport { request in
            if Self.host(request) == "a" { throw AppError(.upstreamFailed, "down") }
            return .json(["from": .string(Self.host(request))])
        }
        let response = try await Self.make(scripted).send(Self.request(["a", "b"]))
        #expect(try await UpstreamJSON.json(response)["from"] == "b")
        #expect(response.route == UpstreamTrace(served: "openai:1", position: 1, attempts: 2, failed: [UpstreamAttempt("openai:0", "down")]))
    }

    @Test(arguments: [(429, "b"), (502, "b"), (503, "b"), (504, "b"), (400, "a"), (401, "a"), (404, "a"), (500, "b"), (529, "b"), (200, "a")])
    func `only statuses that another upstream may not give are tried elsewhere`(_ status: Int, _ served: String) async throws {
        let scripted = ScriptedTransport { request in
            .json(["from": .string(Self.host(request))], status: Self.host(request) == "a" ? status : 200)
        }
        let response = try await Self.make(scripted).send(Self.request(["a", "b"]))
        let body = try JSONValue(parsing: try await response.body.collect(upTo: 100))
        #expect(body["from"]?.string == served)
    }

    @Test func `the last upstream's answer comes through when all fail`() async throws {
        let scripted = ScriptedTransport { .json(["from": .string(Self.host($0))], status: 503) }
        let response = try await Self.make(scripted).send(Self.request(["a", "b"]))
        #expect(response.status == 503)
        #expect(scripted.requests.count == 2)
    }

    @Test func `nothing is asked twice once an answer has begun`() async throws {
        let scripted = ScriptedTransport { _ in .pieces(["data: 1\n\n"], failure: AppError(.upstreamFailed, "cut")) }
        let response = try await Self.make(scripted).send(Self.request(["a", "b"]))
        await #expect(throws: AppError.self) { _ = try await response.body.collect(upTo: 100) }
        #expect(scripted.requests.count == 1)
    }

    @Test func `a caller who gives up is not served elsewhere`() async throws {
        let scripted = ScriptedTransport { _ in throw CancellationError() }
        await #expect(throws: CancellationError.self) { _ = try await Self.make(scripted).send(Self.request(["a", "b"])) }
        #expect(scripted.requests.count == 1)
    }

    @Test func `alike upstreams share the work`() async throws {
        let scripted = ScriptedTransport { .json(["from": .string(Self.host($0))]) }
        let transport = Self.make(scripted)
        var held: [UpstreamResponse] = []
        for _ in 0..<6 { held.append(try await transport.send(Self.request(["a", "b", "c"], balanced: true))) }
        let counts = Dictionary(grouping: scripted.requests.map(Self.host), by: { $0 }).mapValues(\.count)
        #expect(counts == ["a": 2, "b": 2, "c": 2])
        withExtendedLifetime(held) {}
    }

    @Test func `an upstream with less to do is preferred`() async throws {
        let scripted = ScriptedTransport { .json(["from": .string(Self.host($0))]) }
        let transport = Self.make(scripted)
        let busy = try await transport.send(Self.request(["a"]))
        for _ in 0..<4 {
            let response = try await transport.send(Self.request(["a", "b"], balanced: true))
            #expect(try await UpstreamJSON.json(response)["from"] == "b")
        }
        withExtendedLifetime(busy) {}
    }

    @Test func `a circuit opens, half-opens and closes`() async throws {
        let clock = Mutex(ContinuousClock.now)
        let health = UpstreamHealth(rules: .init(failuresToOpen: 2, openFor: .seconds(10), longestOpen: .seconds(60))) { clock.withLock { $0 } }
        let isUp = Atomic(false)
        let scripted = ScriptedTransport { request in
            if Self.host(request) == "a", !isUp.load(ordering: .relaxed) { throw AppError(.upstreamFailed, "down") }
            return .json([:])
        }
        let transport = Self.make(scripted, health: health)
        let first = Connection(kind: .openAI, index: 0, baseURL: "http://a")
        func asked() async throws -> [String] {
            let before = scripted.requests.count
            _ = try await transport.send(Self.request(["a", "b"]))
            return scripted.requests.dropFirst(before).map(Self.host)
        }
        #expect(try await asked() == ["a", "b"])
        #expect(health.isAvailable(first))
        #expect(try await asked() == ["a", "b"])
        #expect(!health.isAvailable(first))
        #expect(try await asked() == ["b"])
        // One may try; it fails, and the pause is longer.
        clock.withLock { $0 += .seconds(11) }
        #expect(try await asked() == ["a", "b"])
        clock.withLock { $0 += .seconds(11) }
        #expect(try await asked() == ["b"])
        clock.withLock { $0 += .seconds(10) }
        isUp.store(true, ordering: .relaxed)
        #expect(try await asked() == ["a"])
        #expect(health.isAvailable(first))
        #expect(try await asked() == ["a"])
    }

    @Test func `the only upstream is asked even when its circuit is open`() async throws {
        let health = UpstreamHealth(rules: .init(failuresToOpen: 1))
        let scripted = ScriptedTransport { _ in throw AppError(.upstreamFailed, "down") }
        let transport = Self.make(scripted, health: health)
        for _ in 0..<3 { await #expect(throws: AppError.self) { _ = try await transport.send(Self.request(["a"])) } }
        #expect(scripted.requests.count == 3)
    }

    // MARK: Going on

    /// Remembers pauses instead of waiting.
    private final class PauseLog: Sendable {
        let pauses = Mutex<[Duration]>([])
    }

    private static func make(
        _ scripted: ScriptedTransport, _ log: PauseLog, rules: FailoverTransport.Rules = .init(), budget: RetryBudget = RetryBudget()
    ) -> FailoverTransport {
        FailoverTransport(transport: scripted, health: UpstreamHealth(), budget: budget, logger: quiet, rules: { rules }) { pause in
            log.pauses.withLock { $0.append(pause) }
        }
    }

    @Test func `when all have failed they are asked again after a pause that grows`() async throws {
        let count = Atomic(0)
        let scripted = ScriptedTransport { _ in
            guard count.wrappingAdd(1, ordering: .relaxed).newValue == 6 else { throw AppError(.upstreamFailed, "down") }
            return .json([:])
        }
        let log = PauseLog()
        let response = try await Self.make(scripted, log, rules: .init(attempts: 6)).send(Self.request(["a", "b"]))
        #expect(response.route?.attempts == 6)
        #expect(scripted.requests.map(Self.host) == ["a", "b", "a", "b", "a", "b"])
        let pauses = log.pauses.withLock { $0 }
        try #require(pauses.count == 2)
        #expect(pauses[0] >= .milliseconds(50) && pauses[0] <= .milliseconds(100))
        #expect(pauses[1] >= .milliseconds(100) && pauses[1] <= .milliseconds(200))
    }

    @Test func `no more requests are sent than allowed`() async throws {
        let scripted = ScriptedTransport { _ in throw AppError(.upstreamFailed, "down") }
        let transport = Self.make(scripted, PauseLog(), rules: .init(attempts: 3))
        let error = try await #require(throws: AppError.self) { _ = try await transport.send(Self.request(["a", "b"])) }
        #expect(scripted.requests.count == 3)
        #expect(error.trace?.attempts == 3)
        #expect(error.trace?.served == "")
    }

    @Test(arguments: [("2", 2, true), ("3600", 3600, false)])
    func `a wish to be left alone is honoured, or the upstream is not asked again`(_ header: String, _ seconds: Int, _ isAskedAgain: Bool) async throws {
        let scripted = ScriptedTransport { request in
            .json([:], status: 503, headers: Self.host(request) == "a" ? [(name: "retry-after", value: header)] : [])
        }
        let log = PauseLog()
        let response = try await Self.make(scripted, log, rules: .init(attempts: 4)).send(Self.request(["a", "b"]))
        #expect(response.status == 503)
        #expect(scripted.requests.map(Self.host).filter { $0 == "a" }.count == (isAskedAgain ? 2 : 1))
        #expect(log.pauses.withLock { $0.contains { $0 >= .seconds(seconds) } } == isAskedAgain)
    }

    @Test func `an outage is not amplified beyond the budget`() async throws {
        let scripted = ScriptedTransport { _ in .json([:], status: 503) }
        let budget = RetryBudget(rules: { .init(share: 0.1, reserve: 5) })
        let transport = Self.make(scripted, PauseLog(), budget: budget)
        for _ in 0..<100 { _ = try await transport.send(Self.request(["a", "b", "c"])) }
        #expect(scripted.requests.count <= 115)
        #expect(scripted.requests.count >= 105)
    }

    @Test func `connections that were refused cost no budget`() async throws {
        let scripted = ScriptedTransport { request in
            guard Self.host(request) == "b" else {
                throw AppError(.upstreamFailed, "down", cause: ConnectionRefused(cause: CancellationError()))
            }
            return .json([:])
        }
        let transport = Self.make(scripted, PauseLog(), budget: RetryBudget(rules: { .init(share: 0, reserve: 0) }))
        for _ in 0..<20 { #expect(try await transport.send(Self.request(["a", "b"])).route?.served == "openai:1") }
    }

    @Test func `whoever failed before the request came here is asked last`() async throws {
        let scripted = ScriptedTransport { .json(["from": .string(Self.host($0))]) }
        var request = Self.request(["a", "b"])
        request.failedBefore = [UpstreamAttempt("openai:0", "status 503")]
        let response = try await Self.make(scripted).send(request)
        #expect(response.route == UpstreamTrace(served: "openai:1", position: 1, attempts: 2, failed: request.failedBefore))
    }

    @Test func `a body is made when its turn comes`() async throws {
        let scripted = ScriptedTransport { request in
            if Self.host(request) == "a" { throw AppError(.upstreamFailed, "down") }
            return .json([:])
        }
        let made = Mutex<[String]>([])
        func request(_ name: String, index: Int) -> UpstreamRequest {
            Connection(kind: .openAI, index: index, baseURL: "http://\(name)").request(
                "POST", "/chat",
                makeBody: {
                    made.withLock { $0.append(name) }
                    return Array(name.utf8)
                })
        }
        var first = request("a", index: 0)
        first.alternatives = [request("b", index: 1), request("c", index: 2)]
        _ = try await Self.make(scripted).send(first)
        #expect(made.withLock { $0 } == ["a", "b"])
        #expect(scripted.requests.map { String(decoding: $0.body, as: UTF8.self) } == ["a", "b"])
        #expect(scripted.requests.allSatisfy { $0.header("content-type") == "application/json" })
    }

    @Test func `one burst of failures opens a circuit once`() {
        let clock = Mutex(ContinuousClock.now)
        let health = UpstreamHealth(rules: .init(failuresToOpen: 3, openFor: .seconds(2), longestOpen: .seconds(60))) { clock.withLock { $0 } }
        let upstream = Connection(kind: .openAI, index: 0, baseURL: "http://a")
        for _ in 0..<100 { health.failed(upstream) }
        #expect(!health.isAvailable(upstream))
        clock.withLock { $0 += .seconds(2) }
        #expect(health.isAvailable(upstream))
    }
}
