/// Joins the two halves of a search into one order.
///
/// Both halves give scores, not only places, and each says how far it can be trusted: the vector half by how much of the question
/// the encoder can read, the keyword half by how much of the question its best passage has. Where one half is blind (a Korean
/// question to an English encoder, a question in other words than the text) the other decides alone; adding up places instead
/// lets a blind half drag a good one down.
package struct Fusion: Sendable {
    /// One passage as the two halves see it.
    package struct Candidate: Sendable {
        package var id: Int64
        /// `nil` when it has no vector.
        package var cosine: Double?
        package var keywordScore: Double
        package var keywordCoverage: Double
        /// 0 to 1; set by `fuse`.
        package var score: Double

        package init(id: Int64, cosine: Double?, keywordScore: Double = 0, keywordCoverage: Double = 0) {
            self.id = id
            self.cosine = cosine
            self.keywordScore = keywordScore
            self.keywordCoverage = keywordCoverage
            score = 0
        }
    }

    /// What each half weighs, adding up to 1.
    package struct Weights: Sendable, Hashable {
        package var vector: Double
        package var keyword: Double
    }

    /// The share of the keyword half when both halves see well, 0 to 1 (`RAG_HYBRID_BM25_WEIGHT`).
    package var keywordWeight: Double
    /// How much of the question the encoder can read, 0 to 1.
    package var encoderCoverage: Double

    package init(keywordWeight: Double, encoderCoverage: Double) {
        self.keywordWeight = min(max(keywordWeight, 0), 1)
        self.encoderCoverage = min(max(encoderCoverage, 0), 1)
    }

    /// Below this share of readable text an encoder guesses.
    private static let blindBelow = 0.35
    private static let sightedFrom = 0.75

    package func weights(bestKeywordCoverage: Double, hasVectors: Bool) -> Weights {
        let sight = hasVectors ? min(1, max(0, (encoderCoverage - Self.blindBelow) / (Self.sightedFrom - Self.blindBelow))) : 0
        // Words that are in the question by chance (endings, particles) are no evidence.
        let evidence = min(1, max(0, bestKeywordCoverage - 0.05) / 0.45)
        let vector = (1 - keywordWeight) * sight
        let keyword = keywordWeight * evidence
        guard vector + keyword > 0 else { return Weights(vector: hasVectors ? 1 : 0, keyword: hasVectors ? 0 : 1) }
        return Weights(vector: vector / (vector + keyword), keyword: keyword / (vector + keyword))
    }

    /// Scores and sorts the candidates, best first, ties by id.
    ///
    /// - Parameter background: what passages score that have nothing to do with the question. A half whose best passage hardly
    ///   stands out from them says little.
    package func fuse(_ candidates: [Candidate], background: BackgroundProbe.Level) -> (order: [Candidate], weights: Weights) {
        let topCosine = candidates.compactMap(\.cosine).max()
        let topKeyword = candidates.map(\.keywordScore).max() ?? 0
        let coverage = candidates.map(\.keywordCoverage).max() ?? 0
        let weights = weights(bestKeywordCoverage: coverage, hasVectors: topCosine != nil)
        let span = max((topCosine ?? 0) - background.mean, background.threshold - background.mean)
        var order = candidates.map { candidate in
            var candidate = candidate
            let vector = candidate.cosine.map { min(1, max(0, ($0 - background.mean) / span)) } ?? 0
            let keyword = topKeyword > 0 ? candidate.keywordScore / topKeyword : 0
            candidate.score = weights.vector * vector + weights.keyword * keyword
            return candidate
        }
        order.sort { $0.score != $1.score ? $0.score > $1.score : $0.id < $1.id }
        return (order, weights)
    }
}
