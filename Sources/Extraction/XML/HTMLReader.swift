import CXML2
import Domain

/// HTML pages: the text that a browser shows, with title, headings and tables, without scripts and styles.
struct HTMLReader: FormatReader {
    let limits: ExtractionLimits

    func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        let bytes = try TextFile.contents(of: request.path, limit: limits.wholeFileBytes)
        guard let text = Self.decode(bytes) else { throw ExtractionFailure.binary(request.filename) }
        let page = try HTMLPage(text, limits: limits)
        try await receive(.document(separator: "\n\n", hasMarkdownHeadings: false))
        try await receive(.section(page.title.isEmpty ? [:] : ["title": .string(page.title)]))
        try await receive(.text(page.run))
    }

    /// By byte order mark, by what the page says in its first bytes, by guess.
    private static func decode(_ bytes: [UInt8]) -> String? {
        if let charset = Charset.marked(bytes) { return CharsetConverter.decode(bytes, as: charset) }
        var validator = UTF8Validator()
        bytes.withUnsafeBytes { validator.add($0) }
        if validator.isValid, !bytes.contains(0) { return String(decoding: bytes, as: UTF8.self) }
        let head = String(decoding: bytes.prefix(4096), as: UTF8.self).lowercased()
        if let range = head.firstRange(of: "charset=") {
            let label = head[range.upperBound...].drop { $0 == "\"" || $0 == "'" || $0 == " " }.prefix {
                $0.isLetter || $0.isNumber || "-_".contains($0)
            }
            if let charset = Charset.named(String(label)), charset != .utf8 { return CharsetConverter.decode(bytes, as: charset) }
        }
        var detector = CharsetDetector()
        bytes.withUnsafeBytes { detector.add($0) }
        return detector.charset().map { CharsetConverter.decode(bytes, as: $0) }
    }
}

/// The text of one HTML page.
struct HTMLPage {
    private(set) var title = ""
    private var builder: TextBuilder
    private var block = ""
    private var separator = "\n\n"
    private var tables: [TableRows] = []
    /// `pre` elements around the current place.
    private var preformatted = 0
    private var heading: Int?

    var run: TextRun { builder.run }

    init(_ html: String, limits: ExtractionLimits, showsTitle: Bool = true) throws {
        builder = TextBuilder(limit: limits.characters)
        let bytes = Array(html.utf8)
        guard bytes.count < Int(Int32.max) else { throw ExtractionFailure.tooLarge(limits.wholeFileBytes) }
        let options: [htmlParserOption] = [
            HTML_PARSE_RECOVER, HTML_PARSE_NOERROR, HTML_PARSE_NOWARNING, HTML_PARSE_NONET, HTML_PARSE_COMPACT, HTML_PARSE_IGNORE_ENC,
        ]
        let flags = options.reduce(Int32(0)) { $0 | Int32(bitPattern: $1.rawValue) }
        xmlResetLastError()
        let document = bytes.withUnsafeBytes { buffer in
            htmlReadMemory(buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(buffer.count), nil, "UTF-8", flags)
        }
        // A page of nothing has no tree.
        guard let document else { return }
        defer { xmlFreeDoc(document) }
        // The parser drops what is nested deeper than it goes: better no text than a part of it.
        if xmlGetLastError().flatMap({ $0.pointee.message }).map({ String(cString: $0).contains("depth") }) == true {
            throw ExtractionFailure.tooDeep
        }
        if showsTitle { try findTitle(xmlDocGetRootElement(document)) }
        try walk(xmlDocGetRootElement(document))
        try endBlock()
    }

    private mutating func findTitle(_ root: xmlNodePtr?) throws {
        var node = root?.pointee.children
        while let current = node, Self.name(current) != "head" { node = current.pointee.next }
        node = node?.pointee.children
        while let current = node {
            if Self.name(current) == "title" {
                title = String(Self.content(current).collapsingWhiteSpace.prefix(500))
                return try builder.add(title)
            }
            node = current.pointee.next
        }
    }

    /// Depth first, without recursion: pages nest as deep as they like.
    private mutating func walk(_ root: xmlNodePtr?) throws {
        guard let root else { return }
        var node = root
        while true {
            if try enter(node), let child = node.pointee.children {
                node = child
                continue
            }
            try leave(node)
            while node.pointee.next == nil {
                guard node != root, let parent = node.pointee.parent, parent.pointee.type == XML_ELEMENT_NODE else { return }
                node = parent
                try leave(node)
                if node == root { return }
            }
            guard node != root, let next = node.pointee.next else { return }
            node = next
        }
    }

