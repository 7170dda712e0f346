import Domain
import FoundationEssentials
import GRDB

/// How large the database is, and what is in it.
package struct DatabaseFigures: Sendable {
    /// The file and its write-ahead log.
    package var bytes: Int
    package var migration: String
    /// Files by state; states without files are left out.
    package var files: [String: Int]
    package var documents: Int
    package var passages: Int
}

extension SQLiteDatabase {
    /// Quick: sizes from the file system, counts from indexes.
    package func unfinishedFiles() async throws -> [String: Int] {
        try await pool.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT state, count(*) AS count FROM file WHERE state IN ('pending', 'processing') GROUP BY state")
            var counts = ["pending": 0, "processing": 0]
            for row in rows { counts[row["state"]] = row["count"] }
            return counts
        }
    }

    package var bytes: Int {
        ["", "-wal"].reduce(0) { sum, suffix in
            let attributes = try? FileManager.default.attributesOfItem(atPath: pool.path + suffix)
            return sum + ((attributes?[.size] as? Int) ?? (attributes?[.size] as? UInt64).map(Int.init) ?? 0)
        }
    }

    package func figures() async throws -> DatabaseFigures {
        let bytes = bytes
        return try await pool.read { database in
            var files: [String: Int] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT state, count(*) AS count FROM file GROUP BY state") {
                files[row["state"]] = row["count"]
            }
            return DatabaseFigures(
                bytes: bytes, migration: Migrations.all.last?.name ?? "", files: files,
                documents: try Int.fetchOne(database, sql: "SELECT count(*) FROM document WHERE state = 'indexed'") ?? 0,
                passages: try Int.fetchOne(database, sql: "SELECT coalesce(sum(chunk_count), 0) FROM document WHERE state = 'indexed'") ?? 0)
        }
    }
}
