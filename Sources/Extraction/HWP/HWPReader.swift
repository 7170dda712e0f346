import Domain

/// Hangul documents of version 5 (Hancom's published format): text, tables, notes and text boxes of all sections, in the
/// order of the file. Formulas, charts, pictures and memos are not read; documents for distribution, whose text is
/// encrypted, and those of version 3 are refused.
struct HWPReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let bytes = try TextFile.contents(of: request.path, limit: limits.wholeFileBytes)
        guard let file = CompoundFile(bytes) else {
            if bytes.starts(with: Array("HWP Document File V3".utf8)) {
                throw AppError(.badRequest, "HWP documents of version 3 are not supported; save the file as HWP 5 or HWPX.")
            }
            throw ExtractionFailure.damaged("HWP")
        }
        guard let header = file["FileHeader"], header.starts(with: Array("HWP Document File".utf8)) else { throw Self.other(file) }
        let flags = CompoundFile.u32(header, 36)
        if flags & 0x2 != 0 { throw ExtractionFailure.encrypted("HWP") }
        if flags & 0x14 != 0 { throw AppError(.badRequest, "The HWP document is locked for distribution and cannot be read.") }
        let isCompressed = flags & 0x1 != 0
        var unpacked = 0
        func stream(_ name: String) throws -> [UInt8]? {
            guard let bytes = file[name] else { return nil }
            guard isCompressed else { return bytes }
            let result = try Inflater.inflate(bytes, limit: limits.unpackedBytes - unpacked)
            unpacked += result.count
            return result
        }
        let styles = HWPStyles(try stream("DocInfo") ?? [])
        let sections = file.names.compactMap { $0.hasPrefix("BodyText/Section") ? Int($0.dropFirst(16)) : nil }.sorted()
        guard !sections.isEmpty else { throw ExtractionFailure.damaged("HWP", "it has no text.") }
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        var characters = 0
        for number in sections {
            var text = HWPSectionText(styles: styles, limit: limits.characters - characters)
            let run = try text.parse(try stream("BodyText/Section\(number)") ?? [])
            guard !run.text.isEmpty else { continue }
            characters += run.text.unicodeScalars.count
            try await receive(.section([:]))
            try await receive(.text(run))
        }
    }

    /// What else comes as a compound file.
    static func other(_ file: CompoundFile) -> AppError {
        let names = Set(file.names)
        if names.contains("EncryptedPackage") { return ExtractionFailure.encrypted("Office") }
        if names.contains("WordDocument") { return ExtractionFailure.unsupported("application/msword") }
        if names.contains("Workbook") || names.contains("Book") { return ExtractionFailure.unsupported("application/vnd.ms-excel") }
        if names.contains("PowerPoint Document") { return ExtractionFailure.unsupported("application/vnd.ms-powerpoint") }
        return ExtractionFailure.damaged("HWP")
    }
}

/// The records of a stream: tag, level in the tree, and content.
struct HWPRecords: Sequence, IteratorProtocol {
    struct Record {
        let tag: Int
        let level: Int
        let content: [UInt8]
    }

    private let bytes: [UInt8]
    private var offset = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// `nil` at the end, or where the stream is cut off.
    mutating func next() -> Record? {
        guard offset + 4 <= bytes.count else { return nil }
        let header = CompoundFile.u32(bytes, offset)
        offset += 4
        var size = Int(header >> 20)
        if size == 0xFFF {
            guard offset + 4 <= bytes.count else { return nil }
            size = Int(CompoundFile.u32(bytes, offset))
            offset += 4
        }
        guard size <= bytes.count - offset else { return nil }
        defer { offset += size }
        return Record(tag: Int(header & 0x3FF), level: Int(header >> 10 & 0x3FF), content: Array(bytes[offset..<offset + size]))
    }
}

/// Which styles are headings, by their place in `DocInfo`.
struct HWPStyles {
    private var levels: [Int: Int] = [:]

