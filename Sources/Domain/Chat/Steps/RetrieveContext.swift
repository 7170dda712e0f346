/// Looks the attached items up and puts what was found into the last user message.
package struct RetrieveContext: ChatStep {
    private let retriever: any ContextRetriever
    private let rewriting: QueryRewriting

    package init(retriever: any ContextRetriever, rewriting: QueryRewriting) {
        self.retriever = retriever
        self.rewriting = rewriting
    }

    package func apply(to request: inout ChatRequest) async throws {
        // A built-in model reads the items itself.
        if case .builtIn = request.route { return }
        let items = Self.items(of: request)
        guard !items.isEmpty, let index = request.messages.lastIndex(where: { $0["role"]?.string == "user" }) else { return }
        let question = MessageText.text(of: request.messages[index])
        let needsSearch = items.contains { $0["context"]?.string != "full" }
        let queries = needsSearch ? await rewriting.queries(for: request, question: question) : [question]
        let context = try await retriever.context(for: items, queries: queries, question: question, principal: request.principal)
        request.sources = context.sources
        request.warnings = context.warnings
        guard let prompt = context.prompt else { return }
        request.messages[index] = MessageText.prepending(prompt + "\n", to: request.messages[index])
    }

    /// The request's items, then the knowledge of the workspace model.
    ///
    /// Knowledge is left to tools only where native function calling is asked for; `capabilities.file_context` turns all of it off.
    package static func items(of request: ChatRequest) -> [JSONValue] {
        guard request.workspace?.meta["capabilities"]?["file_context"]?.bool != false else { return [] }
        let mode = request.own["params"]?["function_calling"]?.string ?? request.workspace?.params["function_calling"]?.string
        guard mode != "native" else { return request.items }
        let knowledge = (request.workspace?.meta["knowledge"]?.array ?? []).filter { $0.object != nil }
        return request.items
            + knowledge.map { item in
                guard item["type"]?.string == nil else { return item }
                var item = item
                item["type"] = "collection"
                return item
            }
    }
}
