package import Domain
import GRDB

package struct SQLiteChatFolderStore: ChatFolderStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func all(ownerID: String) async throws -> [ChatFolder] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM chat_folder WHERE user_id = ? ORDER BY name, id", arguments: [ownerID]).map(Self.folder)
        }
    }

    package func find(_ id: String, ownerID: String) async throws -> ChatFolder? {
        try await database.pool.read { try Self.find(id, ownerID, $0) }
    }

    package func insert(_ folder: ChatFolder) async throws {
        try await database.pool.write { database in
            try Self.check(folder, database)
            try database.execute(
                sql: """
                    INSERT INTO chat_folder (id, parent_id, user_id, name, meta, data, is_expanded, created_at, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    folder.id, folder.parentID, folder.userID, folder.name, folder.meta?.storedText, folder.data?.storedText, folder.isExpanded,
                    folder.createdAt, folder.updatedAt,
                ])
        }
    }

    package func update(
        _ id: String, ownerID: String, _ change: @escaping @Sendable (inout ChatFolder) throws -> Void
    ) async throws -> ChatFolder? {
        try await database.pool.write { database in
            guard var folder = try Self.find(id, ownerID, database) else { return nil }
            try change(&folder)
            try Self.check(folder, database)
            try database.execute(
                sql: "UPDATE chat_folder SET parent_id = ?, name = ?, meta = ?, data = ?, is_expanded = ?, updated_at = ? WHERE id = ?",
                arguments: [
                    folder.parentID, folder.name, folder.meta?.storedText, folder.data?.storedText, folder.isExpanded, folder.updatedAt, id,
                ])
            return folder
        }
    }

    package func delete(_ id: String, ownerID: String, withChats: Bool) async throws -> Bool {
        try await database.pool.write { database in
            guard try Self.find(id, ownerID, database) != nil else { return false }
            if withChats {
                try database.execute(
                    sql: """
                        WITH RECURSIVE inside (id) AS (SELECT ? UNION SELECT chat_folder.id FROM chat_folder JOIN inside ON parent_id = inside.id)
                        DELETE FROM chat WHERE folder_id IN (SELECT id FROM inside) AND user_id = ?
                        """, arguments: [id, ownerID])
            }
            try database.execute(sql: "DELETE FROM chat_folder WHERE id = ? AND user_id = ?", arguments: [id, ownerID])
            return true
        }
    }

    /// The rules that every folder keeps.
    private static func check(_ folder: ChatFolder, _ database: Database) throws {
        var ancestor = folder.parentID
        while let id = ancestor {
            guard id != folder.id else { throw AppError(.badRequest, "A folder cannot be inside itself.") }
            guard let parent = try find(id, folder.userID, database) else { throw AppError.notFound }
            ancestor = parent.parentID
        }
        let isTaken = try Bool.fetchOne(
            database,
            sql: "SELECT EXISTS (SELECT 1 FROM chat_folder WHERE user_id = ? AND parent_id IS ? AND name = ? COLLATE NOCASE AND id <> ?)",
            arguments: [folder.userID, folder.parentID, folder.name, folder.id])
        if isTaken == true { throw AppError(.badRequest, "A folder of that name already exists.") }
    }

    private static func find(_ id: String, _ ownerID: String, _ database: Database) throws -> ChatFolder? {
        try Row.fetchOne(database, sql: "SELECT * FROM chat_folder WHERE id = ? AND user_id = ?", arguments: [id, ownerID]).map(folder)
    }

    private static func folder(_ row: Row) -> ChatFolder {
        ChatFolder(
            id: row["id"], parentID: row["parent_id"], userID: row["user_id"], name: row["name"], meta: JSONObject(stored: row["meta"]),
            data: JSONObject(stored: row["data"]), isExpanded: row["is_expanded"], createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}
