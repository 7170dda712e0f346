/// Finds passages in a set of documents. Only what is in the set is scored: access is decided before, by the caller.
package protocol PassageSearch: Sendable {
    /// By meaning. Best first, ties by id; `cosine` is -1 to 1.
    /// - Parameters:
    ///   - query: a vector of length 1.
    ///   - embedder: key of the embedder that made it; only its vectors are compared.
    func nearest(to query: [Float], embedder: String, in documents: Set<Int64>, limit: Int) async throws -> [VectorMatch]
    /// The cosine of given passages; those without a vector of that embedder are absent.
    func cosines(of ids: [Int64], to query: [Float], embedder: String) async throws -> [Int64: Float]
    /// By words (BM25 over words, pairs of Hangul, Han and Kana, and codes). Best first, ties by id; higher is better.
    func matching(_ query: String, in documents: Set<Int64>, limit: Int) async throws -> [KeywordMatch]
}

package struct VectorMatch: Sendable, Hashable {
    package var id: Int64
    /// -1 to 1.
    package var cosine: Float

    package init(id: Int64, cosine: Float) {
        self.id = id
        self.cosine = cosine
    }
}

package struct KeywordMatch: Sendable, Hashable {
    package var id: Int64
    /// BM25.
    package var score: Double
    /// How much of the question the passage has, its terms weighted by how rare they are: 0 to 1.
    package var coverage: Double
    /// The terms of the question that the passage has.
    package var terms: [String]

    package init(id: Int64, score: Double, coverage: Double = 0, terms: [String] = []) {
        self.id = id
        self.score = score
        self.coverage = coverage
        self.terms = terms
    }
}

/// A passage that answers a question, with where it stands.
package struct Passage: Sendable, Hashable {
    package var chunk: Chunk
    /// On the wire in `distances`: a similarity, 0 to 1, descending.
    package var score: Double
    /// The file it is quoted from; `nil` for texts without one.
    package var fileID: String?
    /// All keys of the wire's chunk metadata.
    package var metadata: JSONObject
    /// How it was found.
    package var reason: PassageReason

    package init(chunk: Chunk, score: Double, fileID: String?, metadata: JSONObject, reason: PassageReason = PassageReason()) {
        self.chunk = chunk
        self.score = score
        self.fileID = fileID
        self.metadata = metadata
        self.reason = reason
    }
}

/// Why a passage was answered: its place and score in each half of the search.
package struct PassageReason: Sendable, Hashable {
    /// From 1; `nil` when this half did not find it.
    package var vectorRank: Int?
    package var cosine: Double?
    package var keywordRank: Int?
    package var keywordScore: Double?
    package var keywordCoverage: Double?
    package var terms: [String] = []
    package var fused: Double?
    package var rerankScore: Double?

    package init() {}
}
