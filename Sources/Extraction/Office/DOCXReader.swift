import Domain

/// Word documents (ECMA-376 WordprocessingML): paragraphs and tables in reading order, then foot- and endnotes; headers
/// in front and footers behind, each once. Deleted text, field codes and comments are left out.
struct DOCXReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let archive = try ZipArchive(path: request.path, kind: "Word", limits: limits) { name in
            if name == "docProps/core.xml" || name == "_rels/.rels" { return true }
            return name.hasPrefix("word/") && name.hasSuffix(".xml")
        }
        let main = try mainPart(of: archive)
        guard let document = archive[main] else { throw ExtractionFailure.damaged("Word", "it has no text part.") }
        let folder = main.split(separator: "/").dropLast().map { "\($0)/" }.joined()
        let styles = WordStyles(archive[folder + "styles.xml"], limits: limits)
        var builder = TextBuilder(limit: limits.characters)
        var seen: Set<String> = []
        func addMargin(_ prefix: String) throws {
            for name in archive.parts.keys.filter({ $0.hasPrefix(folder + prefix) && $0.hasSuffix(".xml") }).sorted() {
                var margin = TextBuilder(limit: limits.characters)
                try body(archive[name] ?? [], styles: WordStyles(nil, limits: limits), into: &margin)
                if seen.insert(margin.run.text).inserted { try builder.add(margin.run.text) }
            }
        }
        try addMargin("header")
        try body(document, styles: styles, into: &builder)
        for notes in ["footnotes.xml", "endnotes.xml"] {
            if let part = archive[folder + notes] { try body(part, styles: WordStyles(nil, limits: limits), into: &builder) }
        }
        try addMargin("footer")
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        try await receive(.section(DocumentProperties(archive["docProps/core.xml"], kind: "Word", limits: limits).metadata))
        try await receive(.text(builder.run))
    }

    private func mainPart(of archive: ZipArchive) throws -> String {
        let relationships = try PackageRelationships(of: "", in: archive, kind: "Word", limits: limits)
        return relationships.targets.values.first { $0.type == "officeDocument" }?.part ?? "word/document.xml"
    }

    private func body(_ bytes: [UInt8], styles: WordStyles, into builder: inout TextBuilder) throws {
        let reader = try XMLPullReader(bytes, kind: "Word", maximumDepth: limits.xmlDepth)
        var tables: [TableRows] = []
        /// Paragraphs nest where a text box stands in one.
        var paragraphs: [Paragraph] = []
        while let node = try reader.next() {
            switch (node, reader.name) {
            case (.start, "p"): paragraphs.append(Paragraph())
            case (.end, "p"):
                guard let paragraph = paragraphs.popLast() else { break }
                if !tables.isEmpty {
                    tables[tables.count - 1].addText(paragraph.text)
                } else if let level = paragraph.level ?? styles.level(of: paragraph.style) {
                    try builder.addHeading(paragraph.text, level: level)
                } else {
                    try builder.add(paragraph.text)
                }
            case (.start, "pStyle"):
                let style = reader.attribute(local: "val")
                if !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].style = style }
            case (.start, "outlineLvl"):
                let level = reader.attribute(local: "val").flatMap(Int.init)
                if let level, (0..<9).contains(level), !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].level = level + 1 }
            case (.start, "t"):
                let text = try reader.content()
                if !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += text }
            // `w:tab` is also a tab stop's definition, inside of `w:tabs`.
            case (.start, "tabs"), (.start, "Fallback"), (.start, "del"), (.start, "instrText"), (.start, "rPr"), (.start, "delText"):
                try reader.skip()
            case (.start, "tab"): if !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += "\t" }
            case (.start, "br"), (.start, "cr"): if !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += "\n" }
            case (.start, "noBreakHyphen"): if !paragraphs.isEmpty { paragraphs[paragraphs.count - 1].text += "-" }
            case (.start, "tbl"): tables.append(TableRows())
            case (.start, "tr"): if !tables.isEmpty { tables[tables.count - 1].startRow() }
            case (.start, "tc"): if !tables.isEmpty { tables[tables.count - 1].startCell() }
            case (.end, "tbl"):
                guard let table = tables.popLast() else { break }
                if tables.isEmpty { try table.add(to: &builder) } else { tables[tables.count - 1].addText(table.flat) }
            default: break
            }
        }
    }

    private struct Paragraph {
        var text = ""
        var style: String?
        var level: Int?
    }
}

/// Which paragraph styles are headings.
private struct WordStyles {
    private var levels: [String: Int] = [:]
    private var parents: [String: String] = [:]

    init(_ bytes: [UInt8]?, limits: ExtractionLimits) {
        guard let bytes, let reader = try? XMLPullReader(bytes, kind: "Word", maximumDepth: limits.xmlDepth) else { return }
        var style: String?
        while let node = try? reader.next() {
            guard node == .start else { continue }
            switch reader.name {
            case "style": style = reader.attribute("w:styleId") ?? reader.attribute(local: "styleId")
            case "basedOn": if let style { parents[style] = reader.attribute(local: "val") }
            case "name":
                guard let style, let name = reader.attribute(local: "val")?.lowercased() else { break }
                if name.hasPrefix("heading "), let level = Int(name.dropFirst(8)) { levels[style] = level }
                if name == "title" { levels[style] = 1 }
            case "outlineLvl":
                guard let style, let level = reader.attribute(local: "val").flatMap(Int.init), (0..<9).contains(level) else { break }
                levels[style] = level + 1
            default: break
            }
        }
    }

    func level(of style: String?) -> Int? {
        var style = style
        for _ in 0..<20 {
            guard let name = style else { return nil }
            if let level = levels[name] { return level }
            style = parents[name]
        }
        return nil
    }
}
