/// Searches the chat's documents, or collections that the model names. The caller's own access decides what is found.
package struct SearchKnowledge: Tool {
    package static let id = "search_knowledge"
    private let retriever: any ContextRetriever

    package init(retriever: any ContextRetriever) { self.retriever = retriever }

    package var id: String { Self.id }
    package var summary: String {
        "Search the documents of this chat for passages that answer a question. Returns passages with the number and name of their source."
    }
    package var parameters: JSONObject {
        [
            "type": "object", "required": ["query"],
            "properties": [
                "query": ["type": "string", "description": "What to look for, in the language of the documents."],
                "collection_ids": [
                    "type": "array", "items": ["type": "string"],
                    "description": "Ids of collections to search instead of the chat's own documents.",
                ],
            ],
        ]
    }

    package func run(_ arguments: JSONObject, in call: ToolContext) async throws -> ToolResult {
        guard let query = arguments["query"]?.string, !query.trimmed.isEmpty else { throw AppError(.badRequest, "query is missing.") }
        let named = (arguments["collection_ids"]?.array ?? []).compactMap(\.string).map { id -> JSONValue in
            ["type": "collection", "id": .string(id)]
        }
        let items = named.isEmpty ? call.items : named
        guard !items.isEmpty else { return ToolResult(text: "This chat has no documents to search.") }
        let context = try await retriever.context(for: items, queries: [query], question: query, principal: call.principal)
        var lines: [String] = []
        for source in context.sources {
            for (index, document) in source.documents.enumerated() {
                let metadata = source.metadata.indices.contains(index) ? source.metadata[index] : [:]
                var passage: JSONObject = ["number": .int(lines.count + 1), "text": .string(document)]
                if let name = metadata["name"] ?? source.item["name"] { passage["source"] = name }
                if let id = metadata["file_id"] { passage["file_id"] = id }
                if let page = metadata["page_label"] ?? metadata["page"] { passage["page"] = page }
                lines.append(JSONValue.object(passage).jsonText)
            }
        }
        return ToolResult(text: lines.isEmpty ? "Nothing was found." : lines.joined(separator: "\n"), sources: context.sources)
    }
}
