import TestSupport
import Testing

@testable import Domain

@Suite struct UpstreamListsTests {
    @Test func `an upstream that was down is asked again at once and waited for, however long it took to say so`() async throws {
        let settings = try Settings(environment: ["OPENAI_API_BASE_URLS": "http://o/v1", "ENABLE_OLLAMA_API": "false"])
        let connections = ConnectionBook(settings: settings).usable(.openAI)
        let connection = try #require(connections.first)
        let quick = Duration.seconds(2)
        let lister = ScriptedLister { _ in
            try await Task.sleep(for: quick + .milliseconds(100))
            throw AppError(.upstreamFailed, "not yet")
        }
        let lists = UpstreamLists(
            lister: lister, patience: .init(quick: quick, first: .seconds(60), down: .zero), seconds: { 60 }, changed: {})
        await lists.refresh(connections, olderThan: .zero)
        #expect(lists.known(connection) == .init(models: [], isDown: true))
        lister.answer { _ in
            try await Task.sleep(for: .milliseconds(20))
            return [.make("gpt")]
        }
        await lists.refresh(connections, olderThan: .seconds(3600))
        #expect(lists.known(connection)?.models.map(\.id) == ["gpt"])
    }
}
