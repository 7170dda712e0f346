import Foundation

/// Bytes of a page on the open internet.
package struct FetchedPage: Sendable {
    /// After redirects.
    package var url: String
    package var contentType: String
    package var body: [UInt8]

    package init(url: String, contentType: String, body: [UInt8]) {
        self.url = url
        self.contentType = contentType
        self.body = body
    }
}

/// Fetches what users name. Must not reach anything that only this machine or its network can reach, on any redirect; what an
/// address resolves to is decided once and used for the connection.
package protocol PageFetcher: Sendable {
    /// - Throws: any error; its reason is not shown to users, who could map the network with it.
    func fetch(_ url: String) async throws -> FetchedPage
}

/// Reads pages with the extractors that read files.
package struct FetchedPageReader: PageReader {
    private let fetcher: any PageFetcher
    private let extractor: any TextExtractor

    package init(fetcher: any PageFetcher, extractor: any TextExtractor) {
        self.fetcher = fetcher
        self.extractor = extractor
    }

    package func read(_ url: String) async throws -> WebPage {
        do {
            let page = try await fetcher.fetch(url)
            let path = FileManager.default.temporaryDirectory.path + "/haneul-page-\(makeID())"
            defer { try? FileManager.default.removeItem(atPath: path) }
            try Data(page.body).write(to: URL(fileURLWithPath: path), options: .withoutOverwriting)
            let type = String(page.contentType.prefix { $0 != ";" }).trimmed.lowercased()
            let document = try await extractor.extract(ExtractionRequest(path: path, filename: Self.filename(type), contentType: type))
            let title = document.sections.lazy.compactMap { $0.metadata["title"]?.string }.first ?? ""
            return WebPage(url: page.url, title: title, text: document.text.trimmed)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw AppError(.badRequest, "[ERROR: Could not read content from \(url)]", cause: error)
        }
    }

    /// Extractors decide by the extension first; a server's word on the type stands for it.
    private static func filename(_ type: String) -> String {
        switch type {
        case "text/html", "application/xhtml+xml", "": "page.html"
        case "application/pdf": "page.pdf"
        case "application/json": "page.json"
        case "text/markdown": "page.md"
        case "text/csv": "page.csv"
        case "application/xml", "text/xml": "page.xml"
        default: "page.txt"
        }
    }
}
