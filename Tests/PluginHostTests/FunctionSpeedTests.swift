import Domain
import Foundation
import PluginHost
import Testing

/// Figures, printed; `Benchmarks/functions/run.sh` runs these. Without `HANEUL_FUNCTION_BENCHMARK` they do not run.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["HANEUL_FUNCTION_BENCHMARK"] != nil))
struct FunctionSpeedTests {
    private func report(_ name: String, _ values: [Duration], per count: Int = 1, unit: String = "µs") {
        let sorted = values.map { Double($0.components.attoseconds) / 1e12 + Double($0.components.seconds) * 1e6 }.map { $0 / Double(count) }.sorted()
        let at = { (part: Double) in String(format: "%.1f", sorted[min(sorted.count - 1, Int(Double(sorted.count) * part))]) }
        print("\(name): median \(at(0.5)) \(unit), p90 \(at(0.9)) \(unit), best \(at(0)) \(unit)")
    }

    private func measure(_ count: Int, _ work: () async throws -> Void) async throws -> [Duration] {
        for _ in 0..<(count / 10 + 1) { try await work() }
        var result: [Duration] = []
        for _ in 0..<count {
            let start = ContinuousClock.now
            try await work()
            result.append(.now - start)
        }
        return result
    }

    @Test(arguments: [("async", true), ("sync", false)]) func `a warm call`(name: String, asynchronous: Bool) async throws {
        let host = FunctionFixture.host()
        let code = AttackTests.pipe("return 'x'", asynchronous: asynchronous)
        let body = FunctionFixture.body(String(repeating: "word ", count: 200), stream: true)
        report("warm call of an \(name) pipe", try await measure(1000) { _ = try await host.pipe(body, in: FunctionCall(code)).text() })
        await host.stop()
    }

    @Test(arguments: [1, 4, 16]) func `a stream filter`(batch: Int) async throws {
        let host = FunctionFixture.host()
        let code = FunctionCode(
            "class Filter:\n    def stream(self, event):\n        event['choices'][0]['delta']['content'] += '!'\n        return event\n")
        let session = try await host.openStream(in: FunctionCall(code))
        let chunk = Array(
            """
            {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"hello"},"finish_reason":null}]}
            """.utf8)
        let chunks = Array(repeating: chunk, count: batch)
        report(
            "a piece through a stream filter, \(batch) at a time", try await measure(3000 / batch) { _ = try await session.process(chunks) },
            per: batch)
        session.close()
        await host.stop()
    }

    @Test func `pieces of a generator`() async throws {
        let host = FunctionFixture.host()
        let code = AttackTests.pipe("return (str(i) for i in range(20000))")
        let values = try await measure(5) {
            guard case .pieces(let pieces) = try await host.pipe([:], in: FunctionCall(code)) else { return }
            for try await _ in pieces {}
        }
        report("a piece of a generator", values, per: 20000)
        await host.stop()
    }

    @Test(arguments: [true, false]) func `a hundred calls at once`(asynchronous: Bool) async throws {
        let host = FunctionFixture.host()
        let code = AttackTests.pipe(asynchronous ? "await asyncio.sleep(0.1)\nreturn 'x'" : "time.sleep(0.1)\nreturn 'x'", asynchronous: asynchronous)
        let values = try await measure(10) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<100 { group.addTask { _ = try await host.pipe([:], in: FunctionCall(code)).text() } }
                try await group.waitForAll()
            }
        }
        report("100 calls at once of 100 ms each (\(asynchronous ? "async" : "sync"))", values, per: 1000, unit: "ms")
        await host.stop()
    }

    @Test func `the start of a worker`() async throws {
        let host = FunctionFixture.host()
        report(
            "start of a worker until its code is loaded", try await measure(5) { _ = try await host.inspect(FunctionFixture.code("rate_limiter")) },
            per: 1000, unit: "ms")
        await host.stop()
    }
}
