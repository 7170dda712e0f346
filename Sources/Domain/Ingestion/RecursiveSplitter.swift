/// Cuts a text into pieces of at most `size`: at paragraphs where possible, else at lines, else at words, else between
/// characters, with up to `overlap` of the previous piece repeated.
///
/// The rules are those of LangChain's `RecursiveCharacterTextSplitter` with its default separators, separators kept in
/// front and white space stripped; what differs: a character is a grapheme cluster, and `\r\n` counts as a line end. It
/// works on a stream: memory depends on `size`, not on the text.
///
/// That is possible because its recursion only ever joins neighbours of one level: a piece that fits waits for the next
/// one, a piece that has grown to `size` is handed to the next level at once, whatever follows.
struct RecursiveSplitter {
    let size: Int
    /// The size of a text in the unit of `size`; `nil` counts Unicode scalars.
    let measure: (@Sendable (String) -> Int)?

    /// One separator: paragraph, line or word.
    private struct Level {
        /// The piece that is being read, as long as it is smaller than `size`.
        var pending: [TextAtom] = []
        var pendingSize = 0
        /// Whether the current piece is too large and goes to the next level.
        var isDescending = false
    }

    private var levels = [Level](repeating: Level(), count: 3)
    private var mergers: [PieceMerger]
    /// The last character of a long word, which the next atom may still extend.
    private var tail: TextCut?

    init(size: Int, overlap: Int, measure: (@Sendable (String) -> Int)?) {
        self.size = size
        self.measure = measure
        mergers = [PieceMerger](repeating: PieceMerger(size: size, overlap: overlap), count: 4)
    }

    mutating func add(_ atom: TextAtom, in window: borrowing TextWindow, to cuts: inout [TextCut]) {
        add(atom, level: 0, in: window, to: &cuts)
    }

    /// Ends the text.
    mutating func finish(in window: borrowing TextWindow, to cuts: inout [TextCut]) {
        finish(level: 0, in: window, to: &cuts)
    }

    /// The first byte that is still needed, if any.
    var firstByte: Int? {
        var first = tail?.start
        for level in levels {
            if let start = level.pending.first?.cut.start { first = min(first ?? start, start) }
        }
        for merger in mergers {
            if let start = merger.firstByte { first = min(first ?? start, start) }
        }
        return first
    }

    private mutating func add(_ atom: TextAtom, level: Int, in window: borrowing TextWindow, to cuts: inout [TextCut]) {
        guard level < levels.count else { return addCharacters(of: atom, in: window, to: &cuts) }
        if atom.strength.rawValue <= level { endPiece(level: level, in: window, to: &cuts) }
        if levels[level].isDescending { return add(atom, level: level + 1, in: window, to: &cuts) }
        levels[level].pending.append(atom)
        levels[level].pendingSize += atom.size
        guard levels[level].pendingSize >= size else { return }
        mergers[level].flush(to: &cuts)
        let atoms = levels[level].pending
        levels[level] = Level(isDescending: true)
        for atom in atoms { add(atom, level: level + 1, in: window, to: &cuts) }
    }

    private mutating func endPiece(level: Int, in window: borrowing TextWindow, to cuts: inout [TextCut]) {
        if levels[level].isDescending {
            finish(level: level + 1, in: window, to: &cuts)
        } else if let first = levels[level].pending.first, let last = levels[level].pending.last {
            let scalars = last.cut.scalarStart + last.cut.scalars - first.cut.scalarStart
            mergers[level].add(
                TextCut(start: first.cut.start, end: last.cut.end, scalarStart: first.cut.scalarStart, scalars: scalars),
                size: levels[level].pendingSize, to: &cuts)
        }
        levels[level].isDescending = false
        levels[level].pending.removeAll(keepingCapacity: true)
        levels[level].pendingSize = 0
    }

    private mutating func finish(level: Int, in window: borrowing TextWindow, to cuts: inout [TextCut]) {
        if level < levels.count {
            endPiece(level: level, in: window, to: &cuts)
        } else if let tail {
            addCharacter(tail, in: window, to: &cuts)
            self.tail = nil
        }
        mergers[level].flush(to: &cuts)
    }

    private mutating func addCharacters(of atom: TextAtom, in window: borrowing TextWindow, to cuts: inout [TextCut]) {
        let start = tail ?? TextCut(start: atom.cut.start, end: atom.cut.start, scalarStart: atom.cut.scalarStart, scalars: 0)
        var position = (byte: start.start, scalar: start.scalarStart)
        tail = nil
        for character in window.text(start.start..<atom.cut.end) {
            if let tail { addCharacter(tail, in: window, to: &cuts) }
            let scalars = character.unicodeScalars.count
            let end = position.byte + character.utf8.count
            tail = TextCut(start: position.byte, end: end, scalarStart: position.scalar, scalars: scalars)
            position = (end, position.scalar + scalars)
        }
        // A "character" of endless combining marks is no text that anybody wrote: it is cut like any other.
        if let tail, tail.scalars > size {
            addCharacter(tail, in: window, to: &cuts)
            self.tail = nil
        }
    }

    private mutating func addCharacter(_ cut: TextCut, in window: borrowing TextWindow, to cuts: inout [TextCut]) {
        guard cut.scalars > size else {
            let length = measure.map { $0(window.text(cut.start..<cut.end)) } ?? cut.scalars
            return mergers[3].add(cut, size: length, to: &cuts)
        }
        var start = cut.start
        for index in 0..<cut.scalars {
            var end = start + 1
            while end < cut.end, window[end] & 0xC0 == 0x80 { end += 1 }
            mergers[3].add(TextCut(start: start, end: end, scalarStart: cut.scalarStart + index, scalars: 1), size: 1, to: &cuts)
            start = end
        }
    }
}

/// Joins neighbouring pieces of one level up to `size`, keeping up to `overlap` of the last ones for the next.
private struct PieceMerger {
    let size: Int
    let overlap: Int
    private var pieces: [(cut: TextCut, size: Int)] = []
    /// Pieces before this are done with; they are removed now and then.
    private var first = 0
    private var total = 0

    init(size: Int, overlap: Int) {
        self.size = size
        self.overlap = overlap
    }

    var firstByte: Int? { first < pieces.count ? pieces[first].cut.start : nil }

    mutating func add(_ cut: TextCut, size length: Int, to cuts: inout [TextCut]) {
        if total + length > size, first < pieces.count {
            emit(to: &cuts)
            while total > overlap || (total + length > size && total > 0) {
                total -= pieces[first].size
                first += 1
            }
            if first > 4096 {
                pieces.removeFirst(first)
                first = 0
            }
        }
        pieces.append((cut, length))
        total += length
    }

    mutating func flush(to cuts: inout [TextCut]) {
        emit(to: &cuts)
        pieces.removeAll(keepingCapacity: true)
        first = 0
        total = 0
    }

    private func emit(to cuts: inout [TextCut]) {
        guard first < pieces.count, let last = pieces.last else { return }
        let start = pieces[first].cut
        cuts.append(
            TextCut(
                start: start.start, end: last.cut.end, scalarStart: start.scalarStart,
                scalars: last.cut.scalarStart + last.cut.scalars - start.scalarStart))
    }
}
