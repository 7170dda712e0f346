/// Cuts a document into passages while it is being read. Memory depends on the chunk size, not on the text; how the text
/// is divided into runs makes no difference to the passages.
package struct StreamingChunker {
    private let options: ChunkingOptions
    private let measure: (@Sendable (String) -> Int)?
    private var output: ChunkAssembler
    private var hasMarkdownHeadings = true

    private var window = TextWindow()
    private var splitter: RecursiveSplitter
    private var cuts: [TextCut] = []
    /// The next byte that belongs to no atom yet, and its offset in the section in Unicode scalars.
    private var position = (byte: 0, scalar: 0)
    private var isLineStart = true
    /// Whether the line at `position` has been classified.
    private var isLineKnown = false
    /// Whether the newline before `position` is the first of a pair.
    private var isInPair = false

    private var headings = HeadingScanner()
    private var lastHeadingLevel: Int?
    private var isInHeading = false
    private var hasBody = false

    /// What the format marks in the text ahead, by byte offset.
    private var marks: [Mark] = []
    private var nextMark = 0
    private var endOfLargeTable: Int?

    private struct Mark {
        enum Kind {
            case heading(level: Int, title: String)
            case table(headerEnd: Int, end: Int)
        }

        var offset: Int
        var kind: Kind
    }

    /// Longest word, in bytes, that is one atom.
    private static let longestAtom = 4096

    init(options: ChunkingOptions, title: String, measure: (@Sendable (String) -> Int)?) {
        self.options = options
        self.measure = measure
        output = ChunkAssembler(title: title, size: options.size, minimum: options.minimum, measure: measure)
        splitter = RecursiveSplitter(size: options.size, overlap: options.overlap, measure: measure)
    }

    /// The passages that are complete after this event, in order.
    package mutating func receive(_ event: ExtractionEvent) -> [ChunkDraft] {
        switch event {
        case .document(_, let hasMarkdownHeadings):
            self.hasMarkdownHeadings = hasMarkdownHeadings
        case .section(let metadata):
            endSection()
            output.begin(metadata)
        case .text(let run):
            let start = window.end
            window.append(run.text)
            addMarks(of: run, at: start)
            advance(isFinal: false)
            window.forget(before: min(position.byte, splitter.firstByte ?? .max, output.firstByte ?? .max))
        }
        return output.take()
    }

    /// Ends the document: the passages that are left.
    package mutating func finish() -> [ChunkDraft] {
        endSection()
        output.flush()
        return output.take()
    }

    private mutating func endSection() {
        advance(isFinal: true)
        endPiece()
        splitter = normalSplitter
        position.scalar = 0
        isLineStart = true
        isLineKnown = false
        isInPair = false
        headings = HeadingScanner()
        lastHeadingLevel = nil
        isInHeading = false
        hasBody = false
        marks = []
        nextMark = 0
        endOfLargeTable = nil
        output.endSection()
    }

    private var normalSplitter: RecursiveSplitter {
        RecursiveSplitter(size: options.size, overlap: options.overlap, measure: measure)
    }

    /// Passages never reach over this point.
    private mutating func endPiece() {
        splitter.finish(in: window, to: &cuts)
        emitCuts()
    }

    private mutating func emitCuts() {
        for cut in cuts { output.add(cut, in: window) }
        cuts.removeAll(keepingCapacity: true)
    }

    /// Reads atoms as far as what they are is certain.
    private mutating func advance(isFinal: Bool) {
        while position.byte < window.end {
            if let end = endOfLargeTable, position.byte >= end { endLargeTable() }
            handleMarks()
            if isLineStart, !isLineKnown, hasMarkdownHeadings {
                guard classifyLine(isFinal: isFinal) else { return }
            }
            guard let atom = nextAtom(isFinal: isFinal) else { return }
            position = (atom.cut.end, position.scalar + atom.cut.scalars)
            isLineStart = atom.strength < .word
            isLineKnown = false
            if isLineStart {
                isInHeading = false
            } else if !isInHeading, !hasBody, window.stripped(atom.cut) != nil {
                hasBody = true
            }
            splitter.add(atom, in: window, to: &cuts)
            if !cuts.isEmpty { emitCuts() }
        }
    }

    // MARK: Atoms

    private mutating func nextAtom(isFinal: Bool) -> TextAtom? {
        let start = position.byte
        let lineEnd = lineEndLength(at: start)
        if lineEnd == nil, !isFinal { return nil }
        if let length = lineEnd, length > 0 {
            let following = lineEndLength(at: start + length)
            if following == nil, !isFinal { return nil }
            let isPair = !isInPair && (following ?? 0) > 0
            isInPair = isPair
            return atom(to: start + length, strength: isPair ? .paragraph : .line)
        }
        isInPair = false
        let isWord = window[start] == 0x20
        var end = start + 1
        let limit = min(window.end, start + Self.longestAtom)
        while end < limit, window[end] != 0x20, window[end] != 0x0A, window[end] != 0x0D { end += 1 }
        if end == window.end, end < start + Self.longestAtom, !isFinal { return nil }
        if end == start + Self.longestAtom {
            while end < window.end, end > start + 1, window[end] & 0xC0 == 0x80 { end -= 1 }
        }
        return atom(to: end, strength: isWord ? .word : .continuation)
    }

    /// Bytes of the line end at `offset`: 1 for `\n`, 2 for `\r\n`, 0 for anything else, `nil` when too little is known.
    private func lineEndLength(at offset: Int) -> Int? {
        guard offset < window.end else { return nil }
        switch window[offset] {
        case 0x0A: return 1
        case 0x0D: return offset + 1 < window.end ? (window[offset + 1] == 0x0A ? 2 : 0) : nil
        default: return 0
        }
    }

    private func atom(to end: Int, strength: TextAtom.Strength) -> TextAtom {
        let start = position.byte
        let scalars = window.scalarCount(start..<end)
        let cut = TextCut(start: start, end: end, scalarStart: position.scalar, scalars: scalars)
        return TextAtom(cut: cut, size: measure.map { $0(window.text(start..<end)) } ?? scalars, strength: strength)
    }

    // MARK: Headings

    /// Whether enough of the line is there to say what it is.
    private mutating func classifyLine(isFinal: Bool) -> Bool {
        var end = position.byte
        let limit = min(window.end, end + HeadingScanner.lookahead)
        while end < limit, window[end] != 0x0A { end += 1 }
        if end == window.end, end < position.byte + HeadingScanner.lookahead, !isFinal { return false }
        isLineKnown = true
        let first = window[position.byte]
        guard [0x20, 0x23, 0x60, 0x7E].contains(first) else { return true }
        let line = window.bytes[(position.byte - window.base)..<(end - window.base)]
        if case .heading(let level, let title) = headings.classify(line) { startHeading(level: level, title: title) }
        return true
    }

    private mutating func startHeading(level: Int, title: String) {
        let isJoined = !hasBody && lastHeadingLevel.map { level > $0 } ?? false
        if options.markdownHeadings, !isJoined { endPiece() }
        output.addHeading(level: level, title: title, at: position.byte, isJoined: isJoined)
        lastHeadingLevel = level
        isInHeading = true
        hasBody = false
    }

    // MARK: What the format marks

    private mutating func addMarks(of run: TextRun, at start: Int) {
        guard !run.headings.isEmpty || !run.tables.isEmpty else { return }
        let wanted = run.headings.map(\.offset) + run.tables.flatMap { [$0.offset, $0.headerEnd, $0.end] }
        let bytes = Self.byteOffsets(of: Set(wanted), in: run.text)
        if nextMark > 0 {
            marks.removeFirst(nextMark)
            nextMark = 0
        }
        for heading in run.headings {
            guard let offset = bytes[heading.offset] else { continue }
            marks.append(Mark(offset: start + offset, kind: .heading(level: heading.level, title: heading.title)))
        }
        for table in run.tables {
            guard let offset = bytes[table.offset], let headerEnd = bytes[table.headerEnd], let end = bytes[table.end] else { continue }
            marks.append(Mark(offset: start + offset, kind: .table(headerEnd: start + headerEnd, end: start + end)))
        }
        marks.sort { $0.offset < $1.offset }
    }

    private static func byteOffsets(of scalarOffsets: Set<Int>, in text: String) -> [Int: Int] {
        var result: [Int: Int] = [:]
        var scalars = 0
        var bytes = 0
        for byte in text.utf8 {
            if byte & 0xC0 != 0x80 {
                if scalarOffsets.contains(scalars) { result[scalars] = bytes }
                scalars += 1
            }
            bytes += 1
        }
        if scalarOffsets.contains(scalars) { result[scalars] = bytes }
        return result
    }

    private mutating func handleMarks() {
        while nextMark < marks.count, marks[nextMark].offset <= position.byte {
            let mark = marks[nextMark]
            nextMark += 1
            guard mark.offset == position.byte else { continue }
            switch mark.kind {
            case .heading(let level, let title):
                isLineKnown = true
                startHeading(level: level, title: title)
            case .table(let headerEnd, let end):
                startTable(headerEnd: headerEnd, end: end)
            }
        }
    }

    /// A table that does not fit into one passage gets its own, each with the header row.
    private mutating func startTable(headerEnd: Int, end: Int) {
        guard headerEnd > position.byte, headerEnd < end, end <= window.end else { return }
        let header = window.text(position.byte..<headerEnd)
        let headerSize = measure?(header) ?? header.unicodeScalars.count
        guard headerSize <= options.size / 2 else { return }
        output.addTable(bodyStart: headerEnd, end: end, header: header)
        let size = measure?(window.text(position.byte..<end)) ?? window.scalarCount(position.byte..<end)
        guard size > options.size * 3 / 4 else { return }
        endPiece()
        let room = max(1, options.size - headerSize - 1)
        splitter = RecursiveSplitter(size: room, overlap: min(options.overlap, room / 2), measure: measure)
        endOfLargeTable = end
    }

    private mutating func endLargeTable() {
        endPiece()
        splitter = normalSplitter
        endOfLargeTable = nil
    }
}
