/// One step of reading a document as a stream, so that a text of any length passes through flat memory.
///
/// A stream is one `document`, then for each section one `section` followed by any number of `text`.
package enum ExtractionEvent: Sendable, Hashable {
    /// First, once: what stands between two sections in the whole text, and whether lines that begin with `#` are headings.
    case document(separator: String, hasMarkdownHeadings: Bool)
    /// A section begins; its metadata as in `ExtractedDocument.Section`.
    case section(JSONObject)
    /// More text of the current section. Runs join without anything between them, and never cut a Unicode scalar.
    case text(TextRun)
}

/// A stretch of text with what the format knows about it. Offsets count Unicode scalars from the start of the run.
package struct TextRun: Sendable, Hashable {
    /// A heading that begins at `offset` (always a line start) and ends with its line.
    package struct Heading: Sendable, Hashable {
        /// 1 is the highest.
        package var level: Int
        package var title: String
        package var offset: Int

        package init(level: Int, title: String, offset: Int) {
            self.level = level
            self.title = title
            self.offset = offset
        }

        package func moved(by distance: Int) -> Heading { Heading(level: level, title: title, offset: offset + distance) }
    }

    /// A table: one row a line. `offset..<headerEnd` is the header row without its newline, empty when there is none.
    package struct Table: Sendable, Hashable {
        package var offset: Int
        package var headerEnd: Int
        package var end: Int

        package init(offset: Int, headerEnd: Int, end: Int) {
            self.offset = offset
            self.headerEnd = headerEnd
            self.end = end
        }

        package func moved(by distance: Int) -> Table {
            Table(offset: offset + distance, headerEnd: headerEnd + distance, end: end + distance)
        }
    }

    package var text: String
    package var headings: [Heading]
    package var tables: [Table]

    package init(_ text: String, headings: [Heading] = [], tables: [Table] = []) {
        self.text = text
        self.headings = headings
        self.tables = tables
    }
}
