/// What an extractor got out of a file: its text, in the pieces that the format itself has.
package struct ExtractedDocument: Sendable, Hashable {
    /// A page, slide, sheet, CSV row or chapter; a plain text has one.
    package struct Section: Sendable, Hashable {
        /// The text, without byte order mark, with `\n` as it was.
        package var text: String
        /// Wire keys of chunk metadata: `page` (0-based), `page_label`, `total_pages`, `row`, `sheet`, `slide`, `title`, ...
        package var metadata: JSONObject

        package init(text: String, metadata: JSONObject = [:]) {
            self.text = text
            self.metadata = metadata
        }
    }

    package var sections: [Section]
    /// What stands between two sections in `text`.
    package var separator: String
    /// Whether Markdown headings in the text are headings.
    package var hasMarkdownHeadings: Bool

    package init(sections: [Section], separator: String = "\n\n", hasMarkdownHeadings: Bool = false) {
        self.sections = sections
        self.separator = separator
        self.hasMarkdownHeadings = hasMarkdownHeadings
    }

    /// The whole text, as `data.content` of a file shows it.
    package var text: String { sections.map(\.text).joined(separator: separator) }
}

/// The file an extractor is asked to read.
package struct ExtractionRequest: Sendable {
    /// An absolute path; the file is not changed while it is read.
    package var path: String
    /// The name the user gave; its extension decides first.
    package var filename: String
    package var contentType: String

    package init(path: String, filename: String, contentType: String) {
        self.path = path
        self.filename = filename
        self.contentType = contentType
    }

    /// Lower case, without the dot; empty when there is none.
    package var fileExtension: String {
        guard let dot = filename.lastIndex(of: "."), dot != filename.startIndex else { return "" }
        return filename[filename.index(after: dot)...].lowercased()
    }
}

/// Reads the text out of files.
///
/// Throws `AppError(.badRequest, reason)` with a reason a person understands when the file is corrupt, encrypted, too
/// large when unpacked, or of a kind nobody reads. Hostile files must not hurt the process: limits on time, memory and
/// output hold.
package protocol TextExtractor: Sendable {
    func extract(_ request: ExtractionRequest) async throws -> ExtractedDocument
}
