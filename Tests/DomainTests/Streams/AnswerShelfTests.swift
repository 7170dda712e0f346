import Domain
import Synchronization
import TestSupport
import Testing

@Suite struct AnswerShelfTests {
    private typealias Made = (DetachedAnswer.Head, UpstreamBody)

    private static func stream(_ pieces: [String]) -> Made {
        (DetachedAnswer.Head(headers: [], isStream: true, farewell: [Array("bye".utf8)]), .pieces(pieces.map { Array($0.utf8) }))
    }

    /// A stream that never ends.
    private static func endless(_ piece: String = "x") -> Made {
        (
            DetachedAnswer.Head(headers: [], isStream: true, farewell: [Array("bye".utf8)]),
            UpstreamBody {
                {
                    try await Task.sleep(for: .milliseconds(1))
                    return Array(piece.utf8)
                }
            }
        )
    }

    private static func text(_ answer: DetachedAnswer, after number: Int = 0) async throws -> String {
        let reader = try answer.log.reader(after: number)
        _ = try await answer.head()
        var text = ""
        while let (_, piece) = try await reader.next() { text += String(decoding: piece, as: UTF8.self) }
        return text
    }

    private static let key = AnswerShelf.Key(ownerID: "u", text: "k")

    private static func isRepeated(on shelf: AnswerShelf) -> Bool? {
        try? shelf.answer(ownerID: "u", key: key, fingerprint: "f") { stream(["2"]) }.isRepeated
    }