    /// Whether to look at the children.
    private mutating func enter(_ node: xmlNodePtr) throws -> Bool {
        if node.pointee.type == XML_TEXT_NODE || node.pointee.type == XML_CDATA_SECTION_NODE {
            try add(Self.content(node))
            return false
        }
        guard node.pointee.type == XML_ELEMENT_NODE else { return false }
        let name = Self.name(node)
        if Self.hidden.contains(name) { return false }
        switch name {
        case "br": try addBreak()
        case "table":
            if !tables.isEmpty || Self.isDataTable(node) {
                if tables.isEmpty { try endBlock(then: "\n\n") }
                tables.append(TableRows())
            } else {
                try endBlock(then: "\n\n")
            }
        case "tr" where !tables.isEmpty: tables[tables.count - 1].startRow()
        case "td" where !tables.isEmpty, "th" where !tables.isEmpty: tables[tables.count - 1].startCell()
        case "pre":
            try endBlock(then: "\n\n")
            preformatted += 1
        case "h1", "h2", "h3", "h4", "h5", "h6":
            try endBlock(then: "\n\n")
            if tables.isEmpty { heading = Int(name.dropFirst()) }
        default: try separate(name)
        }
        return true
    }

    private mutating func leave(_ node: xmlNodePtr) throws {
        guard node.pointee.type == XML_ELEMENT_NODE else { return }
        let name = Self.name(node)
        if Self.hidden.contains(name) { return }
        switch name {
        case "table" where !tables.isEmpty:
            let table = tables.removeLast()
            if tables.isEmpty { try table.add(to: &builder) } else { tables[tables.count - 1].addText(table.flat) }
        case "pre":
            try endBlock(then: "\n\n")
            preformatted -= 1
        case "h1", "h2", "h3", "h4", "h5", "h6": try endBlock(then: "\n\n")
        default: try separate(name)
        }
    }

    private mutating func separate(_ name: String) throws {
        if Self.paragraphs.contains(name) { try endBlock(then: "\n\n") } else if Self.lines.contains(name) { try endBlock(then: "\n") }
    }

    private mutating func add(_ text: String) throws {
        if !tables.isEmpty { return tables[tables.count - 1].append(text) }
        if preformatted > 0 {
            block += text
            return
        }
        // White space collapses as in a browser, also over element borders.
        var text = text[...].unicodeScalars
        while let first = text.first {
            if first.properties.isWhitespace, first != "\u{A0}", first != "\u{3000}" {
                text = text.drop { $0.properties.isWhitespace && $0 != "\u{A0}" && $0 != "\u{3000}" }
                if let last = block.unicodeScalars.last, last != " ", last != "\n" { block += " " }
            } else {
                let word = text.prefix { !$0.properties.isWhitespace || $0 == "\u{A0}" || $0 == "\u{3000}" }
                block.unicodeScalars.append(contentsOf: word)
                text = text.dropFirst(word.count)
            }
        }
    }

    private mutating func addBreak() throws {
        if !tables.isEmpty { return tables[tables.count - 1].append("\n") }
        while block.last == " " { block.removeLast() }
        block += "\n"
    }

    /// Ends the current block. The next one stands at least as far off as `next` says.
    private mutating func endBlock(then next: String = "\n\n") throws {
        guard tables.isEmpty else { return tables[tables.count - 1].append(" ") }
        if block.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) {
            if let heading { try builder.addHeading(block, level: heading) } else { try builder.add(block, separator: separator) }
            separator = next
        } else if next.utf8.count > separator.utf8.count {
            separator = next
        }
        block = ""
        heading = nil
    }

    // MARK: Elements

    private static let hidden: Set<String> = [
        "script", "style", "head", "noscript", "template", "svg", "iframe", "object", "canvas", "audio", "video", "select", "textarea", "map",
    ]
    private static let paragraphs: Set<String> = [
        "p", "ul", "ol", "dl", "blockquote", "section", "article", "header", "footer", "main", "nav", "aside", "form", "fieldset", "figure", "hr",
        "table", "body", "details", "address", "center",
    ]
    private static let lines: Set<String> = [
        "div", "li", "dt", "dd", "tr", "td", "th", "caption", "figcaption", "option", "summary", "legend", "title", "thead", "tbody", "tfoot",
    ]

    private static func name(_ node: xmlNodePtr) -> String {
        guard node.pointee.type == XML_ELEMENT_NODE, let name = node.pointee.name else { return "" }
        return String(cString: name)
    }

    private static func content(_ node: xmlNodePtr) -> String {
        if node.pointee.type != XML_ELEMENT_NODE { return node.pointee.content.map { String(cString: $0) } ?? "" }
        var result = ""
        var child = node.pointee.children
        while let current = child {
            if current.pointee.type == XML_TEXT_NODE { result += content(current) }
            child = current.pointee.next
        }
        return result
    }

    /// A table with no table in it and a row of two cells. Others only lay the page out.
    private static func isDataTable(_ table: xmlNodePtr) -> Bool {
        var cells = 0
        var hasRow = false
        var node = table.pointee.children
        while let current = node {
            switch name(current) {
            case "table": return false
            case "tr": cells = 0
            case "td", "th":
                cells += 1
                if cells > 1 { hasRow = true }
            default: break
            }
            if let child = current.pointee.children {
                node = child
                continue
            }
            var place = current
            while place.pointee.next == nil, let parent = place.pointee.parent, parent != table { place = parent }
            node = place.pointee.next
        }
        return hasRow
    }
}
