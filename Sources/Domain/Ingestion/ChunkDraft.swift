/// One retrieval passage before it is stored.
package struct ChunkDraft: Sendable, Hashable {
    /// What goes into a prompt. A piece of the section's text; a piece out of the middle of a table has the table's
    /// header row in front.
    package var text: String
    /// What is embedded and indexed: title and heading path in front of the text.
    package var indexText: String
    /// Offset in the section, in Unicode scalars (as the original counts), of the text's first character that is not a
    /// repeated table header.
    package var startIndex: Int
    /// Offset behind the text's last character, in the same unit.
    package var endIndex: Int
    /// `["Chapter", "Section"]`, from Markdown headings or the format itself.
    package var headings: [String]
    /// The section's metadata.
    package var metadata: JSONObject

    package init(
        text: String, indexText: String, startIndex: Int, endIndex: Int? = nil, headings: [String] = [], metadata: JSONObject = [:]
    ) {
        self.text = text
        self.indexText = indexText
        self.startIndex = startIndex
        self.endIndex = endIndex ?? startIndex + text.unicodeScalars.count
        self.headings = headings
        self.metadata = metadata
    }
}
