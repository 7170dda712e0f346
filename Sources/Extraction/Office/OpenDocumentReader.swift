import Domain

/// OpenDocument texts, spreadsheets and presentations (ISO/IEC 26300): one section for a text, else one for each sheet or
/// slide.
struct OpenDocumentReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let archive = try ZipArchive(path: request.path, kind: "OpenDocument", limits: limits) {
            ["content.xml", "meta.xml", "META-INF/manifest.xml"].contains($0)
        }
        if let manifest = archive["META-INF/manifest.xml"], String(decoding: manifest, as: UTF8.self).contains("encryption-data") {
            throw ExtractionFailure.encrypted("OpenDocument")
        }
        guard let content = archive["content.xml"] else { throw ExtractionFailure.damaged("OpenDocument", "it has no content part.") }
        let properties = DocumentProperties(archive["meta.xml"], kind: "OpenDocument", limits: limits).metadata
        var parser = OpenDocumentParser(limits: limits, properties: properties)
        let sections = try parser.sections(of: content)
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        for section in sections {
            try await receive(.section(section.metadata))
            try await receive(.text(section.run))
        }
    }
}

private struct OpenDocumentParser {
    let limits: ExtractionLimits
    let properties: JSONObject

    private var sections: [(run: TextRun, metadata: JSONObject)] = []
    private var builder: TextBuilder
    private var metadata: JSONObject
    private var tables: [Table] = []
    private var paragraphs: [(text: String, level: Int?)] = []
    private var slide = 0
    private var characters = 0
    private var isSpreadsheet = false
    /// Length of the caption that is ours: a section with nothing else is left out.
    private var head = 0

    private struct Table {
        var rows: [[String]] = []
        var rowRepeat = 1
        var cellRepeat = 1
        var cell = ""
    }

    init(limits: ExtractionLimits, properties: JSONObject) {
        self.limits = limits
        self.properties = properties
        metadata = properties
        builder = TextBuilder(limit: limits.characters)
    }

    mutating func sections(of content: [UInt8]) throws -> [(run: TextRun, metadata: JSONObject)] {
        let reader = try XMLPullReader(content, kind: "OpenDocument", maximumDepth: limits.xmlDepth)
        while let node = try reader.next() {
            switch node {
            case .start: try start(reader)
            case .end: try end(reader.qualifiedName)
            case .text: add(reader.text, collapses: true)
            }
        }
        endSection()
        return sections
    }

    private mutating func endSection() {
        if builder.count > head { sections.append((builder.run, metadata)) }
        head = 0
        characters += builder.count
        builder = TextBuilder(limit: max(0, limits.characters - characters))
        metadata = properties
    }

    private mutating func start(_ reader: XMLPullReader) throws {
        switch reader.qualifiedName {
        case "office:annotation", "text:tracked-changes", "office:forms", "office:scripts", "text:sequence-decls", "text:ruby-text", "svg:desc":
            try reader.skip()
        case "office:spreadsheet": isSpreadsheet = true
        case "text:p": paragraphs.append(("", nil))
        case "text:h": paragraphs.append(("", reader.attribute("text:outline-level").flatMap(Int.init) ?? 1))
        case "text:s": add(String(repeating: " ", count: min(reader.attribute("text:c").flatMap(Int.init) ?? 1, 200)), collapses: false)
        case "text:tab": add("\t", collapses: false)
        case "text:line-break": add("\n", collapses: false)
        case "draw:page":
            endSection()
            slide += 1
            metadata["slide"] = .int(slide)
            try builder.add("Slide \(slide):")
            head = builder.count
        case "table:table":
            if isSpreadsheet, tables.isEmpty {
                endSection()
                let name = reader.attribute("table:name") ?? ""
                metadata["sheet"] = .string(name)
                try builder.add("Sheet: \(name)")
                head = builder.count
            }
            tables.append(Table())
        case "table:table-row":
            guard !tables.isEmpty else { break }
            tables[tables.count - 1].rows.append([])
            tables[tables.count - 1].rowRepeat = reader.attribute("table:number-rows-repeated").flatMap(Int.init) ?? 1
        case "table:table-cell", "table:covered-table-cell":
            guard !tables.isEmpty else { break }
            tables[tables.count - 1].cell = ""
            tables[tables.count - 1].cellRepeat = reader.attribute("table:number-columns-repeated").flatMap(Int.init) ?? 1
        default: break
        }
    }

    private mutating func end(_ name: String) throws {
        switch name {
        case "text:p", "text:h":
            guard let paragraph = paragraphs.popLast() else { break }
            if !tables.isEmpty {
                let cell = tables[tables.count - 1].cell
                tables[tables.count - 1].cell = cell.isEmpty ? paragraph.text : cell + "\n" + paragraph.text
            } else if let level = paragraph.level {
                try builder.addHeading(paragraph.text, level: level)
            } else {
                try builder.add(paragraph.text, separator: slide > 0 ? "\n" : "\n\n")
            }
        case "table:table-cell", "table:covered-table-cell":
            guard let table = tables.indices.last, let row = tables[table].rows.indices.last else { break }
            // Thousands of repeated blanks fill a sheet's edge.
            let count = tables[table].cell.isEmpty ? min(tables[table].cellRepeat, 64) : min(tables[table].cellRepeat, 1024)
            characters += tables[table].cell.unicodeScalars.count * count
            guard characters <= limits.characters else { throw ExtractionFailure.tooMuchText }
            tables[table].rows[row] += Array(repeating: tables[table].cell, count: count)
        case "table:table-row":
            guard let table = tables.indices.last, let row = tables[table].rows.last else { break }
            let length = row.reduce(0) { $0 + $1.unicodeScalars.count }
            guard tables[table].rowRepeat > 1, length > 0 else { break }
            let count = min(tables[table].rowRepeat, 1 << 16) - 1
            characters += length * count
            guard characters <= limits.characters else { throw ExtractionFailure.tooMuchText }
            tables[table].rows += Array(repeating: row, count: count)
        case "table:table":
            guard let table = tables.popLast() else { break }
            if let outer = tables.indices.last {
                tables[outer].cell += table.rows.map { $0.joined(separator: " ") }.joined(separator: "\n")
            } else if isSpreadsheet {
                try builder.addSheet(table.rows)
            } else {
                try builder.addTable(table.rows)
            }
        default: break
        }
    }

    /// White space of the XML collapses; blanks that count are elements.
    private mutating func add(_ text: String, collapses: Bool) {
        guard let last = paragraphs.indices.last else { return }
        guard collapses else {
            paragraphs[last].text += text
            return
        }
        for scalar in text.unicodeScalars {
            if [" ", "\n", "\t", "\r"].contains(scalar) {
                if paragraphs[last].text.unicodeScalars.last != " " { paragraphs[last].text += " " }
            } else {
                paragraphs[last].text.unicodeScalars.append(scalar)
            }
        }
    }
}
