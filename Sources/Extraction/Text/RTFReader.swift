import Domain

/// Rich Text Format 1.9: text, table rows, title and author; pictures, styles and embedded objects are left out.
struct RTFReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let bytes = try TextFile.contents(of: request.path, limit: limits.wholeFileBytes)
        guard bytes.starts(with: Array("{\\rtf".utf8)) else { throw ExtractionFailure.damaged("RTF") }
        var parser = RTFParser(limits: limits)
        try parser.parse(bytes)
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        try await receive(.section(parser.metadata))
        try await receive(.text(parser.run))
    }
}

struct RTFParser {
    private enum Destination { case text, ignored, fontTable, title, author }

    /// What a group inherits and its end restores.
    private struct Group {
        var destination = Destination.text
        /// Characters that follow a `\u` for readers without Unicode.
        var substitutes = 1
        var font = 0
    }

    private static let deepestGroup = 2_000

    private(set) var metadata: JSONObject = [:]
    private var builder: TextBuilder
    private var group = Group()
    private var stack: [Group] = []
    private var fonts: [Int: Charset] = [:]
    private var charset = Charset.named("WINDOWS-1252") ?? .utf8
    /// Bytes of the current code page that are not decoded yet.
    private var bytes: [UInt8] = []
    private var block = ""
    private var property = ""
    private var skip = 0
    private var highSurrogate: UInt16?
    private var isInTable = false
    private var cells: [String] = []
    private var rows: [[String]] = []
    private var outlineLevel: Int?

    var run: TextRun { builder.run }

    init(limits: ExtractionLimits) { builder = TextBuilder(limit: limits.characters) }

    mutating func parse(_ input: [UInt8]) throws {
        var index = 0
        while index < input.count {
            let byte = input[index]
            index += 1
            switch byte {
            case UInt8(ascii: "{"):
                flushBytes()
                skip = 0
                guard stack.count < Self.deepestGroup else { throw ExtractionFailure.tooDeep }
                stack.append(group)
            case UInt8(ascii: "}"):
                flushBytes()
                skip = 0
                endGroup()
            case UInt8(ascii: "\\"): index = try control(input, at: index)
            case 0x0A, 0x0D: break
            default: addByte(byte)
            }
        }
        flushBytes()
        try endParagraph()
        try flushTable()
    }

    private mutating func endGroup() {
        let ended = group
        group = stack.popLast() ?? Group()
        if ended.destination == group.destination { return }
        let value = property.collapsingWhiteSpace
        if ended.destination == .title, !value.isEmpty { metadata["title"] = .string(String(value.prefix(500))) }
        if ended.destination == .author, !value.isEmpty { metadata["author"] = .string(String(value.prefix(500))) }
        if ended.destination == .title || ended.destination == .author { property = "" }
    }

