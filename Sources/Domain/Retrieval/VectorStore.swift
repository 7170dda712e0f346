/// Vectors by chunk, searched exactly. Which chunks may be seen is decided before scoring, by the caller's `within`.
///
/// The store can always be rebuilt from what the database holds; losing its file loses no data.
package protocol VectorStore: Sendable {
    /// Adds or replaces vectors. Ids are the database's chunk row ids.
    func insert(_ vectors: [(id: Int64, vector: [Float])]) async throws
    func delete(_ ids: [Int64]) async throws
    func deleteAll() async throws
    /// The best `limit` by cosine, best first, ties by id.
    /// - Parameter within: only these ids are scored; `nil` for all.
    func search(_ query: [Float], limit: Int, within: Set<Int64>?) async throws -> [VectorMatch]
    var count: Int { get async }
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
