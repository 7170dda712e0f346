/// What an extractor got out of a file: its text, in the pieces that the format itself has.
package struct ExtractedDocument: Sendable, Hashable {
    /// A page, slide, sheet, CSV row or chapter; a plain text has one.
    package struct Section: Sendable, Hashable {
        /// The text, without byte order mark, with `\n` as it was.
        package var text: String
        /// Wire keys of chunk metadata: `page` (0-based), `page_label`, `total_pages`, `row`, `sheet`, `slide`, `title`, ...
        package var metadata: JSONObject
        /// Headings the format itself marks, in order, by their offset in `text`.
        package var headings: [TextRun.Heading]
        /// Tables in `text`, in order.
        package var tables: [TextRun.Table]

        package init(
            text: String, metadata: JSONObject = [:], headings: [TextRun.Heading] = [], tables: [TextRun.Table] = []
        ) {
            self.text = text
            self.metadata = metadata
            self.headings = headings
            self.tables = tables
        }
    }

    package var sections: [Section]
    /// What stands between two sections in `text`.
    package var separator: String
    /// Whether lines that begin with `#` are headings. Not in source code, where they are comments.
    package var hasMarkdownHeadings: Bool

    package init(sections: [Section], separator: String = "\n\n", hasMarkdownHeadings: Bool = true) {
        self.sections = sections
        self.separator = separator
        self.hasMarkdownHeadings = hasMarkdownHeadings
    }

    /// The whole text, as `data.content` of a file shows it.
    package var text: String { sections.map(\.text).joined(separator: separator) }
}

extension ExtractedDocument {
    /// The same document as a stream of events.
    package var events: [ExtractionEvent] {
        var events: [ExtractionEvent] = [.document(separator: separator, hasMarkdownHeadings: hasMarkdownHeadings)]
        for section in sections {
            events.append(.section(section.metadata))
            events.append(.text(TextRun(section.text, headings: section.headings, tables: section.tables)))
        }
        return events
    }

    /// Adds what one event says.
    package mutating func apply(_ event: ExtractionEvent) {
        switch event {
        case .document(let separator, let hasMarkdownHeadings):
            self.separator = separator
            self.hasMarkdownHeadings = hasMarkdownHeadings
        case .section(let metadata):
            sections.append(Section(text: "", metadata: metadata))
        case .text(let run):
            if sections.isEmpty { sections.append(Section(text: "")) }
            let last = sections.count - 1
            if !run.headings.isEmpty || !run.tables.isEmpty {
                let base = sections[last].text.unicodeScalars.count
                sections[last].headings += run.headings.map { $0.moved(by: base) }
                sections[last].tables += run.tables.map { $0.moved(by: base) }
            }
            sections[last].text += run.text
        }
    }
}
