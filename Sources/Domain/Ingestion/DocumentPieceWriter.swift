/// Turns the events of an extractor into pieces for the store, and computes what the document's key is made of.
package struct DocumentPieceWriter: Sendable {
    /// Bytes after which a piece is full.
    private let pieceSize: Int
    private var text = ""
    private var outline: [JSONValue] = []
    private var separator = ""
    private var sections = 0
    private var contentDigest: any StreamingDigest
    private var outlineDigest: any StreamingDigest
    /// Unicode scalars of the current section so far; the outline's digest must not depend on how text was cut into runs.
    private var sectionScalars = 0
    /// Whether anything but white space was seen.
    package private(set) var hasContent = false
    /// Bytes of the whole text so far.
    package private(set) var size = 0

    package init(pieceSize: Int = 256 << 10, makeDigest: DigestMaker) {
        self.pieceSize = pieceSize
        contentDigest = makeDigest()
        outlineDigest = makeDigest()
    }

    /// SHA-256 of the whole text.
    package var contentHash: String { contentDigest.hex() }
    /// SHA-256 of the sections, headings and tables.
    package var outlineHash: String { outlineDigest.hex() }

    /// - Returns: the pieces that are full now.
    package mutating func receive(_ event: ExtractionEvent) -> [DocumentPiece] {
        switch event {
        case .document(let separator, let hasMarkdownHeadings):
            self.separator = separator
            note(["d": .string(separator), "m": .bool(hasMarkdownHeadings)])
        case .section(let metadata):
            if sections > 0, !separator.isEmpty {
                add(separator)
                outline.append(["g": .int(separator.utf8.count)])
            }
            sections += 1
            sectionScalars = 0
            note(["s": .object(metadata)])
        case .text(let run):
            guard !run.text.isEmpty else { break }
            return receive(run)
        }
        return text.utf8.count >= pieceSize || outline.count >= Self.mostEntries ? [take()] : []
    }

    /// A piece with many small sections is full, too.
    private static let mostEntries = 8192

    /// The last piece; `nil` when nothing is left.
    package mutating func finish() -> DocumentPiece? {
        text.isEmpty && outline.isEmpty ? nil : take()
    }

    private mutating func receive(_ run: TextRun) -> [DocumentPiece] {
        var run = run
        // Databases end a text at its first NUL. A character for a character: no offset moves.
        if run.text.utf8.contains(0) { run.text = run.text.replacing("\0", with: "\u{FFFD}") }
        if !hasContent { hasContent = run.text.unicodeScalars.contains { !$0.properties.isWhitespace && $0 != "\u{FEFF}" } }
        var entry: JSONObject = ["t": .int(run.text.utf8.count)]
        if !run.headings.isEmpty {
            entry["h"] = .array(run.headings.map { [.int($0.level), .string($0.title), .int($0.offset)] })
            for heading in run.headings { outlineDigest.update("h\(heading.level) \(sectionScalars + heading.offset) \(heading.title)\n") }
        }
        if !run.tables.isEmpty {
            entry["b"] = .array(run.tables.map { [.int($0.offset), .int($0.headerEnd), .int($0.end)] })
            for table in run.tables {
                outlineDigest.update("b\(sectionScalars + table.offset) \(sectionScalars + table.headerEnd) \(sectionScalars + table.end)\n")
            }
        }
        sectionScalars += run.text.unicodeScalars.count
        add(run.text)
        outline.append(.object(entry))
        return text.utf8.count >= pieceSize || outline.count >= Self.mostEntries ? [take()] : []
    }

    private mutating func add(_ text: String) {
        contentDigest.update(text)
        size += text.utf8.count
        self.text += text
    }

    private mutating func note(_ entry: JSONValue) {
        outlineDigest.update("\(sectionScalars)" + entry.jsonText + "\n")
        outline.append(entry)
    }

    private mutating func take() -> DocumentPiece {
        defer {
            text = ""
            outline = []
        }
        return DocumentPiece(text: text, outline: .array(outline))
    }
}
