import Domain

/// EPUB books, one section for each document of the reading order.
struct EPUBReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let archive = try ZipArchive(path: request.path, kind: "EPUB", limits: limits) { name in
            let name = name.lowercased()
            return [".xml", ".opf", ".xhtml", ".html", ".htm"].contains { name.hasSuffix($0) }
        }
        if let encryption = archive["META-INF/encryption.xml"], String(decoding: encryption, as: UTF8.self).contains("EncryptedKey") {
            throw ExtractionFailure.encrypted("EPUB")
        }
        guard let container = archive["META-INF/container.xml"], let name = try packageName(container), let package = archive[name] else {
            throw ExtractionFailure.damaged("EPUB", "it has no package document.")
        }
        let book = try Package(package, name: name, limits: limits)
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        var characters = 0
        for (index, part) in book.spine.enumerated() {
            guard let bytes = archive[part] else { continue }
            let page = try HTMLPage(String(decoding: bytes, as: UTF8.self), limits: limits, showsTitle: false)
            guard !page.run.text.isEmpty else { continue }
            characters += page.run.text.unicodeScalars.count
            guard characters <= limits.characters else { throw ExtractionFailure.tooMuchText }
            try await receive(.section(book.metadata.merging(["chapter": .int(index + 1)])))
            try await receive(.text(page.run))
        }
    }

    private func packageName(_ container: [UInt8]) throws -> String? {
        let reader = try XMLPullReader(container, kind: "EPUB", maximumDepth: limits.xmlDepth)
        while let node = try reader.next() {
            if node == .start, reader.name == "rootfile" { return reader.attribute("full-path") }
        }
        return nil
    }

    /// The package document: what the book is and in which order it is read.
    private struct Package {
        private(set) var spine: [String] = []
        private(set) var metadata: JSONObject = [:]

        init(_ bytes: [UInt8], name: String, limits: ExtractionLimits) throws {
            let reader = try XMLPullReader(bytes, kind: "EPUB", maximumDepth: limits.xmlDepth)
            var parts: [String: String] = [:]
            var navigation: Set<String> = []
            while let node = try reader.next() {
                guard node == .start else { continue }
                switch reader.name {
                case "item":
                    guard let id = reader.attribute("id"), let reference = reader.attribute("href") else { break }
                    parts[id] = PackageRelationships.resolve(reference.percentDecoded, from: name)
                    if reader.attribute("properties")?.contains("nav") == true { navigation.insert(id) }
                case "itemref":
                    guard let id = reader.attribute("idref"), !navigation.contains(id), let part = parts[id] else { break }
                    spine.append(part)
                case "title", "creator":
                    let key = reader.name == "title" ? "title" : "author"
                    let value = try reader.content().collapsingWhiteSpace
                    if metadata[key] == nil, !value.isEmpty { metadata[key] = .string(String(value.prefix(500))) }
                default: break
                }
            }
        }
    }
}
