package import Domain
import GRDB

package struct SQLiteDocumentStore: DocumentStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    // MARK: Making a document

    package func draft(for holder: DocumentHolder) async throws -> Int64 {
        let (id, released) = try await database.pool.write { database in
            try database.execute(
                sql: "INSERT INTO document (key, content_hash, state, created_at) VALUES (?, '', 'draft', ?)",
                arguments: ["draft:" + makeID(), EpochSeconds.now()])
            let id = database.lastInsertedRowID
            let earlier = try Self.give(id, to: holder, database)
            return (id, try DocumentRows.release(earlier, database))
        }
        await DocumentRows.purge(released, in: database)
        return id
    }

    package func appendText(_ piece: DocumentPiece, to id: Int64) async throws {
        try await database.pool.write { database in
            try Self.require(id, database)
            try database.execute(
                sql: """
                    INSERT INTO document_text (document_id, piece, text, outline)
                    SELECT ?1, (SELECT ifnull(max(piece) + 1, 0) FROM document_text WHERE document_id = ?1), ?2, ?3
                    """, arguments: [id, piece.text, piece.outline.jsonText])
        }
    }

    package func claim(_ draft: Int64, for holder: DocumentHolder, key: String, contentHash: String) async throws -> Document {
        let (document, released) = try await database.pool.write { database in
            try Self.require(draft, database)
            if let existing = try Row.fetchOne(database, sql: "SELECT * FROM document WHERE key = ?", arguments: [key]).map(Self.document) {
                let earlier = try Self.give(existing.id, to: holder, database)
                return (existing, try DocumentRows.release(earlier, database))
            }
            try database.execute(
                sql: "UPDATE document SET key = ?, content_hash = ?, state = 'building' WHERE id = ?", arguments: [key, contentHash, draft])
            return (Document(id: draft, contentHash: contentHash, key: key, state: .building, chunkCount: 0), [])
        }
        await DocumentRows.purge(released, in: database)
        return document
    }

    package func append(_ chunks: [ChunkDraft], vectors: [PassageVectors], to id: Int64) async throws {
        let rows = chunks.enumerated().map { index, draft in ChunkRow(draft, vectors: vectors.map { $0.vectors[index] }) }
        try await database.pool.write { database in
            try Self.require(id, database)
            let first = try Int.fetchOne(database, sql: "SELECT chunk_count FROM document WHERE id = ?", arguments: [id]) ?? 0
            let embedderIDs = try vectors.map { try Self.embedderID($0.embedder, database) }
            for (offset, row) in rows.enumerated() {
                try row.insert(documentID: id, ordinal: first + offset, embedderIDs: embedderIDs, database)
            }
            try database.execute(sql: "UPDATE document SET chunk_count = chunk_count + ? WHERE id = ?", arguments: [rows.count, id])
        }
    }

    package func finish(_ id: Int64) async throws {
        try await database.pool.write { database in
            try Self.require(id, database)
            try database.execute(sql: "UPDATE document SET state = 'indexed' WHERE id = ?", arguments: [id])
        }
    }

    package func release(_ id: Int64) async throws {
        let released = try await database.pool.write { try DocumentRows.release([id], $0) }
        await DocumentRows.purge(released, in: database)
    }

    package func releaseUnused() async throws {
        let released = try await database.pool.write { try DocumentRows.release(DocumentRows.unused($0), $0) }
        await DocumentRows.purge(released, in: database)
    }

    // MARK: Reading

    package func find(_ id: Int64) async throws -> Document? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM document WHERE id = ?", arguments: [id]).map(Self.document)
        }
    }

    package func pieces(of id: Int64, from first: Int, limit: Int) async throws -> [DocumentPiece] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT text, outline FROM document_text WHERE document_id = ? AND piece >= ? ORDER BY piece LIMIT ?",
                arguments: [id, first, limit]
            ).map { DocumentPiece(text: $0["text"], outline: (try? JSONValue(parsing: $0["outline"] as String)) ?? []) }
        }
    }

    package func text(of id: Int64) async throws -> String {
        try await database.pool.read { database in
            try String.fetchAll(database, sql: "SELECT text FROM document_text WHERE document_id = ? ORDER BY piece", arguments: [id]).joined()
        }
    }

    package func textSize(of id: Int64) async throws -> Int {
        try await database.pool.read { database in
            try Int.fetchOne(
                database, sql: "SELECT sum(length(CAST(text AS BLOB))) FROM document_text WHERE document_id = ?", arguments: [id]) ?? 0
        }
    }

    package func chunks(of documentID: Int64) async throws -> [Chunk] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM chunk WHERE document_id = ? ORDER BY ordinal", arguments: [documentID])
                .map(ChunkRow.chunk)
        }
    }

    package func chunks(_ ids: [Int64]) async throws -> [Chunk] {
        let byID = try await database.pool.read { database in
            var found: [Int64: Chunk] = [:]
            for id in Set(ids) {
                found[id] = try Row.fetchOne(database, sql: "SELECT * FROM chunk WHERE id = ?", arguments: [id]).map(ChunkRow.chunk)
            }
            return found
        }
        return ids.compactMap { byID[$0] }
    }

    // MARK: Rows

    /// Writes for a document that was deleted meanwhile end here.
    private static func require(_ id: Int64, _ database: Database) throws {
        guard try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM document WHERE id = ?)", arguments: [id]) == true else {
            throw AppError.notFound
        }
    }

    /// Makes `holder` keep `id` alive; returns what it held before.
    private static func give(_ id: Int64, to holder: DocumentHolder, _ database: Database) throws -> [Int64] {
        switch holder {
        case .file(let fileID):
            guard try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM file WHERE id = ?)", arguments: [fileID]) == true else {
                throw AppError.notFound
            }
            let earlier = try Int64.fetchAll(
                database, sql: "SELECT document_id FROM ingestion WHERE file_id = ? AND document_id IS NOT NULL", arguments: [fileID])
            try database.execute(
                sql: """
                    INSERT INTO ingestion (file_id, document_id, stage, updated_at) VALUES (?, ?, 'extracting', ?)
                    ON CONFLICT (file_id) DO UPDATE SET document_id = excluded.document_id, updated_at = excluded.updated_at
                    """, arguments: [fileID, id, EpochSeconds.now()])
            return earlier.filter { $0 != id }
        case .collection(let entry):
            // Only an unfinished text of this holder gives way: a collection may hold many texts.
            let earlier = try Int64.fetchAll(
                database,
                sql: """
                    SELECT document_id FROM text_collection JOIN document ON document.id = document_id
                    WHERE name = ? AND title = ? AND user_id = ? AND state = 'draft'
                    """, arguments: [entry.name, entry.title, entry.userID])
            for document in earlier {
                try database.execute(
                    sql: "DELETE FROM text_collection WHERE name = ? AND document_id = ?", arguments: [entry.name, document])
            }
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO text_collection (name, document_id, user_id, title, metadata, created_at) VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [entry.name, id, entry.userID, entry.title, JSONValue.object(entry.metadata).jsonText, EpochSeconds.now()])
            return earlier.filter { $0 != id }
        }
    }

    private static func embedderID(_ embedder: EmbedderIdentity, _ database: Database) throws -> Int64 {
        if let id = try Int64.fetchOne(database, sql: "SELECT id FROM embedder WHERE key = ?", arguments: [embedder.key]) { return id }
        try database.execute(sql: "INSERT INTO embedder (key, dimension) VALUES (?, ?)", arguments: [embedder.key, embedder.dimension])
        return database.lastInsertedRowID
    }

    private static func document(_ row: Row) -> Document {
        Document(
            id: row["id"], contentHash: row["content_hash"], key: row["key"], state: Document.State(rawValue: row["state"]) ?? .draft,
            chunkCount: row["chunk_count"])
    }
}
