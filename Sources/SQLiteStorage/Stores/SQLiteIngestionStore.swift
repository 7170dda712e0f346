package import Domain
import GRDB

package struct SQLiteIngestionStore: IngestionStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func unfinished() async throws -> [String] {
        try await database.pool.read { database in
            try String.fetchAll(
                database,
                sql: """
                    SELECT id FROM file WHERE state IN ('pending', 'processing') OR id IN (SELECT file_id FROM ingestion) ORDER BY position
                    """)
        }
    }

    package func enqueue(_ fileID: String) async throws -> File? {
        try await database.pool.write { database in
            guard var file = try FileRow.find(fileID, database) else { return nil }
            try database.execute(
                sql: "INSERT INTO ingestion (file_id, stage, updated_at) VALUES (?, 'stored', ?) ON CONFLICT (file_id) DO NOTHING",
                arguments: [fileID, EpochSeconds.now()])
            if file.state != .completed {
                file.state = .pending
                file.failure = nil
                file.updatedAt = .now()
                try FileRow.update(file, database)
            }
            return file
        }
    }

    package func begin(_ fileID: String) async throws -> IngestionJob? {
        try await database.pool.write { database in
            guard var file = try FileRow.find(fileID, database) else { return nil }
            try database.execute(
                sql: """
                    INSERT INTO ingestion (file_id, stage, attempts, updated_at) VALUES (?, 'stored', 1, ?)
                    ON CONFLICT (file_id) DO UPDATE SET attempts = attempts + 1, updated_at = excluded.updated_at
                    """, arguments: [fileID, EpochSeconds.now()])
            if file.state != .completed, file.state != .processing {
                file.state = .processing
                file.updatedAt = .now()
                try FileRow.update(file, database)
            }
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM ingestion WHERE file_id = ?", arguments: [fileID]) else { return nil }
            return IngestionJob(
                file: file, stage: IngestionStage(rawValue: row["stage"]) ?? .stored, documentID: row["document_id"], attempts: row["attempts"])
        }
    }

    package func reached(_ stage: IngestionStage, _ fileID: String) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: "UPDATE ingestion SET stage = ?, updated_at = ? WHERE file_id = ?", arguments: [stage.rawValue, EpochSeconds.now(), fileID])
        }
    }

    package func complete(_ fileID: String, isEmbedded: Bool) async throws -> File? {
        let (file, released) = try await database.pool.write { database -> (File?, DocumentRows.Release) in
            guard var file = try FileRow.find(fileID, database),
                let row = try Row.fetchOne(
                    database,
                    sql: "SELECT document.id, content_hash FROM ingestion JOIN document ON document.id = document_id WHERE file_id = ?",
                    arguments: [fileID])
            else { return (nil, []) }
            let earlier = [file.documentID].compactMap { $0 }
            file.documentID = row["id"]
            file.contentHash = row["content_hash"]
            file.state = .completed
            file.failure = nil
            file.collectionName = isEmbedded ? try Self.collectionName(of: fileID, database) : nil
            file.updatedAt = .now()
            try FileRow.update(file, database)
            try database.execute(sql: "DELETE FROM ingestion WHERE file_id = ?", arguments: [fileID])
            return (file, try DocumentRows.release(earlier, database))
        }
        await DocumentRows.purge(released, in: database)
        return file
    }

    package func fail(_ fileID: String, reason: String) async throws -> File? {
        let (file, released) = try await database.pool.write { database -> (File?, DocumentRows.Release) in
            guard var file = try FileRow.find(fileID, database) else { return (nil, []) }
            var held = try DocumentRows.held(by: fileID, database)
            if file.state == .completed {
                held.removeAll { $0 == file.documentID }
            } else {
                file.state = .failed
                file.failure = reason
                file.contentHash = nil
                file.documentID = nil
                file.collectionName = nil
                file.updatedAt = .now()
                try FileRow.update(file, database)
                try database.execute(sql: "DELETE FROM knowledge_file WHERE file_id = ?", arguments: [fileID])
            }
            try database.execute(sql: "DELETE FROM ingestion WHERE file_id = ?", arguments: [fileID])
            return (file, try DocumentRows.release(held, database))
        }
        await DocumentRows.purge(released, in: database)
        return file
    }

    private static func collectionName(of fileID: String, _ database: Database) throws -> String {
        try String.fetchOne(
            database, sql: "SELECT knowledge_id FROM knowledge_file WHERE file_id = ? ORDER BY created_at DESC, rowid DESC LIMIT 1",
            arguments: [fileID]) ?? "file-" + fileID
    }
}
