/// SentencePiece's unigram model: the cut with the highest sum of log probabilities (Viterbi).
struct UnigramTokenizer: TextTokenizer {
    enum Splitting: Sendable {
        /// Only at spaces, which become `▁`.
        case spaces
        /// At any white space, which is dropped; every word gets a `▁`.
        case whitespace
    }

    private let pieces: PieceTable
    private let scores: [Double]
    private let unknown: Int32
    private let unknownScore: Double
    private let added: AddedTokens
    private let characterMap: PrecompiledCharacterMap?
    private let collapsesSpaces: Bool
    private let splitting: Splitting

    /// - Parameter pieces: in the order of their ids.
    init(
        pieces: PieceTable, scores: [Double], unknown: Int32, added: AddedTokens, characterMap: PrecompiledCharacterMap?, collapsesSpaces: Bool,
        splitting: Splitting
    ) {
        self.pieces = pieces
        self.scores = scores
        self.unknown = unknown
        self.added = added
        self.characterMap = characterMap
        self.collapsesSpaces = collapsesSpaces
        self.splitting = splitting
        unknownScore = (scores.min() ?? 0) - 10
    }

    var largestID: Int { max(scores.count - 1, added.largestID) }

    func tokens(of text: String, limit: Int) -> [Int32] {
        var ids: [Int32] = []
        var lattice = Lattice()
        for section in added.split(text) {
            guard ids.count < limit else { break }
            switch section {
            case .token(let id): ids.append(id)
            case .text(let text):
                forEachWord(in: text) { word in
                    lattice.cut(word, self)
                    for piece in lattice.pieces { ids.append(piece.id) }
                    return ids.count < limit
                }
            }
        }
        return ids.count > limit ? Array(ids.prefix(limit)) : ids
    }

    /// The share of bytes (spaces left out) in known pieces.
    func coverage(of text: String) -> Double {
        var known = 0
        var total = 0
        var lattice = Lattice()
        forEachWord(in: text) { word in
            lattice.cut(word, self)
            for piece in lattice.pieces {
                total += piece.length
                if piece.id != unknown { known += piece.length }
            }
            return total < 60_000
        }
        return total == 0 ? 1 : Double(known) / Double(total)
    }

    /// `▁` in UTF-8.
    private static let mark: [UInt8] = [0xE2, 0x96, 0x81]

    private func forEachWord(in text: String, _ body: (UnsafeBufferPointer<UInt8>) -> Bool) {
        var bytes = characterMap?.normalize(text) ?? Array(text.utf8)
        if collapsesSpaces { bytes = Self.collapsed(bytes) }
        switch splitting {
        case .spaces:
            // A mark in front unless there is one, one in place of each space, and a cut before each of them.
            var word = bytes.first == 0x20 || bytes.starts(with: Self.mark) || bytes.isEmpty ? [] : Self.mark
            var position = 0
            while position < bytes.count {
                let isSpace = bytes[position] == 0x20
                let isMark = !isSpace && bytes[position...].starts(with: Self.mark)
                if isSpace || isMark {
                    if !word.isEmpty, !word.withUnsafeBufferPointer(body) { return }
                    word.replaceSubrange(0..., with: Self.mark)
                    position += isSpace ? 1 : 3
                } else {
                    word.append(bytes[position])
                    position += 1
                }
            }
            if !word.isEmpty { _ = word.withUnsafeBufferPointer(body) }
        case .whitespace:
            for part in String(decoding: bytes, as: UTF8.self).unicodeScalars.split(whereSeparator: \.properties.isWhitespace) {
                // A mark inside a word is a cut, too, as it is for spaces.
                var word: [UInt8] = part.first == "\u{2581}" ? [] : Self.mark
                for scalar in part {
                    if scalar == "\u{2581}", !word.isEmpty {
                        guard word.withUnsafeBufferPointer(body) else { return }
                        word.removeAll(keepingCapacity: true)
                    }
                    word.append(contentsOf: UTF8.encode(scalar)!)
                }
                if !word.isEmpty, !word.withUnsafeBufferPointer(body) { return }
            }
        }
    }

    private static func collapsed(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        for byte in bytes where byte != 0x20 || out.last != 0x20 { out.append(byte) }
        return out
    }

    /// The best cut of one word; its arrays are used again for the next.
    private struct Lattice {
        private struct Node {
            var score = 0.0
            /// Byte position where the best piece that ends here starts; -1 when none does.
            var start: Int32 = -1
            var id: Int32 = 0
        }
        private(set) var pieces: [(id: Int32, length: Int)] = []
        private var nodes: [Node] = []

        mutating func cut(_ word: UnsafeBufferPointer<UInt8>, _ model: UnigramTokenizer) {
            nodes.removeAll(keepingCapacity: true)
            nodes.append(contentsOf: repeatElement(Node(), count: word.count + 1))
            var start = 0
            while start < word.count {
                let width = Self.width(word[start])
                let score = nodes[start].score
                var hash = PieceTable.Hash()
                var hasSingle = false
                let end = min(word.count, start + model.pieces.longest)
                var position = start
                while position < end {
                    hash.add(word[position])
                    position += 1
                    if position < word.count, word[position] & 0xC0 == 0x80 { continue }
                    guard let id = model.pieces.id(of: word, start..<position, hash: hash) else { continue }
                    offer(position, from: start, id: id, score: score + model.scores[Int(id)])
                    if position - start == width { hasSingle = true }
                }
                if !hasSingle { offer(min(word.count, start + width), from: start, id: model.unknown, score: score + model.unknownScore) }
                start += width
            }
            trace(word.count, unknown: model.unknown)
        }

        private mutating func offer(_ end: Int, from start: Int, id: Int32, score: Double) {
            if nodes[end].start < 0 || score > nodes[end].score { nodes[end] = Node(score: score, start: Int32(start), id: id) }
        }

        /// Neighbouring unknown pieces become one.
        private mutating func trace(_ end: Int, unknown: Int32) {
            pieces.removeAll(keepingCapacity: true)
            var position = end
            while position > 0 {
                let node = nodes[position]
                let length = position - Int(node.start)
                if node.id == unknown, let last = pieces.last, last.id == unknown {
                    pieces[pieces.count - 1].length += length
                } else {
                    pieces.append((node.id, length))
                }
                position = Int(node.start)
            }
            pieces.reverse()
        }

        private static func width(_ byte: UInt8) -> Int { byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4 }
    }
}
