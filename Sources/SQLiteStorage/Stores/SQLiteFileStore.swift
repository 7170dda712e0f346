package import Domain
import Foundation
import GRDB

package struct SQLiteFileStore: FileStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func find(_ id: String) async throws -> File? {
        try await database.pool.read { try FileRow.find(id, $0) }
    }

    package func find(_ ids: [String]) async throws -> [File] {
        guard !ids.isEmpty else { return [] }
        let byID = try await database.pool.read { database in
            let rows = try Row.fetchCursor(
                database, sql: "SELECT * FROM file WHERE id IN (SELECT value FROM json_each(?))", arguments: [JSONValue.strings(ids).jsonText])
            var found: [String: File] = [:]
            while let row = try rows.next() {
                let file = FileRow.file(row)
                found[file.id] = file
            }
            return found
        }
        return ids.compactMap { byID[$0] }
    }

    package func find(requestKey: String, ownerID: String, since: EpochSeconds) async throws -> File? {
        try await database.pool.read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM file WHERE user_id = ? AND request_key = ? AND created_at >= ?",
                arguments: [ownerID, requestKey, since]
            ).map(FileRow.file)
        }
    }

    package func insert(_ file: File, into place: KnowledgePlace?, keyCutoff: EpochSeconds) async throws {
        try await database.pool.write { database in
            if let key = file.requestKey {
                try database.execute(
                    sql: """
                        UPDATE file SET request_key = NULL, request_fingerprint = NULL
                        WHERE user_id = ? AND request_key = ? AND created_at < ?
                        """, arguments: [file.userID, key.text, keyCutoff])
                let taken = "SELECT EXISTS (SELECT 1 FROM file WHERE user_id = ? AND request_key = ?)"
                if try Bool.fetchOne(database, sql: taken, arguments: [file.userID, key.text]) == true {
                    throw AppError(.conflict, "The Idempotency-Key was used for another upload.")
                }
            }
            try FileRow.insert(file, database)
            guard let place else { return }
            try database.execute(
                sql: """
                    INSERT INTO knowledge_file (knowledge_id, file_id, directory_id, user_id, created_at, updated_at)
                    SELECT id, ?, (SELECT id FROM knowledge_directory WHERE id = ? AND knowledge_id = knowledge.id), ?, ?, ?
                    FROM knowledge WHERE id = ?
                    """, arguments: [file.id, place.directoryID, place.userID, file.createdAt, file.createdAt, place.knowledgeID])
        }
    }

    package func update(_ id: String, _ change: @escaping @Sendable (inout File) -> Void) async throws -> File? {
        try await database.pool.write { database in
            guard var file = try FileRow.find(id, database) else { return nil }
            change(&file)
            file.updatedAt = .now()
            try FileRow.update(file, database)
            return file
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        let (existed, released) = try await database.pool.write { database in
            let held = try DocumentRows.held(by: id, database)
            try database.execute(sql: "DELETE FROM file WHERE id = ?", arguments: [id])
            let existed = database.changesCount > 0
            return (existed, try DocumentRows.release(held, database))
        }
        await DocumentRows.purge(released, in: self.database)
        return existed
    }

    package func deleteAll() async throws -> [String] {
        let ids = try await database.pool.write { database in
            let ids = try String.fetchAll(database, sql: "SELECT id FROM file")
            try database.execute(sql: "DELETE FROM file")
            return ids
        }
        let released = try await database.pool.write { try DocumentRows.release(DocumentRows.unused($0), $0) }
        await DocumentRows.purge(released, in: database)
        return ids
    }

    package func list(_ filter: FileFilter, page: PageRequest) async throws -> Page<File> {
        try await database.pool.read { database in
            let (condition, arguments) = Self.condition(filter)
            let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM file WHERE \(condition)", arguments: arguments) ?? 0
            let items = try Row.fetchAll(
                database, sql: "SELECT * FROM file WHERE \(condition) ORDER BY position DESC LIMIT ? OFFSET ?",
                arguments: arguments + [page.limit, page.offset]
            ).map(FileRow.file)
            return Page(items: items, total: total)
        }
    }

    package func search(_ filter: FileFilter, pattern: String, page: PageRequest) async throws -> [File] {
        // No name is that long, and SQLite refuses patterns beyond 50,000 bytes.
        guard pattern.utf8.count <= 8000 else { return [] }
        return try await database.pool.read { database in
            let (condition, arguments) = Self.condition(filter)
            return try Row.fetchAll(
                database,
                sql: "SELECT * FROM file WHERE \(condition) AND filename LIKE ? ESCAPE '\\' ORDER BY position DESC LIMIT ? OFFSET ?",
                arguments: arguments + [Self.likePattern(pattern), page.limit, page.offset]
            ).map(FileRow.file)
        }
    }

    package func count(_ filter: FileFilter) async throws -> Int {
        try await database.pool.read { database in
            let (condition, arguments) = Self.condition(filter)
            return try Int.fetchOne(database, sql: "SELECT count(*) FROM file WHERE \(condition)", arguments: arguments) ?? 0
        }
    }

    package func allIDs() async throws -> [String] {
        try await database.pool.read { try String.fetchAll($0, sql: "SELECT id FROM file") }
    }

    private static func condition(_ filter: FileFilter) -> (String, StatementArguments) {
        var conditions = ["1"]
        var arguments: StatementArguments = []
        if let ownerID = filter.ownerID {
            conditions.append("user_id = ?")
            arguments += [ownerID]
        }
        if let ids = filter.knowledgeIDs {
            conditions.append("id IN (SELECT file_id FROM knowledge_file WHERE knowledge_id IN (SELECT value FROM json_each(?)))")
            arguments += [JSONValue.strings(ids).jsonText]
        }
        return (conditions.joined(separator: " AND "), arguments)
    }

    /// `*` and `?` become `%` and `_`; what LIKE would read as a wildcard is taken as it is.
    static func likePattern(_ pattern: String) -> String {
        var like = ""
        for character in pattern.precomposedStringWithCanonicalMapping {
            switch character {
            case "*": like += "%"
            case "?": like += "_"
            case "%", "_", "\\": like += "\\" + String(character)
            default: like.append(character)
            }
        }
        return like
    }
}
