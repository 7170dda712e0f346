import Domain
import GRDB

#if canImport(FoundationEssentials)
    import FoundationEssentials
#endif

/// A passage on its way into `chunk`, `chunk_vector` and `chunk_keyword`. Made outside of the transaction, because
/// cutting text into terms takes longer than writing it.
struct ChunkRow: Sendable {
    private let draft: ChunkDraft
    private let prefix: String
    private let terms: String
    private let vectors: [Data]

    /// - Parameter vectors: one for each encoder.
    init(_ draft: ChunkDraft, vectors: [[Float]]) {
        self.draft = draft
        prefix = draft.indexText.hasSuffix(draft.text) ? String(draft.indexText.dropLast(draft.text.count)) : ""
        terms = KeywordTokenizer.indexText(draft.indexText)
        self.vectors = vectors.map(Self.blob)
    }

    func insert(documentID: Int64, ordinal: Int, embedderIDs: [Int64], _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO chunk (document_id, ordinal, text, index_prefix, start_index, end_index, headings, metadata)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                documentID, ordinal, draft.text, prefix, draft.startIndex, draft.endIndex, JSONValue.strings(draft.headings).jsonText,
                JSONValue.object(draft.metadata).jsonText,
            ])
        let id = database.lastInsertedRowID
        try database.execute(sql: "INSERT INTO chunk_keyword (rowid, terms) VALUES (?, ?)", arguments: [id, terms])
        for (vector, embedderID) in zip(vectors, embedderIDs) {
            try database.execute(
                sql: "INSERT INTO chunk_vector (chunk_id, embedder_id, vector) VALUES (?, ?, ?)", arguments: [id, embedderID, vector])
        }
    }

    static func chunk(_ row: Row) -> Chunk {
        Chunk(
            id: row["id"], documentID: row["document_id"], ordinal: row["ordinal"], text: row["text"], startIndex: row["start_index"],
            endIndex: row["end_index"],
            headings: ((try? JSONValue(parsing: row["headings"] as String))?.array ?? []).compactMap(\.string),
            metadata: JSONObject(column: row["metadata"]))
    }

    /// Little-endian float32.
    static func blob(_ vector: [Float]) -> Data {
        vector.map(\.bitPattern.littleEndian).withUnsafeBytes { Data($0) }
    }
}
