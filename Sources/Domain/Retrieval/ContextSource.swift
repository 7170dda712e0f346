/// What retrieval adds to a chat: the passages of one attached item.
package struct ContextSource: Sendable, Hashable {
    /// The request's item as it was sent.
    package var item: JSONObject
    package var documents: [String]
    package var metadata: [JSONObject]
    /// Absent for whole texts.
    package var distances: [Double]?

    package init(item: JSONObject, documents: [String], metadata: [JSONObject], distances: [Double]? = nil) {
        self.item = item
        self.documents = documents
        self.metadata = metadata
        self.distances = distances
    }
}

/// The passages for a chat, and the prompt that carries them.
package struct RetrievedContext: Sendable {
    package var sources: [ContextSource]
    /// What goes in front of the last user message, the filled template; `nil` when nothing was found.
    package var prompt: String?
    /// Items that were skipped, and why.
    package var warnings: [String]

    package init(sources: [ContextSource] = [], prompt: String? = nil, warnings: [String] = []) {
        self.sources = sources
        self.prompt = prompt
        self.warnings = warnings
    }
}

/// Turns the `files` of a chat into context. Unknown items and items the principal may not read are skipped, never an error.
package protocol ContextRetriever: Sendable {
    /// - Parameters:
    ///   - items: `files` of the request, then the knowledge of the workspace model.
    ///   - queries: what to search for; usually the last user message, or what a model rewrote it into.
    ///   - question: the last user message, for the template.
    func context(for items: [JSONValue], queries: [String], question: String, principal: Principal) async throws -> RetrievedContext
}
