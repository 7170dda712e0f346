/// BERT's tokenizer: each word is covered by the longest pieces of the vocabulary from left to right.
struct WordPieceTokenizer: TextTokenizer {
    private let normalizer: BertNormalizer
    private let added: AddedTokens
    /// Pieces at the start of a word, and those after it (without their `##`).
    private let heads: PieceTable
    private let tails: PieceTable
    private let unknown: Int32
    private let maximumWordLength: Int
    /// Fewer ideographs than this in a vocabulary mean that the model was not trained on Chinese or Japanese text.
    private let readsIdeographs: Bool

    /// - Parameter vocabulary: pieces with their ids.
    init(
        vocabulary: [(piece: String, id: Int32)], unknown: Int32, added: AddedTokens, normalizer: BertNormalizer, prefix: String = "##",
        maximumWordLength: Int = 100
    ) {
        var heads = PieceTable(capacity: vocabulary.count)
        var tails = PieceTable(capacity: vocabulary.count)
        var ideographs = 0
        for (piece, id) in vocabulary {
            if piece.utf8.starts(with: prefix.utf8), piece.utf8.count > prefix.utf8.count {
                tails.insert(Array(piece.utf8)[prefix.utf8.count...], id: id)
            } else if let first = piece.unicodeScalars.first, (0x4E00...0x9FFF).contains(first.value) {
                ideographs += 1
            }
            // A piece with the prefix can also be what a word begins with: `##` in the text itself is cut off as punctuation.
            heads.insert(Array(piece.utf8)[...], id: id)
        }
        self.heads = heads
        self.tails = tails
        self.unknown = unknown
        self.added = added
        self.normalizer = normalizer
        self.maximumWordLength = maximumWordLength
        readsIdeographs = ideographs >= 2000
    }

    var largestID: Int { max(Int(unknown), added.largestID, heads.largestID) }

    func tokens(of text: String, limit: Int) -> [Int32] {
        var ids: [Int32] = []
        var hashes: [PieceTable.Hash] = []
        for section in added.split(text) {
            guard ids.count < limit else { break }
            switch section {
            case .token(let id): ids.append(id)
            case .text(let text):
                normalizer.forEachWord(in: text) { word in
                    appendPieces(of: word, to: &ids, hashes: &hashes)
                    return ids.count < limit
                }
            }
        }
        return ids.count > limit ? Array(ids.prefix(limit)) : ids
    }

    private func appendPieces(of word: UnsafeBufferPointer<UInt8>, to ids: inout [Int32], hashes: inout [PieceTable.Hash]) {
        let characters = word.count { $0 & 0xC0 != 0x80 }
        guard characters <= maximumWordLength else {
            ids.append(unknown)
            return
        }
        let before = ids.count
        var start = 0
        while start < word.count {
            let table = start == 0 ? heads : tails
            let end = min(word.count, start + table.longest)
            hashes.removeAll(keepingCapacity: true)
            var hash = PieceTable.Hash()
            for position in start..<end {
                hash.add(word[position])
                hashes.append(hash)
            }
            var next = end
            while next > start {
                if let id = table.id(of: word, start..<next, hash: hashes[next - start - 1]) {
                    ids.append(id)
                    break
                }
                next -= 1
            }
            if next == start {
                ids.removeLast(ids.count - before)
                ids.append(unknown)
                return
            }
            start = next
        }
    }

    /// Words that are in the vocabulary count fully, words spelled out letter by letter not at all: an English vocabulary
    /// has single Hangul letters, so Korean text never becomes `[UNK]`, and still nothing of it is understood.
    func coverage(of text: String) -> Double {
        var known = 0.0
        var total = 0.0
        var pieces: [Int32] = []
        var hashes: [PieceTable.Hash] = []
        normalizer.forEachWord(in: text) { word in
            let string = String(decoding: word, as: UTF8.self)
            guard let first = string.unicodeScalars.first, first.properties.isAlphabetic || first.properties.numericType != nil else { return true }
            let letters = string.unicodeScalars.count
            let weight = Double(string.count)
            pieces.removeAll(keepingCapacity: true)
            appendPieces(of: word, to: &pieces, hashes: &hashes)
            total += weight
            if pieces.first == unknown { return total < 20_000 }
            if letters == 1 {
                known += first.properties.isIdeographic && !readsIdeographs ? 0 : weight
            } else {
                known += weight * (1 - Double(pieces.count - 1) / Double(letters - 1))
            }
            return total < 20_000
        }
        return total == 0 ? 1 : known / total
    }
}