    @Test func `requests that race with one key are made once and all get the answer`() async throws {
        let shelf = AnswerShelf()
        let made = Counter()
        let texts = try await withThrowingTaskGroup(of: (String, Bool).self) { group in
            for _ in 0..<50 {
                group.addTask {
                    let (answer, isRepeated) = try shelf.answer(ownerID: "u", key: Self.key, fingerprint: "f") {
                        made.add(1)
                        await Task.yield()
                        return Self.stream(["a", "b", "c"])
                    }
                    return (try await Self.text(answer), isRepeated)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(made.value == 1)
        #expect(texts.allSatisfy { $0.0 == "abc" })
        #expect(texts.count { !$0.1 } == 1)
    }

    @Test func `a key stands for one request of one owner`() async throws {
        let shelf = AnswerShelf()
        let first = try shelf.answer(ownerID: "u", key: Self.key, fingerprint: "f") { Self.stream(["1"]) }.answer
        #expect(try await Self.text(first) == "1")
        let error = #expect(throws: AppError.self) { try shelf.answer(ownerID: "u", key: Self.key, fingerprint: "g") { Self.stream([]) } }
        #expect(error?.code == .validation)
        let other = try shelf.answer(ownerID: "v", key: .init(ownerID: "v", text: "k"), fingerprint: "g") { Self.stream(["2"]) }
        #expect(!other.isRepeated)
        #expect(try await Self.text(other.answer) == "2")
    }

    @Test(arguments: [
        (UpstreamFailure(status: 503, contentType: "", body: []) as any Error, false),
        (UpstreamFailure(status: 429, contentType: "", body: []), false),
        (UpstreamFailure(status: 400, contentType: "", body: []), true), (AppError(.upstreamFailed, ""), false), (AppError(.badRequest, ""), true),
        (AppError(.unauthorized, ""), false),
    ])
    func `failures that may pass are not kept`(_ failure: any Error, _ isKept: Bool) async throws {
        let shelf = AnswerShelf()
        let first = try shelf.answer(ownerID: "u", key: Self.key, fingerprint: "f") { throw failure }.answer
        await #expect(throws: (any Error).self) { try await first.head() }
        while !first.log.isOver { await Task.yield() }
        let settled = await eventually { Self.isRepeated(on: shelf) == isKept }
        #expect(settled)
    }

    @Test func `a stream that broke is not kept`() async throws {
        let shelf = AnswerShelf()
        let first = try shelf.answer(ownerID: "u", key: Self.key, fingerprint: "f") {
            Self.stream(["data: {\"a\":1}\n\n", "data: {\"error\":{\"message\":\"cut\"}}\n\n", "data: [DONE]\n\n"])
        }.answer
        #expect(try await Self.text(first).hasSuffix("[DONE]\n\n"))
        let settled = await eventually { Self.isRepeated(on: shelf) == false }
        #expect(settled)
    }

    @Test func `an answer goes on while its client is away, for a while`() async throws {
        let shelf = AnswerShelf(limits: { .init(away: .seconds(2)) })
        let answer = try shelf.answer(ownerID: "u") { Self.endless() }.answer
        do {
            let reader = try answer.log.reader(after: 0)
            let first = try await reader.next()
            #expect(first?.number == 1)
        }
        // Somebody comes back in time and goes on after the first.
        do {
            let reader = try shelf.find(answer.id, ownerID: "u").log.reader(after: 1)
            let second = try await reader.next()
            #expect(second?.number == 2)
            #expect(!answer.log.isOver)
        }
        let ended = await eventually { answer.log.isOver }
        #expect(ended)
        #expect(try await Self.text(answer).hasSuffix("bye"))
    }

    @Test func `an answer is its owner's, can be stopped, and is gone in the end`() async throws {
        let clock = Mutex(ContinuousClock.now)
        let shelf = AnswerShelf(limits: { .init(kept: .seconds(10)) }, now: { clock.withLock { $0 } })
        let answer = try shelf.answer(ownerID: "u") { Self.endless() }.answer
        let reader = try answer.log.reader(after: 0)
        _ = try await reader.next()
        for id in [answer.id, "nobody"] {
            let error = #expect(throws: AppError.self) { try shelf.find(id, ownerID: "v") }
            #expect(error?.code == .notFound)
            #expect(throws: AppError.self) { try shelf.stop(id, ownerID: "v") }
        }
        #expect(!answer.log.isOver)
        try shelf.stop(answer.id, ownerID: "u")
        #expect(try await Self.text(answer).hasSuffix("bye"))
        _ = try shelf.find(answer.id, ownerID: "u")
        let isGone = await eventually {
            clock.withLock { $0 += .seconds(11) }
            return (try? shelf.find(answer.id, ownerID: "u")) == nil
        }
        #expect(isGone)
        let error = #expect(throws: AppError.self) { try shelf.find(answer.id, ownerID: "u") }
        #expect(error?.code == .gone)
        let foreign = #expect(throws: AppError.self) { try shelf.find(answer.id, ownerID: "v") }
        #expect(foreign?.code == .notFound)
        withExtendedLifetime(reader) {}
    }

    @Test func `memory is bounded: the oldest finished answers go first`() async throws {
        let shelf = AnswerShelf(limits: { .init(bytesPerAnswer: 1000, bytes: 3000) })
        var ids: [String] = []
        for _ in 0..<20 {
            let answer = try shelf.answer(ownerID: "u") { Self.stream([String(repeating: "x", count: 500)]) }.answer
            #expect(try await Self.text(answer).count == 500)
            ids.append(answer.id)
        }
        let settled = await eventually { shelf.bytes <= 3000 }
        #expect(settled)
        #expect((try? shelf.find(ids[0], ownerID: "u")) == nil)
        #expect((try? shelf.find(ids[19], ownerID: "u")) != nil)
    }

    @Test func `one owner cannot have everything made at once`() async throws {
        let shelf = AnswerShelf(limits: { .init(running: 2) })
        let answers = try (0..<2).map { _ in try shelf.answer(ownerID: "u") { Self.endless() }.answer }
        let error = #expect(throws: AppError.self) { try shelf.answer(ownerID: "u") { Self.endless() } }
        #expect(error?.code == .tooManyRequests)
        _ = try shelf.answer(ownerID: "v") { Self.stream([]) }
        for answer in answers { try shelf.stop(answer.id, ownerID: "u") }
        let isFree = await eventually { (try? shelf.answer(ownerID: "u") { Self.stream([]) }) != nil }
        #expect(isFree)
    }
}
