import Domain
import Testing

struct QuestionDeskTests {
    /// Asks, and gives the question's id as soon as it is out.
    private static func asking(_ desk: QuestionDesk, _ events: ChatEventQueue) async throws -> (id: String, answer: Task<JSONValue, any Error>) {
        let (stream, signal) = AsyncStream<Void>.makeStream()
        events.observe { signal.yield() }
        let task = Task { try await desk.ask(["type": "input", "data": ["title": "Name?"]], of: "kit", through: events) }
        for await _ in stream { break }
        let event = try #require(events.drain().first)
        #expect(event["type"] == "input" && event["data"] == ["title": "Name?"])
        return (try #require(event["id"]?.string), task)
    }

    @Test(.timeLimit(.minutes(1))) func `only the person who was asked can answer, once`() async throws {
        let (desk, events) = (QuestionDesk(), ChatEventQueue())
        let (id, answer) = try await Self.asking(desk, events)
        #expect(!desk.answer(id, "mallory", by: "mallory"))
        #expect(!desk.answer("other", "x", by: "kit"))
        #expect(desk.answer(id, "Kit", by: "kit"))
        #expect(!desk.answer(id, "again", by: "kit"))
        #expect(try await answer.value == "Kit")
    }

    @Test(.timeLimit(.minutes(1))) func `a question ends with the call that asked it, and when nobody answers`() async throws {
        let (desk, events) = (QuestionDesk(), ChatEventQueue())
        let (id, answer) = try await Self.asking(desk, events)
        answer.cancel()
        await #expect(throws: CancellationError.self) { try await answer.value }
        #expect(!desk.answer(id, "late", by: "kit"))
        let impatient = QuestionDesk(patience: .milliseconds(1))
        let error = await #expect(throws: AppError.self) { try await impatient.ask(["type": "input"], of: "kit", through: ChatEventQueue()) }
        #expect(error?.code == .timeout)
    }
}