    /// - Returns: where to go on.
    private mutating func control(_ input: [UInt8], at start: Int) throws -> Int {
        guard start < input.count else { return start }
        var index = start
        let first = input[index]
        guard Self.isLetter(first) else {
            index += 1
            switch first {
            case UInt8(ascii: "'"):
                guard index + 2 <= input.count, let value = UInt8(String(decoding: input[index..<index + 2], as: UTF8.self), radix: 16) else {
                    return index
                }
                addByte(value)
                return index + 2
            case UInt8(ascii: "*"): group.destination = .ignored
            case UInt8(ascii: "~"): add("\u{A0}")
            case UInt8(ascii: "_"): add("-")
            case UInt8(ascii: "\\"), UInt8(ascii: "{"), UInt8(ascii: "}"): addByte(first)
            case 0x0A, 0x0D: try word("par", nil)
            default: break
            }
            return index
        }
        while index < input.count, Self.isLetter(input[index]), index - start < 32 { index += 1 }
        let name = String(decoding: input[start..<index], as: UTF8.self)
        let numberStart = index
        if index < input.count, input[index] == UInt8(ascii: "-") { index += 1 }
        while index < input.count, (0x30...0x39).contains(input[index]), index - numberStart < 11 { index += 1 }
        let number = Int(String(decoding: input[numberStart..<index], as: UTF8.self))
        if index < input.count, input[index] == 0x20 { index += 1 }
        if name == "bin" { return min(input.count, index + max(0, number ?? 0)) }
        if name == "u" {
            flushBytes()
            addUnicode(number ?? 0)
            skip = group.substitutes
            return index
        }
        try word(name, number)
        return index
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

    private mutating func word(_ name: String, _ number: Int?) throws {
        flushBytes()
        skip = 0
        switch name {
        case "fonttbl": group.destination = .fontTable
        case "title": if group.destination == .ignored { group.destination = .title }
        case "author": if group.destination == .ignored { group.destination = .author }
        case "info", "colortbl", "stylesheet", "pict", "object", "header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf",
            "fldinst", "listtable", "listoverridetable", "rsidtbl", "themedata", "datastore", "latentstyles", "nonshppict", "xmlnstbl", "filetbl",
            "revtbl":
            group.destination = .ignored
        case "shppict", "upr", "fldrslt": break
        case "ansicpg": if let number { charset = Charset.named(number == 949 ? "CP949" : "CP\(number)") ?? charset }
        case "uc": group.substitutes = min(max(number ?? 1, 0), 100)
        case "f": group.font = number ?? 0
        case "fcharset": if group.destination == .fontTable { fonts[group.font] = number.flatMap(Self.charset) }
        case "plain": group.font = 0
        case "par", "sect", "page", "column": try endParagraph()
        case "line": add("\n")
        case "tab": add("\t")
        case "pard":
            isInTable = false
            outlineLevel = nil
        case "intbl": isInTable = true
        case "outlinelevel": outlineLevel = number.flatMap { (0..<9).contains($0) ? $0 + 1 : nil }
        case "cell", "nestcell":
            guard group.destination == .text else { break }
            cells.append(block)
            block = ""
        case "row", "nestrow":
            guard group.destination == .text else { break }
            rows.append(cells)
            cells = []
        case "emdash": add("—")
        case "endash": add("–")
        case "bullet": add("•")
        case "lquote": add("‘")
        case "rquote": add("’")
        case "ldblquote": add("“")
        case "rdblquote": add("”")
        case "emspace", "enspace", "qmspace": add(" ")
        default: break
        }
    }

    private static func charset(_ number: Int) -> Charset? {
        let pages = [
            128: "CP932", 129: "CP949", 134: "GB18030", 136: "CP950", 161: "CP1253", 162: "CP1254", 163: "CP1258", 177: "CP1255", 178: "CP1256",
            186: "CP1257",
            204: "CP1251", 222: "CP874", 238: "CP1250",
        ]
        return pages[number].flatMap(Charset.named)
    }

    private mutating func addByte(_ byte: UInt8) {
        if skip > 0 {
            skip -= 1
            return
        }
        if group.destination != .ignored, group.destination != .fontTable { bytes.append(byte) }
    }

    private mutating func flushBytes() {
        guard !bytes.isEmpty else { return }
        let text: String
        if bytes.allSatisfy({ $0 < 0x80 }) {
            text = String(decoding: bytes, as: UTF8.self)
        } else {
            text = CharsetConverter.decode(bytes, as: fonts[group.font] ?? charset)
        }
        bytes.removeAll(keepingCapacity: true)
        append(text)
    }

    private mutating func add(_ text: String) {
        flushBytes()
        append(text)
    }

    private mutating func append(_ text: String) {
        switch group.destination {
        case .text: block += text
        case .title, .author: property += text
        case .ignored, .fontTable: break
        }
    }

    /// UTF-16 code units, as signed numbers.
    private mutating func addUnicode(_ number: Int) {
        let unit = UInt16(truncatingIfNeeded: number)
        if let high = highSurrogate {
            highSurrogate = nil
            if UTF16.isTrailSurrogate(unit) { return append(String(decoding: [high, unit], as: UTF16.self)) }
        }
        if UTF16.isLeadSurrogate(unit) {
            highSurrogate = unit
        } else {
            append(String(decoding: [unit], as: UTF16.self))
        }
    }

    private mutating func endParagraph() throws {
        guard group.destination == .text || stack.isEmpty else { return }
        if isInTable || !cells.isEmpty {
            block += "\n"
            return
        }
        try flushTable()
        if let outlineLevel { try builder.addHeading(block, level: outlineLevel) } else { try builder.add(block, separator: "\n") }
        block = ""
    }

    private mutating func flushTable() throws {
        if !cells.isEmpty { rows.append(cells) }
        cells = []
        if !rows.isEmpty { try builder.addTable(rows) }
        rows = []
    }
}
