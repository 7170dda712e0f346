import Domain

/// Every kind of file that is read, and the choice between them: by extension, else by content type, else by magic
/// number; what is left is text when it decodes as text.
enum ExtractorKinds {
    static let all: [ExtractorKind] = [
        markdown, code, text, csv, html, pdf, docx,
    ]

    static let text = ExtractorKind("text", extensions: ["txt", "text", "log", "json", "jsonl", "xml"], mediaTypes: [], isIsolated: false) { _ in
        PlainTextReader(hasMarkdownHeadings: true)
    }

    static let markdown = ExtractorKind(
        "Markdown", extensions: ["md", "markdown", "mdx", "mkd"], mediaTypes: ["text/markdown", "text/x-markdown"], isIsolated: false
    ) { _ in PlainTextReader(hasMarkdownHeadings: true) }

    static let code = ExtractorKind("source code", extensions: SourceCode.extensions, mediaTypes: SourceCode.mediaTypes, isIsolated: false) { _ in
        PlainTextReader(hasMarkdownHeadings: false)
    }

    static let csv = ExtractorKind(
        "CSV", extensions: ["csv", "tsv"],
        mediaTypes: ["text/csv", "application/csv", "text/tab-separated-values"], isIsolated: false
    ) { _ in CSVReader() }

    static let html = ExtractorKind(
        "HTML", extensions: ["html", "htm", "xhtml"], mediaTypes: ["text/html", "application/xhtml+xml"]
    ) { HTMLReader(limits: $0) }

    static let pdf = ExtractorKind("PDF", extensions: ["pdf"], mediaTypes: ["application/pdf", "application/x-pdf"]) { PDFReader(limits: $0) }

    static let docx = ExtractorKind(
        "Word", extensions: ["docx", "docm", "dotx", "dotm"],
        mediaTypes: ["application/vnd.openxmlformats-officedocument.wordprocessingml.document"]
    ) { DOCXReader(limits: $0) }

    /// Throws for kinds that are known and not read.
    static func kind(of request: ExtractionRequest) throws -> ExtractorKind {
        let name = request.fileExtension
        if let kind = all.first(where: { $0.extensions.contains(name) }) { return kind }
        if let type = UnsupportedKinds.type(extension: name) { throw ExtractionFailure.unsupported(declared(type, request)) }
        let media = request.mediaType
        if let kind = all.first(where: { $0.mediaTypes.contains(media) }) { return kind }
        if UnsupportedKinds.contains(mediaType: media) { throw ExtractionFailure.unsupported(media) }
        switch try MagicNumber.look(at: request.path) {
        case .kind(let extensionName):
            if let kind = all.first(where: { $0.extensions.contains(extensionName) }) { return kind }
            return text
        case .unsupported(let type): throw ExtractionFailure.unsupported(type)
        case .unknown: return text
        }
    }

    /// The type to name in an error: the client's when it is of the same family, else the one the extension means.
    private static func declared(_ type: String, _ request: ExtractionRequest) -> String {
        let family = type.prefix { $0 != "/" }
        return request.mediaType.hasPrefix(family + "/") && family != "application" ? request.mediaType : type
    }
}
