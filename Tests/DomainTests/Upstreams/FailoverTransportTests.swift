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
        #expect(response.route == UpstreamTrace(served: "openai:1", failed: ["openai:0 (down)"]))
    }

    @Test(arguments: [(429, "b"), (502, "b"), (503, "b"), (504, "b"), (400, "a"), (401, "a"), (404, "a"), (500, "a"), (200, "a")])
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
}