    init(_ stream: [UInt8]) {
        for (index, record) in HWPRecords(stream).lazy.filter({ $0.tag == 0x1A }).enumerated() {
            let length = Int(CompoundFile.u16(record.content, 0))
            let units = (0..<Swift.min(length, 64)).map { CompoundFile.u16(record.content, 2 + 2 * $0) }
            if let level = HangulStyle.outlineLevel(String(decoding: units, as: UTF16.self)) { levels[index] = level }
        }
    }

    func level(_ style: Int) -> Int? { levels[style] }
}

/// The text of one `BodyText` section.
struct HWPSectionText {
    private enum Tag {
        static let paragraphHeader = 0x42
        static let paragraphText = 0x43
        static let control = 0x47
        static let list = 0x48
        static let table = 0x4D
    }

    private struct Table {
        /// Of its control record; everything deeper belongs to it.
        var level: Int
        /// Whether the caption, which comes first, is over.
        var hasStarted = false
        var cells: [(row: Int, column: Int, text: String)] = []
    }

    private let styles: HWPStyles
    private var builder: TextBuilder
    private var tables: [Table] = []
    private var paragraph = ""
    private var style = 0

    init(styles: HWPStyles, limit: Int) {
        self.styles = styles
        builder = TextBuilder(limit: limit)
    }

    mutating func parse(_ stream: [UInt8]) throws -> TextRun {
        for record in HWPRecords(stream) {
            switch record.tag {
            case Tag.paragraphHeader:
                try endParagraph()
                try leaveTables(above: record.level)
                style = record.content.count > 10 ? Int(record.content[10]) : 0
            case Tag.paragraphText: paragraph += Self.text(record.content)
            case Tag.control:
                try endParagraph()
                try leaveTables(above: record.level)
                // The four letters stand backwards: `tbl `.
                if CompoundFile.u32(record.content, 0) == 0x7462_6C20 { tables.append(Table(level: record.level)) }
            case Tag.table: if let last = tables.indices.last { tables[last].hasStarted = true }
            case Tag.list:
                try endParagraph()
                guard let last = tables.indices.last, tables[last].hasStarted, record.level == tables[last].level + 1 else { break }
                let column = Int(CompoundFile.u16(record.content, 8))
                let row = Int(CompoundFile.u16(record.content, 10))
                tables[last].cells.append((row, column, ""))
            default: break
            }
        }
        try endParagraph()
        try leaveTables(above: 0)
        return builder.run
    }

    private mutating func endParagraph() throws {
        defer { paragraph = "" }
        if let table = tables.indices.last, let cell = tables[table].cells.indices.last {
            if !tables[table].cells[cell].text.isEmpty, !paragraph.isEmpty { tables[table].cells[cell].text += "\n" }
            tables[table].cells[cell].text += paragraph
        } else if let level = styles.level(style) {
            try builder.addHeading(paragraph, level: level)
        } else {
            try builder.add(paragraph, separator: "\n")
        }
    }

    private mutating func leaveTables(above level: Int) throws {
        while let last = tables.last, level <= last.level {
            tables.removeLast()
            let rows = Dictionary(grouping: last.cells, by: \.row).sorted { $0.key < $1.key }
                .map { $0.value.sorted { $0.column < $1.column }.map(\.text) }
            if let outer = tables.indices.last, let cell = tables[outer].cells.indices.last {
                tables[outer].cells[cell].text += "\n" + rows.map { $0.joined(separator: " ") }.joined(separator: "\n")
            } else {
                var table = TableRows()
                for row in rows {
                    table.startRow()
                    for text in row {
                        table.startCell()
                        table.append(text)
                    }
                }
                try table.add(to: &builder)
            }
        }
    }

    /// UTF-16 with controls in between: one unit long, or eight units where something is inserted.
    private static func text(_ content: [UInt8]) -> String {
        var units: [UInt16] = []
        var index = 0
        let count = content.count / 2
        while index < count {
            let unit = CompoundFile.u16(content, 2 * index)
            index += 1
            switch unit {
            case 0, 13: break
            case 10: units.append(0x0A)
            case 24: units.append(0x2D)
            case 25...29: break
            case 30, 31: units.append(0x20)
            case 9:
                units.append(0x09)
                index += 7
            case 1...31: index += 7
            default: units.append(unit)
            }
        }
        return String(decoding: units, as: UTF16.self)
    }
}
