import Domain

/// Text, source code, JSON, XML, Markdown: as it stands, in UTF-8 and without byte order mark.
struct PlainTextReader: FormatReader {
    let hasMarkdownHeadings: Bool

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let file = try TextFile(request)
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: hasMarkdownHeadings))
        try await receive(.section([:]))
        while let text = try file.next() {
            try Task.checkCancellation()
            try await receive(.text(TextRun(text)))
        }
    }
}
