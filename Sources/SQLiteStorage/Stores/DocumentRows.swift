import Domain
import GRDB

/// Life and death of rows of `document`, for every store that lets go of one.
enum DocumentRows {
    /// Passages that one transaction deletes; more go in steps, so that other writers get their turn in between.
    private static let largest = 2000

    /// What a file keeps alive.
    static func held(by fileID: String, _ database: Database) throws -> [Int64] {
        try Int64.fetchAll(
            database,
            sql: """
                SELECT document_id FROM file WHERE id = ?1 AND document_id IS NOT NULL
                UNION SELECT document_id FROM ingestion WHERE file_id = ?1 AND document_id IS NOT NULL
                """, arguments: [fileID])
    }

    /// Those that nobody holds.
    static func unused(_ database: Database) throws -> [Int64] {
        try Int64.fetchAll(
            database,
            sql: """
                SELECT id FROM document
                WHERE NOT EXISTS (SELECT 1 FROM file WHERE document_id = document.id)
                    AND NOT EXISTS (SELECT 1 FROM ingestion WHERE document_id = document.id)
                    AND NOT EXISTS (SELECT 1 FROM text_collection WHERE document_id = document.id)
                """)
    }

    static func isHeld(_ id: Int64, _ database: Database) throws -> Bool {
        try Bool.fetchOne(
            database,
            sql: """
                SELECT EXISTS (SELECT 1 FROM file WHERE document_id = ?1) OR EXISTS (SELECT 1 FROM ingestion WHERE document_id = ?1)
                    OR EXISTS (SELECT 1 FROM text_collection WHERE document_id = ?1)
                """, arguments: [id]) ?? false
    }

    /// Documents too large for the transaction that released them: for `purge`. Their keys are gone already, so nobody can
    /// come to share them.
    typealias Release = [Int64]

    /// Deletes those of the documents that nobody holds.
    static func release(_ ids: [Int64], _ database: Database) throws -> Release {
        var large: Release = []
        var left = largest
        for id in ids where try !isHeld(id, database) {
            let count = try Int.fetchOne(database, sql: "SELECT chunk_count FROM document WHERE id = ?", arguments: [id]) ?? 0
            if count > left {
                try database.execute(sql: "UPDATE document SET key = 'released:' || id, state = 'draft' WHERE id = ?", arguments: [id])
                large.append(id)
            } else {
                try database.execute(sql: "DELETE FROM document WHERE id = ?", arguments: [id])
                left -= count
            }
        }
        return large
    }

    /// The caller waits this long for a purge; what is left then goes on behind it.
    private static let patience = Duration.seconds(5)

    /// The rest of a release: the large documents in steps, which nobody can find any more. Interrupted by a crash or a stop,
    /// `releaseUnused` goes on at the next start.
    static func purge(_ large: Release, in database: SQLiteDatabase) async {
        var rest = large[...]
        let deadline = ContinuousClock.now + patience
        while let id = rest.first, .now < deadline, let isDone = try? await step(id, in: database) {
            if isDone { rest.removeFirst() }
        }
        guard !rest.isEmpty else { return }
        let remaining = Array(rest)
        Task.detached(priority: .utility) {
            for id in remaining { while try await !step(id, in: database) {} }
        }
    }

    /// Deletes a part of a document that nobody holds: first its text.
    /// - Returns: whether that was the last of it.
    private static func step(_ id: Int64, in database: SQLiteDatabase) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(
                sql: "DELETE FROM document_text WHERE rowid IN (SELECT rowid FROM document_text WHERE document_id = ? LIMIT 64)", arguments: [id])
            if database.changesCount > 0 { return false }
            let chunks = try Int64.fetchAll(database, sql: "SELECT id FROM chunk WHERE document_id = ? LIMIT ?", arguments: [id, largest / 2])
            for chunk in chunks { try database.execute(sql: "DELETE FROM chunk WHERE id = ?", arguments: [chunk]) }
            if chunks.isEmpty { try database.execute(sql: "DELETE FROM document WHERE id = ?", arguments: [id]) }
            return chunks.isEmpty
        }
    }
}
