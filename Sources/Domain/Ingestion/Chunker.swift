/// One retrieval passage before it is stored.
package struct ChunkDraft: Sendable, Hashable {
    /// What goes into a prompt.
    package var text: String
    /// What is embedded and indexed: title and heading path in front of the text.
    package var indexText: String
    /// Offset of `text` in its section, in Unicode scalars (as the original counts).
    package var startIndex: Int
    /// `["Chapter", "Section"]`, from Markdown headings or the format itself.
    package var headings: [String]
    /// The section's metadata.
    package var metadata: JSONObject

    package init(text: String, indexText: String, startIndex: Int, headings: [String] = [], metadata: JSONObject = [:]) {
        self.text = text
        self.indexText = indexText
        self.startIndex = startIndex
        self.headings = headings
        self.metadata = metadata
    }
}

/// How to cut.
package struct ChunkingOptions: Sendable, Hashable {
    package enum Unit: Sendable, Hashable { case characters, tokens }

    package var unit: Unit
    package var size: Int
    package var overlap: Int
    /// Pieces shorter than this join their neighbour; 0 for off.
    package var minimum: Int
    package var markdownHeadings: Bool

    package init(unit: Unit = .characters, size: Int = 1000, overlap: Int = 100, minimum: Int = 0, markdownHeadings: Bool = true) {
        self.unit = unit
        self.size = size
        self.overlap = overlap
        self.minimum = minimum
        self.markdownHeadings = markdownHeadings
    }
}
