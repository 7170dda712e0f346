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
