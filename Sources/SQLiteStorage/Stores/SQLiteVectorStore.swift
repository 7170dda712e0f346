package import Domain
import Foundation
import GRDB

/// Vectors by passage and encoder, as the database keeps them.
package struct SQLiteVectorStore: VectorStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func embedders() async throws -> [EmbedderIdentity] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT key, dimension, (SELECT count(*) FROM chunk_vector WHERE embedder_id = embedder.id) AS vectors FROM embedder
                    WHERE vectors > 0 ORDER BY vectors DESC, id DESC
                    """
            ).compactMap { row in
                let key: String = row["key"]
                guard let colon = key.firstIndex(of: ":") else { return nil }
                let engine = String(key[..<colon])
                return EmbedderIdentity(
                    engine: engine == "local" ? "" : engine, model: String(key[key.index(after: colon)...]), dimension: row["dimension"])
            }
        }
    }

    package func coverage(of embedder: String) async throws -> (passages: Int, missing: Int) {
        try await database.pool.read { database in
            let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM chunk") ?? 0
            // Counting is cheaper than looking for gaps: every vector belongs to a passage.
            let present =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM chunk_vector WHERE embedder_id = (SELECT id FROM embedder WHERE key = ?)",
                    arguments: [embedder]) ?? 0
            return (total, max(0, total - present))
        }
    }

    package func missing(_ embedder: String, after id: Int64, limit: Int) async throws -> [(id: Int64, text: String)] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT id, index_prefix || text AS text FROM chunk
                    WHERE id > ? AND NOT EXISTS (
                        SELECT 1 FROM chunk_vector WHERE embedder_id = (SELECT id FROM embedder WHERE key = ?) AND chunk_id = chunk.id)
                    ORDER BY id LIMIT ?
                    """, arguments: [id, embedder, limit]
            ).map { (id: $0["id"], text: $0["text"]) }
        }
    }

    package func insert(_ vectors: [(id: Int64, vector: [Float])], embedder: EmbedderIdentity) async throws {
        let blobs = vectors.map { ($0.id, ChunkRow.blob($0.vector)) }
        try await database.pool.write { database in
            try database.execute(
                sql: "INSERT INTO embedder (key, dimension) VALUES (?, ?) ON CONFLICT DO NOTHING", arguments: [embedder.key, embedder.dimension])
            let known = try Row.fetchOne(database, sql: "SELECT id, dimension FROM embedder WHERE key = ?", arguments: [embedder.key])
            guard let known, known["dimension"] as Int == embedder.dimension else {
                throw AppError(.upstreamFailed, "The embedding engine changed the length of its vectors.")
            }
            let embedderID: Int64 = known["id"]
            for (id, blob) in blobs {
                try database.execute(
                    sql: """
                        INSERT INTO chunk_vector (chunk_id, embedder_id, vector) SELECT id, ?, ? FROM chunk WHERE id = ?
                        ON CONFLICT DO UPDATE SET vector = excluded.vector
                        """, arguments: [embedderID, blob, id])
            }
        }
    }

    package func deleteVectors(except embedder: String) async throws {
        while true {
            let deleted = try await database.pool.write { database in
                try database.execute(
                    sql: """
                        DELETE FROM chunk_vector WHERE rowid IN (
                            SELECT rowid FROM chunk_vector WHERE embedder_id IN (SELECT id FROM embedder WHERE key <> ?) LIMIT 5000)
                        """, arguments: [embedder])
                return database.changesCount
            }
            if deleted == 0 { return }
        }
    }
}
