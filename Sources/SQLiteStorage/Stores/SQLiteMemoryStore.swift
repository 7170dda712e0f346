package import Domain
import Foundation
import GRDB

package struct SQLiteMemoryStore: MemoryStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func all(ownerID: String) async throws -> [Memory] {
        try await database.pool.read { try Self.all(ownerID, $0) }
    }

    package func edit<Result: Sendable>(
        ownerID: String, _ work: @escaping @Sendable (inout [Memory]) throws -> Result
    ) async throws -> Result {
        try await database.pool.write { database in
            let before = try Self.all(ownerID, database)
            var after = before
            let result = try work(&after)
            let old = Dictionary(uniqueKeysWithValues: before.map { ($0.id, $0) })
            for id in Set(old.keys).subtracting(after.map(\.id)) {
                try database.execute(sql: "DELETE FROM memory WHERE id = ?", arguments: [id])
            }
            for memory in after where old[memory.id] != memory { try Self.write(memory, was: old[memory.id], ownerID, database) }
            return result
        }
    }

    package func vectors(ownerID: String, encoder: String) async throws -> [String: [Float]] {
        try await database.pool.read { database in
            let rows = try Row.fetchAll(
                database,
                sql: "SELECT memory.id, vector FROM memory JOIN memory_vector USING (position) WHERE user_id = ? AND encoder = ?",
                arguments: [ownerID, encoder])
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["id"], Self.floats($0["vector"])) })
        }
    }

    package func keep(_ vectors: [(memory: Memory, vector: [Float])], encoder: String) async throws {
        let rows = vectors.map { ($0.memory, ChunkRow.blob($0.vector)) }
        try await database.pool.write { database in
            for (memory, blob) in rows {
                try database.execute(
                    sql: """
                        INSERT INTO memory_vector (position, encoder, vector)
                        SELECT position, ?, ? FROM memory WHERE id = ? AND content = ? AND path IS ?
                        ON CONFLICT DO UPDATE SET encoder = excluded.encoder, vector = excluded.vector
                        """, arguments: [encoder, blob, memory.id, memory.content, memory.path])
            }
        }
    }

    package func deleteVectors(ownerID: String?) async throws {
        try await database.pool.write { database in
            guard let ownerID else { return try database.execute(sql: "DELETE FROM memory_vector") }
            try database.execute(
                sql: "DELETE FROM memory_vector WHERE position IN (SELECT position FROM memory WHERE user_id = ?)", arguments: [ownerID])
        }
    }

    package func count() async throws -> (memories: Int, owners: Int) {
        try await database.pool.read { database in
            let row = try Row.fetchOne(database, sql: "SELECT count(*) AS memories, count(DISTINCT user_id) AS owners FROM memory")
            return (row?["memories"] ?? 0, row?["owners"] ?? 0)
        }
    }

    // MARK: Rows

    private static func all(_ ownerID: String, _ database: Database) throws -> [Memory] {
        try Row.fetchAll(database, sql: "SELECT * FROM memory WHERE user_id = ? ORDER BY position", arguments: [ownerID]).map(Memory.init(row:))
    }

    private static func write(_ memory: Memory, was old: Memory?, _ ownerID: String, _ database: Database) throws {
        guard let old else {
            return try database.execute(
                sql: "INSERT INTO memory (id, user_id, kind, path, content, meta, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    memory.id, ownerID, memory.kind.rawValue, memory.path, memory.content, memory.meta?.storedText, memory.createdAt,
                    memory.updatedAt,
                ])
        }
        try database.execute(
            sql: "UPDATE memory SET kind = ?, path = ?, content = ?, meta = ?, updated_at = ? WHERE id = ?",
            arguments: [memory.kind.rawValue, memory.path, memory.content, memory.meta?.storedText, memory.updatedAt, memory.id])
        if memory.embeddedText != old.embeddedText {
            try database.execute(
                sql: "DELETE FROM memory_vector WHERE position = (SELECT position FROM memory WHERE id = ?)", arguments: [memory.id])
        }
    }

    private static func floats(_ blob: Data) -> [Float] {
        blob.withUnsafeBytes { bytes in
            (0..<bytes.count / 4).map { Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self))) }
        }
    }
}

extension Memory {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], kind: Kind(rawValue: row["kind"]) ?? .context, path: row["path"], content: row["content"],
            meta: JSONObject(stored: row["meta"]), createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}
