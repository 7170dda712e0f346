import Domain
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

/// Deleted documents take everything with them, however large they are.
struct DocumentReleaseTests {
    private let folder: String
    private let database: SQLiteDatabase
    private let files: SQLiteFileStore

    init() throws {
        folder = NSTemporaryDirectory() + "haneul-release-" + makeID()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder + "/test.db")
        files = SQLiteFileStore(database: database)
    }

    /// A completed file with a document of that many passages.
    private func file(passages: Int) async throws -> String {
        var file = File(userID: "u", filename: "a.txt", contentType: "text/plain", size: 1, fileHash: makeID(), state: .completed)
        file.documentID = try await database.pool.write { database in
            try database.execute(
                sql: "INSERT INTO document (key, content_hash, state, chunk_count, created_at) VALUES (?, 'h', 'indexed', ?, 1)",
                arguments: [makeID(), passages])
            let document = database.lastInsertedRowID
            for piece in 0..<3 {
                try database.execute(
                    sql: "INSERT INTO document_text (document_id, piece, text, outline) VALUES (?, ?, 'words', '')", arguments: [document, piece])
            }
            for ordinal in 0..<passages {
                try database.execute(
                    sql: """
                        INSERT INTO chunk (document_id, ordinal, text, index_prefix, start_index, end_index, headings, metadata)
                        VALUES (?, ?, 'harbour', '', 0, 1, '[]', '{}')
                        """, arguments: [document, ordinal])
                try database.execute(sql: "INSERT INTO chunk_keyword (rowid, terms) VALUES (?, 'harbour')", arguments: [database.lastInsertedRowID])
            }
            return document
        }
        try await files.insert(file)
        return file.id
    }

    private func counts() async throws -> [Int] {
        try await database.pool.read { database in
            try ["document", "document_text", "chunk", "chunk_keyword"].map { try Int.fetchOne(database, sql: "SELECT count(*) FROM \($0)") ?? -1 }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `a large document is hidden at once and gone soon`() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let (large, small) = (try await file(passages: 4500), try await file(passages: 10))
        #expect(try await files.delete(large))
        let indexed = try await database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM document WHERE state = 'indexed'") }
        #expect(indexed == 1)
        // What the deletion did not wait for goes on behind it.
        while try await counts() != [1, 3, 10, 10] { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await files.find(small) != nil)
    }

    @Test(.timeLimit(.minutes(5))) func `many small documents are not deleted in one transaction, but all`() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        for _ in 0..<30 { _ = try await file(passages: 100) }
        #expect(try await files.deleteAll().count == 30)
        while try await counts() != [0, 0, 0, 0] { try await Task.sleep(for: .milliseconds(20)) }
    }

    @Test(.timeLimit(.minutes(5))) func `what a crash left is taken up at the next start`() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let id = try await file(passages: 2500)
        try await database.pool.write { database in
            try database.execute(sql: "UPDATE document SET key = 'released:' || id, state = 'draft'")
            try database.execute(sql: "DELETE FROM file WHERE id = ?", arguments: [id])
        }
        try await SQLiteDocumentStore(database: database).releaseUnused()
        while try await counts() != [0, 0, 0, 0] { try await Task.sleep(for: .milliseconds(20)) }
    }
}
