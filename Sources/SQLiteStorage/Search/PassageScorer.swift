import Domain

/// BM25 of passages whose terms are at hand.
final class PassageScorer {
    private struct Candidate {
        var id: Int64
        var length: Int
        var frequencies: [UInt16]
    }

    private let terms: [WeightedTerm]
    /// The weight of the whole question.
    private let total: Double
    private var candidates: [Candidate] = []

    /// How soon repetition stops to matter, and how much long passages are held back. Passages are cut to like lengths, so
    /// length says little.
    private static let (saturation, lengthWeight) = (1.2, 0.5)

    /// - Parameter total: the weight of all terms of the question, also of those that no passage has.
    init(terms: [WeightedTerm], total: Double) {
        self.terms = terms
        self.total = max(total, .leastNonzeroMagnitude)
        index = Dictionary(uniqueKeysWithValues: terms.enumerated().map { (Self.hash($0.element.text.utf8), $0.offset) })
    }

    /// Terms by the hash of their bytes. 64 bits: two of a few dozen terms and a passage's words do not meet by chance.
    private let index: [UInt64: Int]

    private static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash
    }

    var ids: [Int64] { candidates.map(\.id) }

    /// - Parameter text: the passage's terms, with spaces between.
    func add(_ id: Int64, text: String) {
        var frequencies = [UInt16](repeating: 0, count: terms.count)
        var length = 0
        var text = text
        text.withUTF8 { bytes in
            var hash: UInt64 = 0xCBF2_9CE4_8422_2325
            var isInside = false
            for position in 0...bytes.count {
                if position == bytes.count || bytes[position] == 0x20 {
                    if isInside {
                        length += 1
                        if let term = index[hash], frequencies[term] < .max { frequencies[term] += 1 }
                    }
                    hash = 0xCBF2_9CE4_8422_2325
                    isInside = false
                } else {
                    hash = (hash ^ UInt64(bytes[position])) &* 0x100_0000_01B3
                    isInside = true
                }
            }
        }
        candidates.append(Candidate(id: id, length: length, frequencies: frequencies))
    }

    /// Best first, ties by id.
    func matches(limit: Int, where isIncluded: (Int64) -> Bool) -> [KeywordMatch] {
        let candidates = candidates.filter { isIncluded($0.id) }
        guard !candidates.isEmpty else { return [] }
        let mean = max(1, Double(candidates.reduce(0) { $0 + $1.length }) / Double(candidates.count))
        return candidates.map { candidate in
            var score = 0.0
            var covered = 0.0
            let stretch = Self.saturation * (1 - Self.lengthWeight + Self.lengthWeight * Double(candidate.length) / mean)
            for (position, frequency) in candidate.frequencies.enumerated() where frequency > 0 {
                let weight = terms[position].weight
                score += weight * Double(frequency) * (Self.saturation + 1) / (Double(frequency) + stretch)
                covered += weight
            }
            return KeywordMatch(
                id: candidate.id, score: score, coverage: min(1, covered / total),
                terms: zip(terms, candidate.frequencies).filter { $0.1 > 0 }.map(\.0.text))
        }
        .filter { $0.score > 0 }
        .sorted { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
        .prefix(limit).map { $0 }
    }
}
