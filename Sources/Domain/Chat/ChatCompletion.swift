/// A model that this program serves itself. Answers are given as text deltas; the chat pipeline frames them.
package protocol BuiltInModel: Sendable {
    var id: String { get }
    var name: String { get }
    /// - Parameters:
    ///   - messages: the request's messages.
    ///   - items: the request's `files`.
    /// - Returns: the sources of the answer, and its text as it is made.
    func answer(messages: [JSONValue], items: [JSONValue], principal: Principal) async throws -> BuiltInAnswer
}

package struct BuiltInAnswer: Sendable {
    package var sources: [ContextSource]
    /// Attached items that were skipped, and why.
    package var warnings: [String]
    package var deltas: AsyncThrowingStream<String, any Error>

    package init(sources: [ContextSource], warnings: [String] = [], deltas: AsyncThrowingStream<String, any Error>) {
        self.sources = sources
        self.warnings = warnings
        self.deltas = deltas
    }
}

/// What accounting learns of one finished completion. Recording never waits and never fails the request.
package struct CompletionRecord: Sendable {
    package var userID: String
    package var keyID: String?
    package var modelID: String
    /// `openai:0`, `ollama:1`, `built-in`, `function:<id>`.
    package var upstream: String
    package var startedAt: EpochSeconds
    package var milliseconds: Int
    /// Until the first byte of the answer; `nil` when there was none.
    package var firstByteMilliseconds: Int?
    package var promptTokens: Int
    package var completionTokens: Int
    package var status: Int

    package init(
        userID: String, keyID: String?, modelID: String, upstream: String, startedAt: EpochSeconds, milliseconds: Int,
        firstByteMilliseconds: Int?, promptTokens: Int, completionTokens: Int, status: Int
    ) {
        self.userID = userID
        self.keyID = keyID
        self.modelID = modelID
        self.upstream = upstream
        self.startedAt = startedAt
        self.milliseconds = milliseconds
        self.firstByteMilliseconds = firstByteMilliseconds
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        self.status = status
    }
}

package protocol UsageRecorder: Sendable {
    /// Puts the record into a queue in memory and returns at once.
    func record(_ record: CompletionRecord)
}
