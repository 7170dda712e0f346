import Domain

/// Excel workbooks (ECMA-376 SpreadsheetML), one section a sheet: `Sheet: S1` and a line for each row, values as Excel
/// shows them. Formulas give their stored result, else
/// themselves.
struct XLSXReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let archive = try ZipArchive(path: request.path, kind: "Excel", limits: limits) { name in
            if name == "docProps/core.xml" || name == "_rels/.rels" { return true }
            guard name.hasPrefix("xl/"), name.hasSuffix(".xml") || name.hasSuffix(".rels") else { return false }
            return !name.hasPrefix("xl/theme/") && !name.hasPrefix("xl/drawings/") && !name.hasPrefix("xl/charts/")
        }
        guard let bytes = archive["xl/workbook.xml"] else { throw ExtractionFailure.damaged("Excel", "it has no workbook part.") }
        let workbook = try Workbook(bytes, limits: limits)
        let relationships = try PackageRelationships(of: "xl/workbook.xml", in: archive, kind: "Excel", limits: limits)
        let strings = try sharedStrings(archive["xl/sharedStrings.xml"])
        let formats = try SpreadsheetStyles(archive["xl/styles.xml"], usesEpoch1904: workbook.usesEpoch1904, limits: limits)
        let properties = DocumentProperties(archive["docProps/core.xml"], kind: "Excel", limits: limits).metadata
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        var characters = 0
        for sheet in workbook.sheets {
            guard let part = relationships.targets[sheet.relationship]?.part, let bytes = archive[part] else { continue }
            var builder = TextBuilder(limit: limits.characters - characters)
            try builder.add("Sheet: \(sheet.name)")
            let rows = try SheetRows(bytes, strings: strings, styles: formats, limits: limits).rows
            guard rows.contains(where: { !$0.isEmpty }) else { continue }
            try builder.addSheet(rows)
            characters += builder.count
            try await receive(.section(properties.merging(["sheet": .string(sheet.name)])))
            try await receive(.text(builder.run))
        }
    }

    /// A string is in one piece or in runs; phonetic guides are not part of it.
    private func sharedStrings(_ bytes: [UInt8]?) throws -> [String] {
        guard let bytes else { return [] }
        let reader = try XMLPullReader(bytes, kind: "Excel", maximumDepth: limits.xmlDepth)
        var strings: [String] = []
        while let node = try reader.next() {
            if node == .start, reader.name == "si" { strings.append(try SheetRows.richText(reader)) }
        }
        return strings
    }
}

/// The list of sheets.
private struct Workbook {
    private(set) var sheets: [(name: String, relationship: String)] = []
    private(set) var usesEpoch1904 = false

    init(_ bytes: [UInt8], limits: ExtractionLimits) throws {
        let reader = try XMLPullReader(bytes, kind: "Excel", maximumDepth: limits.xmlDepth)
        while let node = try reader.next() {
            guard node == .start else { continue }
            switch reader.name {
            case "sheet":
                guard let name = reader.attribute("name") else { break }
                sheets.append((name, reader.attribute("r:id") ?? reader.attribute(local: "id") ?? ""))
            case "workbookPr": usesEpoch1904 = ["1", "true"].contains(reader.attribute("date1904") ?? "")
            default: break
            }
        }
    }
}

/// The rows of one sheet, as text.
private struct SheetRows {
    /// Excel's own limit.
    private static let columns = 16_384

    private(set) var rows: [[String]] = []
    private let strings: [String]
    private let styles: SpreadsheetStyles

    init(_ bytes: [UInt8], strings: [String], styles: SpreadsheetStyles, limits: ExtractionLimits) throws {
        self.strings = strings
        self.styles = styles
        let reader = try XMLPullReader(bytes, kind: "Excel", maximumDepth: limits.xmlDepth)
        var row: [String] = []
        var characters = 0
        while let node = try reader.next() {
            switch (node, reader.name) {
            case (.start, "row"): row = []
            case (.end, "row"):
                rows.append(row)
                row = []
            case (.start, "c"):
                let column = reader.attribute("r").flatMap(Self.column) ?? row.count
                let text = try cell(reader)
                guard !text.isEmpty, column < Self.columns else { break }
                characters += text.unicodeScalars.count
                guard characters <= limits.characters else { throw ExtractionFailure.tooMuchText }
                // A lone cell far to the right does not need all the blanks before it.
                while row.count < min(column, row.count + 64) { row.append("") }
                row.append(text)
            case (.start, "conditionalFormatting"), (.start, "dataValidations"): try reader.skip()
            default: break
            }
        }
    }

