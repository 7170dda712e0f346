import Domain
import Logging
import Synchronization
import TestSupport
import Testing

struct TokenCountsTests {
    @Test(arguments: [
        (
            #"{"usage":{"prompt_tokens":12,"completion_tokens":31,"prompt_tokens_details":{"cached_tokens":5},"completion_tokens_details":{"reasoning_tokens":7}}}"#,
            TokenCounts(input: 12, output: 31, cached: 5, reasoning: 7)
        ),
        (
            #"{"usage":{"input_tokens":3,"cache_read_input_tokens":2,"output_tokens":4},"later":{"prompt_tokens":99}}"#,
            TokenCounts(input: 3, output: 4, cached: 2)
        ),
        (#"{"model":"m","done":true,"prompt_eval_count":11,"eval_count":22,"eval_duration":3}"#, TokenCounts(input: 11, output: 22)),
        (#"{"embeddings":[[0.1]],"prompt_eval_count":8}"#, TokenCounts(input: 8)),
        ("data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\r\n\r\ndata: [DONE]\r\n\r\n", TokenCounts(input: 1, output: 2)),
    ])
    func `counts of every dialect`(text: String, counts: TokenCounts) {
        #expect(Array(text.utf8).withUnsafeBytes { TokenCounts(lastIn: $0) } == counts)
    }

    @Test(arguments: [
        "", "{}", #"{"message":{"content":"\"eval_count\": 5, \"usage\":{\"prompt_tokens\":9}"}}"#, #"{"usage":null}"#, #""usage":"#,
        #"{"eval_count":null}"#,
    ])
    func `no counts`(text: String) {
        #expect(Array(text.utf8).withUnsafeBytes { TokenCounts(lastIn: $0) } == nil)
    }
}

struct ModelPricesTests {
    let prices = ModelPrices([
        "gpt-4o": ["input": 2.5, "output": 10, "cached_input": 1.25], "gpt-4*": ["input": 30, "output": 60], "*embed*": ["input": 0.02],
        "a*b*c": ["output": 1],
    ])

    @Test func `the exact id, else the first pattern`() {
        #expect(prices.price(of: "gpt-4o")?.input == 2.5)
        #expect(prices.price(of: "gpt-4-turbo")?.output == 60)
        #expect(prices.price(of: "nomic-embed-text")?.input == 0.02)
        #expect(prices.price(of: "nomic-embed-text")?.output == 0)
        #expect(prices.price(of: "a1b2c")?.output == 1)
        #expect(prices.price(of: "acb") == nil)
        #expect(prices.price(of: "llama") == nil)
    }

    @Test func `costs are exact`() {
        let cost = prices.price(of: "gpt-4o")?.cost(of: TokenCounts(input: 1000, output: 100, cached: 400))
        #expect(cost == Money.amount(0.0015 + 0.0005 + 0.001))
        #expect(Money.json(cost ?? 0).jsonText == "0.003")
        #expect(Money.json(1).jsonText == "0.000000001")
        #expect(Money.json(-1_500_000_000).jsonText == "-1.5")
        #expect(Money.json(0).jsonText == "0")
    }

    @Test(arguments: [#"[]"#, #"{"m":{}}"#, #"{"m":{"input":-1}}"#, #"{"m":{"input":"1"}}"#, #"{"m":{"inputs":1}}"#, #"{"m":5}"#])
    func `what is no price list`(text: String) throws {
        #expect(ModelPrices.problem(try JSONValue(parsing: text)) != nil)
    }

    @Test(arguments: [#"[]"#, #"{"u":5}"#, #"{"u":{"cost":1}}"#, #"{"u":{"cost_per_day":-1}}"#, #"{"u":{"cost_per_day":"1"}}"#])
    func `what is no list of budgets`(text: String) throws {
        #expect(UserBudgets.problem(try JSONValue(parsing: text)) != nil)
    }

    @Test func `a price may stand under the upstream's name of the model`() {
        let book = PriceBook(prices)
        var record = UsageRecord(startedAt: 0, userID: "u", keyID: nil, modelID: "ours", upstream: "openai:0", tokens: TokenCounts(input: 1_000_000))
        #expect(book.cost(of: record) == 0)
        record.upstreamModelID = "gpt-4o"
        #expect(book.cost(of: record) == Money.amount(2.5))
        book.replace(ModelPrices())
        #expect(book.cost(of: record) == 0)
    }
}

struct ModelCallTests {
    let recorder = RecordingRecorder()
    func call(isStream: Bool = true, kind: UsageRecord.Kind = .chat, promptBytes: Int? = 40) -> ModelCall {
        let length: (@Sendable () -> Int)?
        if let promptBytes { length = { promptBytes } } else { length = nil }
        return ModelCall(
            recorder, principal: Principal(userID: "u", name: "", email: "", role: .user, credential: .apiKey(id: "k")), modelID: "m",
            upstreamModelID: "m", upstream: "openai:0", kind: kind, isStream: isStream, promptBytes: length)
    }
    func read(_ body: UpstreamBody) async throws { for try await _ in body {} }

    @Test func `a stream is recorded when its last byte is read`() async throws {
        let call = call()
        call.answered(upstream: "openai:3")
        var iterator = call.watch(
            .pieces([Array("data: {}\n\n".utf8), Array("data: {\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}\n\ndata: [DONE]\n\n".utf8)])
        ).makeAsyncIterator()
        _ = try await iterator.next()
        _ = try await iterator.next()
        #expect(recorder.records.isEmpty)
        #expect(try await iterator.next() == nil)
        _ = try await iterator.next()
        let record = try #require(recorder.records.first)
        #expect(recorder.records.count == 1)
        #expect((record.userID, record.keyID, record.upstream, record.upstreamModelID) == ("u", "k", "openai:3", ""))
        #expect((record.tokens, record.isEstimated, record.failure, record.status) == (TokenCounts(input: 5, output: 6), false, nil, 200))
        #expect(record.firstByteMilliseconds != nil)
    }

    @Test func `counts are found across pieces, at the beginning and at the end`() async throws {
        let text =
            #"data: {"message":{"usage":{"input_tokens":25,"output_tokens":1}}}"# + "\n\n"
            + String(repeating: "data: {\"delta\":\"x\"}\n\n", count: 2000)
            + #"data: {"usage":{"output_tokens":15}}"# + "\n\n"
        try await read(call().watch(.pieces(Array(text.utf8).chunks(of: 7))))
        #expect(recorder.records.first?.tokens == TokenCounts(input: 25, output: 15))
    }

    @Test func `what is not counted is estimated`() async throws {
        let events = String(repeating: "data: {\"choices\":[]}\n\n", count: 12) + "data: [DONE]\n\n"
        try await read(call().watch(.pieces(Array(events.utf8).chunks(of: 5))))
        call(isStream: false).finish(whole: Array(repeating: 0x20, count: 650))
        call(isStream: false, kind: .embedding).finish(whole: Array("{}".utf8))
        call(promptBytes: nil).finish(whole: Array("{}".utf8))
        #expect(
            recorder.records.map(\.tokens) == [
                TokenCounts(input: 10, output: 10), TokenCounts(input: 10, output: 100), TokenCounts(input: 10), TokenCounts(),
            ])
        #expect(recorder.records.map(\.isEstimated) == [true, true, true, false])
    }

    @Test func `failures have kinds`() async throws {
        call().fail(UpstreamFailure(status: 429, contentType: "", body: []))
        call().fail(AppError(.timeout, ""))
        call().fail(AppError(.upstreamFailed, ""))
        call().fail(CancellationError())
        let refused = call()
        refused.answered(status: 404)
        refused.finish(whole: Array("no".utf8))
        try await read(call().watch(.pieces([Array("data: {}\n\ndata: {\"error\":{\"message\":\"x\"}}\n\ndata: [DONE]\n\n".utf8)])))
        _ = call()
        do { _ = call().watch(.pieces([[1]])) }
        #expect(recorder.records.map(\.failure) == [.refused, .timeout, .upstream, .client, .refused, .upstream, .client, .client])
        #expect(recorder.records.map(\.status) == [429, 504, 500, 499, 404, 200, 499, 499])
        #expect(recorder.records.allSatisfy { $0.failure == .upstream || $0.tokens == TokenCounts() })
    }

    @Test func `who leaves with the last word has left nothing out`() async throws {
        for (text, length) in [("data: {}\n\ndata: [DONE]\n\n", nil), ("{\"done\":true,\"eval_count\":1}\n", nil), ("{}", 2)] as [(String, Int?)] {
            let call = call()
            call.answered(length: length)
            var pieces = call.watch(.pieces([Array(text.utf8)], failure: CancellationError())).makeAsyncIterator()
            _ = try await pieces.next()
            await #expect(throws: CancellationError.self) { try await pieces.next() }
        }
        let torn = call()
        torn.answered(length: 3)
        await #expect(throws: CancellationError.self) { try await read(torn.watch(.pieces([Array("{}".utf8)], failure: CancellationError()))) }
        #expect(recorder.records.map(\.failure) == [nil, nil, nil, .client])
        #expect(recorder.records.map(\.status) == [200, 200, 200, 499])
    }

    @Test func `text about errors is no error`() async throws {
        try await read(
            call().watch(.pieces([Array("data: {\"choices\":[{\"delta\":{\"content\":\"{\\\"error\\\": 1}\"}}]}\n\ndata: [DONE]\n\n".utf8)])))
        #expect(recorder.records.first?.failure == nil)
    }

    @Test func `every round of a tool loop is a record, and what the server asks by itself, too`() async throws {
        let provider = MeteredChatProvider(provider: ScriptedProvider(answers: ["one"]), recorder: recorder)
        var request = ChatRequest(body: ["model": "m", "messages": [["role": "user", "content": "hi"]]], principal: .make("u"))
        request.model = FixedDirectory.model(workspace: nil)
        guard case .whole = try await provider.answer(request).body else { return #expect(Bool(false)) }
        #expect(recorder.records.map(\.tokens) == [TokenCounts(input: 1, output: 1)])
        #expect(recorder.records.map(\.upstreamModelID) == ["base"])
        request.body["stream"] = true
        guard case .stream(let body) = try await provider.answer(request).body else { return #expect(Bool(false)) }
        try await read(body)
        #expect(recorder.records.map(\.isEstimated) == [false, true])
    }
}

struct UsageLedgerTests {
    final class Store: UsageStore {
        struct State {
            var records: [UsageRecord] = []
            var sums: [UsageSlot: UsageFigures] = [:]
            var fails = false
        }
        let state = Mutex(State())

        func write(_ records: [UsageRecord], _ sums: [UsageSum]) async throws {
            try state.withLock { state in
                if state.fails { throw AppError(.internalError, "disk full") }
                state.records += records
                for sum in sums { state.sums[sum.slot, default: UsageFigures()].add(sum.figures) }
            }
        }
        func report(_ query: UsageQuery, limit: Int) async throws -> UsageReport { UsageReport(rows: [], isCut: false, total: UsageFigures()) }
        func calls(_ query: UsageQuery, _ page: PageRequest) async throws -> Page<UsageRecord> { Page(items: [], total: 0) }
        func purge(before: EpochSeconds) async throws -> Int { 0 }
        var sum: UsageFigures { state.withLock { $0.sums.values.reduce(into: UsageFigures()) { $0.add($1) } } }
    }

    let store = Store()
    let meter = KeyMeter(store: KeyMeterTests.Store())
    func ledger(capacity: Int = 1000) -> UsageLedger {
        UsageLedger(
            store: store, meter: meter, prices: PriceBook(ModelPrices(["m": ["input": 1_000_000]])), logger: Logger(label: "test"), capacity: capacity
        )
    }
    func record(_ model: String = "m", at: EpochSeconds = .now()) -> UsageRecord {
        UsageRecord(startedAt: at, userID: "u", keyID: "k", modelID: model, upstream: "openai:0", tokens: TokenCounts(input: 2, output: 3))
    }

    @Test func `calls count at once and are written in one batch`() async throws {
        let ledger = ledger()
        for _ in 0..<10 { ledger.record(record()) }
        #expect(meter.totals(keyID: "k").tokensToday == 50)
        #expect(meter.totals(userID: "u").costToday == 20 * Money.unit)
        #expect((ledger.waiting, store.sum.calls) == (10, 0))
        try await ledger.flush()
        try await ledger.flush()
        #expect((ledger.waiting, store.sum.calls, store.sum.tokens.total, store.sum.cost) == (0, 10, 50, 20 * Money.unit))
        #expect(store.state.withLock { $0.sums.count } == 1)
    }

    @Test func `while the disk refuses, memory is bounded and no figure is lost`() async throws {
        let ledger = ledger(capacity: 20)
        store.state.withLock { $0.fails = true }
        for index in 0..<50 {
            ledger.record(record())
            if index % 10 == 0 { await #expect(throws: AppError.self) { try await ledger.flush() } }
        }
        #expect(ledger.waiting == 20)
        store.state.withLock { $0.fails = false }
        try await ledger.flush()
        #expect((store.sum.calls, store.sum.tokens.total, store.state.withLock { $0.records.count }) == (50, 250, 20))
    }

    @Test func `many tasks record at once`() async throws {
        let ledger = ledger(capacity: 100_000)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<500 { ledger.record(record()) } } }
            group.addTask { for _ in 0..<20 { try? await ledger.flush() } }
        }
        try await ledger.flush()
        #expect((store.sum.calls, meter.totals(keyID: "k").tokensToday) == (4000, 20_000))
    }
}

extension [UInt8] {
    fileprivate func chunks(of size: Int) -> [[UInt8]] {
        stride(from: 0, to: count, by: size).map { Array(self[$0..<Swift.min($0 + size, count)]) }
    }
}
