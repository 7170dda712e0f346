import Domain

/// PDF documents, one section a page, by Poppler's `pdfinfo` and `pdftotext`. Pages without any text in the whole
/// document mean a scan: those go through character recognition.
struct PDFReader: FormatReader {
    let limits: ExtractionLimits

    private static let information = Tool(name: "pdfinfo", purpose: "read PDF documents")
    private static let text = Tool(name: "pdftotext", purpose: "read PDF documents")
    private static let layout = Tool(name: "pdftohtml", purpose: "read PDF documents")

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let properties = try await properties(of: request.path)
        guard properties.pages <= limits.pages else { throw ExtractionFailure.tooManyPages(properties.pages, limit: limits.pages) }
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        var hasText = false
        var characters = 0
        let headings = await headings(of: request.path)
        for first in stride(from: 0, to: properties.pages, by: Self.batch) {
            let last = min(first + Self.batch, properties.pages)
            let plain = try await pages(first..<last, of: request.path, options: [])
            // A page without text has no layout either.
            guard plain.contains(where: { !$0.isEmpty }) else { continue }
            let layout = try await pages(first..<last, of: request.path, options: ["-layout"])
            for page in first..<last where !plain[page - first].isEmpty {
                let run = headings.mark(PDFPageText(plain: plain[page - first], layout: layout[page - first]).run, page: page)
                characters += run.text.unicodeScalars.count
                guard characters <= limits.characters else { throw ExtractionFailure.tooMuchText }
                hasText = true
                try await receive(.section(properties.metadata(page: page)))
                try await receive(.text(run))
            }
        }
        if !hasText, properties.pages > 0 {
            try await ScannedPDFReader(limits: limits).read(request.path, properties: properties, into: receive)
        }
    }

    /// Pages that are in memory at a time.
    private static let batch = 64

    /// The texts of these pages, one for each.
    private func pages(_ range: Range<Int>, of path: String, options: [String]) async throws -> [String] {
        var splitter = PageSplitter()
        var pages: [String] = []
        let arguments = ["-enc", "UTF-8", "-eol", "unix", "-q", "-f", String(range.lowerBound + 1), "-l", String(range.upperBound)]
        let isSuccess = try await Self.text.stream(arguments + options + [path, "-"]) { bytes in
            pages += try splitter.add(bytes, limit: limits.characters)
        }
        if let last = splitter.finish() { pages.append(last) }
        guard isSuccess || !pages.isEmpty else { throw ExtractionFailure.damaged("PDF") }
        return (0..<range.count).map { $0 < pages.count ? pages[$0] : "" }
    }

    /// None when they cannot be told: a document is worth reading without.
    private func headings(of path: String) async -> PDFHeadings {
        var scanner = PDFLayoutScanner()
        var statistics = PDFLineStatistics()
        var outline: [(page: Int, heading: PDFHeadings.Heading)] = []
        func take(_ found: PDFLayoutScanner.Found) {
            switch found {
            case .line(let line): statistics.add(line)
            case .entry(let level, let page, let title):
                guard outline.count < Self.mostEntries else { return }
                outline.append((page, PDFHeadings.Heading(level: min(level, 6), title: String(title.prefix(200)))))
            }
        }
        let arguments = ["-xml", "-i", "-q", "-stdout", "-nodrm", "-enc", "UTF-8", path]
        _ = try? await Self.layout.stream(arguments) { scanner.add($0, found: take) }
        scanner.finish(found: take)
        return PDFHeadings(outline: outline, statistics: statistics)
    }

    private static let mostEntries = 20_000

    private func properties(of path: String) async throws -> PDFProperties {
        let (isSuccess, output, error) = try await Self.information.run(["-enc", "UTF-8", path])
        guard isSuccess else {
            if error.contains("Incorrect password") { throw ExtractionFailure.encrypted("PDF") }
            throw ExtractionFailure.damaged("PDF", PDFProperties.reason(error))
        }
        return PDFProperties(String(decoding: output, as: UTF8.self))
    }
}

/// What `pdfinfo` prints.
struct PDFProperties {
    var pages = 0
    var title = ""
    var author = ""

    init(_ output: String) {
        for line in output.split(separator: "\n") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = String(line[line.index(after: colon)...]).collapsingWhiteSpace
            switch line[..<colon] {
            case "Pages": pages = Int(value) ?? 0
            case "Title": title = String(value.prefix(500))
            case "Author": author = String(value.prefix(500))
            default: break
            }
        }
    }

    /// - Parameter page: from 0.
    func metadata(page: Int) -> JSONObject {
        var metadata: JSONObject = ["page": .int(page), "page_label": .string(String(page + 1)), "total_pages": .int(pages)]
        if !title.isEmpty { metadata["title"] = .string(title) }
        if !author.isEmpty { metadata["author"] = .string(author) }
        return metadata
    }

    /// The last complaint of Poppler, without its level: `Couldn't read xref table`.
    static func reason(_ error: String) -> String {
        let lines = error.split(separator: "\n").map { String($0).collapsingWhiteSpace }
        guard let line = lines.last(where: { $0.contains("Error") }), let colon = line.firstIndex(of: ":") else { return "" }
        return String(line[line.index(after: colon)...].prefix(200)).collapsingWhiteSpace
    }
}

/// Cuts the output of `pdftotext` at its form feeds.
struct PageSplitter {
    private var rest: [UInt8] = []

    mutating func add(_ bytes: [UInt8], limit: Int) throws -> [String] {
        var pages: [String] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: 0x0C) {
            rest += bytes[start..<end]
            pages.append(String(decoding: rest, as: UTF8.self).trimmedBlock)
            rest = []
            start = end + 1
        }
        rest += bytes[start...]
        guard rest.count <= limit * 4 else { throw ExtractionFailure.tooMuchText }
        return pages
    }

    mutating func finish() -> String? {
        defer { rest = [] }
        let page = String(decoding: rest, as: UTF8.self).trimmedBlock
        return page.isEmpty ? nil : page
    }
}
