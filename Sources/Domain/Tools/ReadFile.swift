/// Gives the text of a file that the caller may read, in portions.
package struct ReadFile: Tool {
    package static let id = "read_file"
    /// Characters of one portion.
    private static let portion = 16_000
    private let retriever: any ContextRetriever

    package init(retriever: any ContextRetriever) { self.retriever = retriever }

    package var id: String { Self.id }
    package var summary: String { "Read the text of a file by its id, for instance one that search_knowledge found." }
    package var parameters: JSONObject {
        [
            "type": "object", "required": ["file_id"],
            "properties": [
                "file_id": ["type": "string"],
                "offset": ["type": "integer", "minimum": 0, "description": "Character to begin with; 0 for the start."],
            ],
        ]
    }

    package func run(_ arguments: JSONObject, in call: ToolContext) async throws -> ToolResult {
        guard let id = arguments["file_id"]?.string, !id.isEmpty else { throw AppError(.badRequest, "file_id is missing.") }
        let item: JSONValue = ["type": "file", "id": .string(id), "context": "full"]
        let context = try await retriever.context(for: [item], queries: [], question: "", principal: call.principal)
        let text = context.sources.flatMap(\.documents).joined(separator: "\n")
        guard !text.isEmpty else { throw AppError(.notFound, "There is no readable file with this id.") }
        let offset = max(0, arguments["offset"]?.int ?? 0)
        let part = text.dropFirst(offset).prefix(Self.portion)
        guard !part.isEmpty else { return ToolResult(text: "The file ends before that.") }
        let end = offset + part.count
        let isWhole = part.endIndex == text.endIndex
        return ToolResult(text: String(part) + (isWhole ? "" : "\n[The file goes on at offset \(end).]"))
    }
}
