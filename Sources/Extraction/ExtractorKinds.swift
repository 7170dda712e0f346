import Domain

/// Every kind of file that is read, and the choice between them: by extension, else by content type, else by magic
/// number; what is left is text when it decodes as text.
enum ExtractorKinds {
    static let all: [ExtractorKind] = [
        markdown, code, text, csv, html, pdf, docx, xlsx, pptx, openDocument, epub, rtf, mail, hwpx, hwp,
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

    static let xlsx = ExtractorKind(
        "Excel", extensions: ["xlsx", "xlsm", "xltx", "xltm"],
        mediaTypes: ["application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"]
    ) { XLSXReader(limits: $0) }

    static let pptx = ExtractorKind(
        "PowerPoint", extensions: ["pptx", "pptm", "ppsx", "potx"],
        mediaTypes: ["application/vnd.openxmlformats-officedocument.presentationml.presentation"]
    ) { PPTXReader(limits: $0) }

    static let openDocument = ExtractorKind(
        "OpenDocument", extensions: ["odt", "ott", "ods", "ots", "odp", "otp"],
        mediaTypes: [
            "application/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.spreadsheet",
            "application/vnd.oasis.opendocument.presentation",
        ]
    ) { OpenDocumentReader(limits: $0) }

    static let epub = ExtractorKind("EPUB", extensions: ["epub"], mediaTypes: ["application/epub+zip"]) { EPUBReader(limits: $0) }

    static let rtf = ExtractorKind("RTF", extensions: ["rtf"], mediaTypes: ["application/rtf", "text/rtf"]) { RTFReader(limits: $0) }

    static let mail = ExtractorKind("mail", extensions: ["eml", "mht", "mhtml"], mediaTypes: ["message/rfc822"]) { MailReader(limits: $0) }

    static let hwpx = ExtractorKind(
        "HWPX", extensions: ["hwpx"], mediaTypes: ["application/hwp+zip", "application/vnd.hancom.hwpx", "application/haansofthwpx"]
    ) { HWPXReader(limits: $0) }

    static let hwp = ExtractorKind(
        "HWP", extensions: ["hwp"], mediaTypes: ["application/x-hwp", "application/vnd.hancom.hwp", "application/haansofthwp"]
    ) { HWPReader(limits: $0) }

    /// Throws for kinds that are known and not read.
    static func kind(of request: ExtractionRequest) throws -> ExtractorKind {
        if let telling = try disguised(request) { return telling }
        let name = request.fileExtension
        if let kind = all.first(where: { $0.extensions.contains(name) }) { return kind }
        if let type = UnsupportedKinds.type(extension: name) { throw ExtractionFailure.unsupported(declared(type, request)) }
        let media = request.mediaType
        if let kind = all.first(where: { $0.mediaTypes.contains(media) }) { return kind }
        if UnsupportedKinds.contains(mediaType: media) { throw ExtractionFailure.unsupported(media) }
        switch try MagicNumber.look(at: request.path) {
        case .kind(let extensionName): return kind(extension: extensionName) ?? text
        case .unsupported(let type): throw ExtractionFailure.unsupported(type)
        case .unknown: return text
        }
    }

    /// A document under another kind's name, as programs and people make them: HWPX as `.hwp`, RTF and web pages as `.doc`,
    /// tables of web pages or tabs as `.xls`, anything as `.txt`.
    private static func disguised(_ request: ExtractionRequest) throws -> ExtractorKind? {
        let name = request.fileExtension
        let isOldOffice = ["doc", "xls", "ppt"].contains(name)
        let named = all.first { $0.extensions.contains(name) }
        guard named != nil || isOldOffice else { return nil }
        switch try MagicNumber.look(at: request.path) {
        case .kind(let found):
            guard let kind = kind(extension: found), kind.name != named?.name else { return nil }
            switch found {
            // Pages and mail may well be kept as text, and have markup of each other in them.
            case "html": return isOldOffice || named?.isContainer == true ? kind : nil
            // Old Office documents and locked new ones look the same from here: the named reader says which.
            case "hwp": return named?.extensions.contains("hwpx") == true ? kind : nil
            default: return kind
            }
        case .unsupported: return nil
        case .unknown:
            guard isOldOffice, name != "ppt", try TextFile.isText(request.path) else { return nil }
            return name == "xls" ? csv : text
        }
    }

    private static func kind(extension name: String) -> ExtractorKind? { all.first { $0.extensions.contains(name) } }

    /// Whether a file is for a child process. What comes in a container is not looked at here.
    static func needsIsolation(_ request: ExtractionRequest) throws -> Bool {
        if try TextFile.head(of: request.path, count: 4).starts(with: [0x50, 0x4B]) { return true }
        return try kind(of: request).isIsolated
    }

    /// The type to name in an error: the client's when it is of the same family, else the one the extension means.
    private static func declared(_ type: String, _ request: ExtractionRequest) -> String {
        let family = type.prefix { $0 != "/" }
        return request.mediaType.hasPrefix(family + "/") && family != "application" ? request.mediaType : type
    }
}
