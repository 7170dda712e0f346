/// Finds passages in a set of documents.
package protocol PassageSearch: Sendable {
    /// By meaning. Best first; `cosine` is -1 to 1.
    func nearest(to query: [Float], embedder: String, in documents: Set<Int64>, limit: Int) async throws -> [VectorMatch]
    /// By words (BM25 over words, bigrams of Hangul, Han and Kana, and codes). Best first; higher is better.
    func matching(_ query: String, in documents: Set<Int64>, limit: Int) async throws -> [KeywordMatch]
}

package struct KeywordMatch: Sendable, Hashable {
    package var id: Int64
    package var score: Double
    /// The terms of the query that the passage has.
    package var terms: [String]

    package init(id: Int64, score: Double, terms: [String] = []) {
        self.id = id
        self.score = score
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

    package init(chunk: Chunk, score: Double, fileID: String?, metadata: JSONObject) {
        self.chunk = chunk
        self.score = score
        self.fileID = fileID
        self.metadata = metadata
    }
}