    private func cell(_ reader: XMLPullReader) throws -> String {
        let type = reader.attribute("t") ?? "n"
        let style = reader.attribute("s").flatMap(Int.init)
        var value = ""
        var formula = ""
        while let node = try reader.next() {
            switch (node, reader.name) {
            case (.start, "v"): value = try reader.content()
            case (.start, "f"): formula = try reader.content()
            case (.start, "is"): value = try Self.richText(reader)
            case (.start, _): try reader.skip()
            case (.end, _):
                // A program that does not compute stores the formula alone.
                return value.isEmpty && !formula.isEmpty ? "=" + formula : text(value, type: type, style: style)
            case (.text, _): break
            }
        }
        return ""
    }

    private func text(_ value: String, type: String, style: Int?) -> String {
        switch type {
        case "s": return Int(value).flatMap { strings.indices.contains($0) ? strings[$0] : nil } ?? ""
        case "b": return value == "1" ? "TRUE" : "FALSE"
        case "n": return styles.text(value, style: style)
        default: return value
        }
    }

    /// The text of the `si` or `is` that has just started.
    static func richText(_ reader: XMLPullReader) throws -> String {
        var text = ""
        var depth = 1
        while depth > 0, let node = try reader.next() {
            switch (node, reader.name) {
            case (.start, "t"): text += try reader.content()
            case (.start, "rPh"): try reader.skip()
            case (.start, _): depth += 1
            case (.end, _): depth -= 1
            case (.text, _): break
            }
        }
        return text
    }

    /// `AB12` is 27.
    private static func column(_ reference: String) -> Int? {
        var column = 0
        for byte in reference.utf8 {
            guard (0x41...0x5A).contains(byte) else { break }
            column = column * 26 + Int(byte - 0x40)
            guard column <= columns else { return nil }
        }
        return column > 0 ? column - 1 : nil
    }
}

/// Which number format each cell style has.
private struct SpreadsheetStyles {
    private var formats: [NumberFormat] = []
    private let usesEpoch1904: Bool

    init(_ bytes: [UInt8]?, usesEpoch1904: Bool, limits: ExtractionLimits) throws {
        self.usesEpoch1904 = usesEpoch1904
        guard let bytes else { return }
        let reader = try XMLPullReader(bytes, kind: "Excel", maximumDepth: limits.xmlDepth)
        var codes: [Int: String] = [:]
        var isInCellFormats = false
        while let node = try reader.next() {
            switch (node, reader.name) {
            case (.start, "numFmt"):
                if let id = reader.attribute("numFmtId").flatMap(Int.init) { codes[id] = reader.attribute("formatCode") }
            case (.start, "cellXfs"): isInCellFormats = true
            case (.end, "cellXfs"): isInCellFormats = false
            case (.start, "xf") where isInCellFormats:
                let id = reader.attribute("numFmtId").flatMap(Int.init) ?? 0
                formats.append(NumberFormat(codes[id] ?? NumberFormat.builtIn[id] ?? "General"))
            default: break
            }
        }
    }

    func text(_ value: String, style: Int?) -> String {
        guard let number = Double(value) else { return value }
        guard let style, formats.indices.contains(style) else { return NumberFormat.general(number) }
        return formats[style].text(number, usesEpoch1904: usesEpoch1904)
    }
}

extension TextBuilder {
    /// A sheet: what stands alone above the table is its caption, and blank rows separate tables.
    mutating func addSheet(_ rows: [[String]]) throws {
        var table: [[String]] = []
        var isFirst = true
        func flush(_ builder: inout TextBuilder) throws {
            try builder.addTable(table, separator: isFirst ? "\n" : "\n\n")
            if !table.isEmpty { isFirst = false }
            table = []
        }
        for row in rows {
            let filled = row.count { !$0.isEmpty }
            if filled == 0 || (filled == 1 && table.isEmpty && rows.contains { $0.count > 1 }) {
                try flush(&self)
                if filled == 1 {
                    table = [row]
                    try flush(&self)
                }
            } else {
                table.append(row)
            }
        }
        try flush(&self)
    }
}
