import Domain

/// Hangul documents in XML (OWPML, KS X 6101): paragraphs, tables, notes and text boxes of all sections. Formulas, charts
/// and memos are left out.
struct HWPXReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let archive = try ZipArchive(path: request.path, kind: "HWPX", limits: limits) { name in
            name.hasPrefix("Contents/") && (name.hasSuffix(".xml") || name.hasSuffix(".hpf")) || name == "META-INF/manifest.xml"
        }
        if let manifest = archive["META-INF/manifest.xml"], String(decoding: manifest, as: UTF8.self).contains("encryption-data") {
            throw ExtractionFailure.encrypted("HWPX")
        }
        let sections = archive.parts.keys.compactMap { name -> (number: Int, name: String)? in
            guard name.hasPrefix("Contents/section"), name.hasSuffix(".xml"), let number = Int(name.dropFirst(16).dropLast(4)) else { return nil }
            return (number, name)
        }
        guard !sections.isEmpty else { throw ExtractionFailure.damaged("HWPX", "it has no text part.") }
        let outline = try HWPXOutline(archive["Contents/header.xml"], limits: limits)
        let properties = DocumentProperties(archive["Contents/content.hpf"], kind: "HWPX", limits: limits).metadata
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        var characters = 0
        for section in sections.sorted(by: { $0.number < $1.number }) {
            var builder = TextBuilder(limit: limits.characters - characters)
            try add(archive[section.name] ?? [], outline: outline, to: &builder)
            guard !builder.isEmpty else { continue }
            characters += builder.count
            try await receive(.section(properties))
            try await receive(.text(builder.run))
        }
    }

    private func add(_ bytes: [UInt8], outline: HWPXOutline, to builder: inout TextBuilder) throws {
        let reader = try XMLPullReader(bytes, kind: "HWPX", maximumDepth: limits.xmlDepth)
        var paragraphs: [(text: String, level: Int?)] = []
        var tables: [TableRows] = []
        /// Whether the reader is in `hp:t`, whose text counts.
        var isText = false
        func flush(_ paragraph: (text: String, level: Int?), _ builder: inout TextBuilder) throws {
            if !tables.isEmpty {
                tables[tables.count - 1].addText(paragraph.text)
            } else if let level = paragraph.level {
                try builder.addHeading(paragraph.text, level: level)
            } else {
                try builder.add(paragraph.text, separator: "\n")
            }
        }
        while let node = try reader.next() {
            if node == .text {
                if isText, !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += reader.text }
                continue
            }
            switch (node, reader.name) {
            case (.start, "hiddenComment"), (.start, "secPr"), (.start, "linesegarray"), (.start, "memogroup"): try reader.skip()
            case (.start, "p"):
                paragraphs.append(("", outline.level(style: reader.attribute("styleIDRef"), shape: reader.attribute("paraPrIDRef"))))
            case (.end, "p"): if let paragraph = paragraphs.popLast() { try flush(paragraph, &builder) }
            case (.start, "t"): isText = true
            case (.end, "t"): isText = false
            case (.start, "tab"): if isText, !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += "\t" }
            case (.start, "lineBreak"): if isText, !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += "\n" }
            case (.start, "nbSpace"), (.start, "fwSpace"): if isText, !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += " " }
            case (.start, "hyphen"): if isText, !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += "-" }
            case (.start, "tbl"):
                // What the paragraph said before its table comes before it.
                if let last = paragraphs.indices.last, !paragraphs[last].text.isEmpty {
                    try flush(paragraphs[last], &builder)
                    paragraphs[last].text = ""
                }
                tables.append(TableRows())
            case (.start, "tr"): if !tables.isEmpty { tables[tables.count - 1].startRow() }
            case (.start, "tc"): if !tables.isEmpty { tables[tables.count - 1].startCell() }
            case (.end, "tbl"):
                guard let table = tables.popLast() else { break }
                if tables.isEmpty { try table.add(to: &builder) } else { tables[tables.count - 1].addText(table.flat) }
            default: break
            }
        }
    }
}

/// Which styles and paragraph shapes are headings: those named `개요 1` or `Outline 1`, and those of type `OUTLINE`.
private struct HWPXOutline {
    private var styles: [String: Int] = [:]
    private var shapes: [String: Int] = [:]

    init(_ bytes: [UInt8]?, limits: ExtractionLimits) throws {
        guard let bytes else { return }
        let reader = try XMLPullReader(bytes, kind: "HWPX", maximumDepth: limits.xmlDepth)
        var shape: String?
        while let node = try reader.next() {
            guard node == .start else { continue }
            switch reader.name {
            case "paraPr": shape = reader.attribute("id")
            case "heading":
                guard let shape, reader.attribute("type") == "OUTLINE", let level = reader.attribute("level").flatMap(Int.init) else { break }
                shapes[shape] = level + 1
            case "style":
                guard let id = reader.attribute("id") else { break }
                let names = [reader.attribute("name"), reader.attribute("engName")].compactMap { $0 }
                if let level = names.lazy.compactMap(HangulStyle.outlineLevel).first { styles[id] = level }
            default: break
            }
        }
    }

    func level(style: String?, shape: String?) -> Int? { style.flatMap { styles[$0] } ?? shape.flatMap { shapes[$0] } }
}

enum HangulStyle {
    /// `개요 3` is 3.
    static func outlineLevel(_ name: String) -> Int? {
        for prefix in ["개요 ", "Outline "] where name.hasPrefix(prefix) {
            if let level = Int(name.dropFirst(prefix.count)), (1...10).contains(level) { return level }
        }
        return nil
    }
}
