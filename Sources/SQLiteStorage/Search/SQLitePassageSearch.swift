package import Domain
package import Logging

/// Passages of the database, found by meaning and by words.
package struct SQLitePassageSearch: PassageSearch {
    private let vectors: VectorIndex
    private let keywords: KeywordIndex

    /// - Parameter indexFolder: where the vector index is kept; losing it costs one rebuild.
    package init(database: SQLiteDatabase, indexFolder: String, logger: Logger) {
        vectors = VectorIndex(database: database, folder: indexFolder, logger: logger)
        keywords = KeywordIndex(database: database)
    }

    package func nearest(to query: [Float], embedder: String, in documents: Set<Int64>, limit: Int) async throws -> [VectorMatch] {
        try await vectors.search(query, embedder: embedder, in: documents, limit: limit)
    }

    package func cosines(of ids: [Int64], to query: [Float], embedder: String) async throws -> [Int64: Float] {
        try await vectors.cosines(of: ids, to: query, embedder: embedder)
    }

    package func matching(_ query: String, in documents: Set<Int64>, limit: Int) async throws -> [KeywordMatch] {
        try await keywords.search(query, in: documents, limit: limit)
    }

    /// After vectors were added to passages that the index already knows.
    package func invalidateVectors() async { await vectors.invalidate() }
}
