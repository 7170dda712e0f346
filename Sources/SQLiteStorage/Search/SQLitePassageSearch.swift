package import Domain
import GRDB
package import Logging

/// Passages of the database, found by meaning and by words.
package struct SQLitePassageSearch: PassageSearch {
    private let database: SQLiteDatabase
    private let vectors: VectorIndex
    private let keywords: KeywordIndex

    /// - Parameter indexFolder: where the vector index is kept; losing it costs one rebuild.
    package init(database: SQLiteDatabase, indexFolder: String, logger: Logger) {
        self.database = database
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

    package func passages(_ ids: [Int64]) async throws -> [Chunk] {
        let chunks = try await database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT \(Self.columns) FROM chunk WHERE id IN (SELECT value FROM json_each(?))",
                arguments: [JSONValue.array(ids.map { .int(Int($0)) }).jsonText]
            ).map(Self.chunk)
        }
        let byID = Dictionary(uniqueKeysWithValues: chunks.map { ($0.id, $0) })
        return ids.compactMap { byID[$0] }
    }

    package func passages(ofDocument id: Int64) async throws -> [Chunk] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT \(Self.columns) FROM chunk WHERE document_id = ? ORDER BY ordinal", arguments: [id]).map(
                Self.chunk)
        }
    }

    /// After vectors were added to passages that the index already knows.
    package func invalidateVectors() async { await vectors.invalidate() }

    private static let columns = "id, document_id, ordinal, text, start_index, headings, metadata"

    private static func chunk(_ row: Row) -> Chunk {
        let (headings, metadata): (String, String) = (row["headings"], row["metadata"])
        return Chunk(
            id: row["id"], documentID: row["document_id"], ordinal: row["ordinal"], text: row["text"], startIndex: row["start_index"],
            headings: (try? JSONValue(parsing: headings))?.array?.compactMap(\.string) ?? [],
            metadata: (try? JSONValue(parsing: metadata))?.object ?? [:])
    }
}
