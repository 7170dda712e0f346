package import Domain
import Foundation
import GRDB

package struct SQLiteKnowledgeStore: KnowledgeStore {
    let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func find(_ id: String) async throws -> KnowledgeBase? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM knowledge WHERE id = ?", arguments: [id]).map(KnowledgeBase.init(row:))
        }
    }

    package func all() async throws -> [KnowledgeBase] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM knowledge ORDER BY updated_at DESC, rowid DESC").map(KnowledgeBase.init(row:))
        }
    }

    package func insert(_ base: KnowledgeBase) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: "INSERT INTO knowledge (id, user_id, name, description, meta, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                arguments: [
                    base.id, base.userID, base.name, base.description, base.meta.map { JSONValue.object($0).jsonText }, base.createdAt,
                    base.updatedAt,
                ])
        }
    }

    package func update(_ base: KnowledgeBase) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: "UPDATE knowledge SET name = ?, description = ?, meta = ?, updated_at = ? WHERE id = ?",
                arguments: [base.name, base.description, base.meta.map { JSONValue.object($0).jsonText }, base.updatedAt, base.id])
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        let release: [Int64]? = try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM knowledge WHERE id = ?", arguments: [id])
            guard database.changesCount > 0 else { return nil }
            try database.execute(
                sql: "DELETE FROM access_grant WHERE resource_kind = ? AND resource_id = ?", arguments: [ResourceID.Kind.knowledge.rawValue, id])
            return try TextCollectionRows.delete(name: id, in: database).release
        }
        guard let release else { return false }
        await DocumentRows.purge(release, in: database)
        return true
    }

    // MARK: Files

    package func add(fileIDs: [String], to id: String, directoryID: String?) async throws {
        let now = EpochSeconds.now()
        try await database.pool.write { database in
            for fileID in fileIDs {
                // Nothing happens when the file or the knowledge base is gone meanwhile.
                try database.execute(
                    sql: """
                        INSERT INTO knowledge_file (knowledge_id, file_id, directory_id, user_id, created_at, updated_at)
                        SELECT knowledge.id, file.id, (SELECT id FROM knowledge_directory WHERE id = ?3 AND knowledge_id = ?1), file.user_id, ?4, ?4
                        FROM knowledge, file WHERE knowledge.id = ?1 AND file.id = ?2
                        ON CONFLICT DO UPDATE SET directory_id = ifnull(excluded.directory_id, directory_id), updated_at = excluded.updated_at
                        """, arguments: [id, fileID, directoryID, now])
            }
            try database.execute(sql: "UPDATE knowledge SET updated_at = max(updated_at, ?) WHERE id = ?", arguments: [now, id])
        }
    }

    package func remove(fileID: String, from id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM knowledge_file WHERE knowledge_id = ? AND file_id = ?", arguments: [id, fileID])
            return database.changesCount > 0
        }
    }

    package func fileIDs(of id: String) async throws -> [String] {
        try await database.pool.read { database in
            try String.fetchAll(database, sql: "SELECT file_id FROM knowledge_file WHERE knowledge_id = ? ORDER BY rowid", arguments: [id])
        }
    }

    package func bases(of fileID: String) async throws -> [String] {
        try await database.pool.read { database in
            try String.fetchAll(database, sql: "SELECT knowledge_id FROM knowledge_file WHERE file_id = ? ORDER BY rowid", arguments: [fileID])
        }
    }

    package func fileCount(of id: String) async throws -> Int {
        try await database.pool.read { database in
            try Int.fetchOne(database, sql: "SELECT count(*) FROM knowledge_file WHERE knowledge_id = ?", arguments: [id]) ?? 0
        }
    }

    package func fileCounts() async throws -> [String: Int] {
        try await database.pool.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT knowledge_id, count(*) AS files FROM knowledge_file GROUP BY knowledge_id")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["knowledge_id"], $0["files"]) })
        }
    }

    package func links(_ filter: KnowledgeFileFilter, page: PageRequest) async throws -> Page<KnowledgeLink> {
        try await database.pool.read { database in
            // One base is by far the most frequent, and its index then has the order.
            let isOne = filter.knowledgeIDs.count == 1
            var conditions = [isOne ? "link.knowledge_id = ?" : "link.knowledge_id IN (SELECT value FROM json_each(?))"]
            var arguments: StatementArguments = [isOne ? filter.knowledgeIDs[0] : JSONValue.strings(filter.knowledgeIDs).jsonText]
            let needsFile = !filter.query.isEmpty || filter.state != .any
            switch filter.state {
            case .any: break
            case .settled: conditions.append("file.state NOT IN ('pending', 'processing')")
            case .unfinished: conditions.append("file.state IN ('pending', 'processing')")
            }
            if !filter.query.isEmpty {
                conditions.append("file.filename LIKE ? ESCAPE '\\'")
                arguments += ["%\(LikePattern.escaped(filter.query))%"]
            }
            switch filter.place {
            case .anywhere: break
            case .directory(let id):
                conditions.append("link.directory_id IS ?")
                arguments += [id]
            }
            // A link without its file cannot be.
            let source =
                "FROM knowledge_file link \(needsFile ? "JOIN file ON file.id = link.file_id" : "") WHERE \(conditions.joined(separator: " AND "))"
            let total = try Int.fetchOne(database, sql: "SELECT count(*) \(source)", arguments: arguments) ?? 0
            let rows = try Row.fetchAll(
                database,
                sql:
                    "SELECT link.knowledge_id, link.file_id, link.directory_id \(source) ORDER BY link.updated_at DESC, link.rowid DESC LIMIT ? OFFSET ?",
                arguments: arguments + [page.limit, page.offset])
            return Page(
                items: rows.map { KnowledgeLink(knowledgeID: $0["knowledge_id"], fileID: $0["file_id"], directoryID: $0["directory_id"]) },
                total: total)
        }
    }

    package func move(fileID: String, in id: String, to directoryID: String?) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(
                sql: "UPDATE knowledge_file SET directory_id = ?, updated_at = ? WHERE knowledge_id = ? AND file_id = ?",
                arguments: [directoryID, EpochSeconds.now(), id, fileID])
            return database.changesCount > 0
        }
    }

    // MARK: Directories

    package func directory(_ id: String) async throws -> KnowledgeDirectory? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM knowledge_directory WHERE id = ?", arguments: [id]).map(KnowledgeDirectory.init(row:))
        }
    }

    package func directories(of id: String) async throws -> [KnowledgeDirectory] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM knowledge_directory WHERE knowledge_id = ? ORDER BY name, id", arguments: [id])
                .map(KnowledgeDirectory.init(row:))
        }
    }

    package func insert(_ directory: KnowledgeDirectory) async throws {
        try await writeDirectory { database in
            try database.execute(
                sql: """
                    INSERT INTO knowledge_directory (id, knowledge_id, parent_id, name, user_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    directory.id, directory.knowledgeID, directory.parentID, directory.name, directory.userID, directory.createdAt,
                    directory.updatedAt,
                ])
        }
    }

    package func update(_ directory: KnowledgeDirectory) async throws {
        try await writeDirectory { database in
            try database.execute(
                sql: "UPDATE knowledge_directory SET parent_id = ?, name = ?, updated_at = ? WHERE id = ?",
                arguments: [directory.parentID, directory.name, directory.updatedAt, directory.id])
        }
    }

    private func writeDirectory(_ write: @escaping @Sendable (Database) throws -> Void) async throws {
        do {
            try await database.pool.write(write)
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_UNIQUE {
            throw AppError(.conflict, "A directory with this name is already there.", cause: error)
        }
    }

    package func deleteDirectory(_ id: String) async throws {
        try await database.pool.write { try $0.execute(sql: "DELETE FROM knowledge_directory WHERE id = ?", arguments: [id]) }
    }

    package func deleteDirectories(of id: String) async throws {
        try await database.pool.write { try $0.execute(sql: "DELETE FROM knowledge_directory WHERE knowledge_id = ?", arguments: [id]) }
    }
}

extension KnowledgeBase {
    init(row: Row) {
        let meta: String? = row["meta"]
        self.init(
            id: row["id"], userID: row["user_id"], name: row["name"], description: row["description"],
            meta: meta.flatMap { try? JSONValue(parsing: $0) }?.object, createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}

extension KnowledgeDirectory {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], knowledgeID: row["knowledge_id"], parentID: row["parent_id"], name: row["name"], userID: row["user_id"],
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}

/// What people type, inside a `LIKE ... ESCAPE '\'` pattern.
enum LikePattern {
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text.precomposedStringWithCanonicalMapping {
            if character == "%" || character == "_" || character == "\\" { escaped.append("\\") }
            escaped.append(character)
        }
        return escaped
    }
}
