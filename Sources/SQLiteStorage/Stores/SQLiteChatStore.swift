package import Domain
import GRDB

package struct SQLiteChatStore: ChatStore {
    let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func find(_ id: String, ownerID: String) async throws -> SavedChat? {
        try await database.pool.read { try ChatRow.find(id, ownerID: ownerID, $0)?.chat }
    }

    package func insert(_ chats: [SavedChat]) async throws {
        try await database.pool.write { database in
            for chat in chats { try ChatRow.insert(chat, database) }
        }
    }

    package func update(_ id: String, ownerID: String, _ change: @escaping @Sendable (inout SavedChat) throws -> Void) async throws -> SavedChat? {
        try await database.pool.write { database in
            guard let (position, old) = try ChatRow.find(id, ownerID: ownerID, database) else { return nil }
            var chat = old
            try change(&chat)
            try ChatRow.update(chat, was: old, position: position, database)
            return try ChatRow.find(id, ownerID: ownerID, database)?.chat
        }
    }

    package func delete(_ id: String, ownerID: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM chat WHERE id = ? AND user_id = ?", arguments: [id, ownerID])
            return database.changesCount > 0
        }
    }

    package func deleteAll(ownerID: String) async throws {
        try await database.pool.write { try $0.execute(sql: "DELETE FROM chat WHERE user_id = ?", arguments: [ownerID]) }
    }

    package func setRead(_ id: String, ownerID: String, at time: EpochSeconds?) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "UPDATE chat SET read_at = ? WHERE id = ? AND user_id = ?", arguments: [time, id, ownerID])
            return database.changesCount > 0
        }
    }

    package func setAllRead(ownerID: String) async throws -> Int {
        try await database.pool.write { database in
            try database.execute(sql: "UPDATE chat SET read_at = updated_at WHERE user_id = ? AND is_archived = 0", arguments: [ownerID])
            return database.changesCount
        }
    }

    package func count(changed: ClosedRange<EpochSeconds>, ownerIDs: Set<String>?) async throws -> Int {
        try await database.pool.read { database in
            guard let ownerIDs else {
                return try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM chat WHERE updated_at BETWEEN ? AND ?",
                    arguments: [changed.lowerBound, changed.upperBound]) ?? 0
            }
            return try ownerIDs.reduce(0) { sum, ownerID in
                try sum
                    + (Int.fetchOne(
                        database, sql: "SELECT count(*) FROM chat WHERE user_id = ? AND updated_at BETWEEN ? AND ?",
                        arguments: [ownerID, changed.lowerBound, changed.upperBound]) ?? 0)
            }
        }
    }

    package func export(ownerID: String?, after id: String?, limit: Int) async throws -> [SavedChat] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT \(ChatRow.columns), content FROM chat JOIN chat_content USING (position)
                    WHERE user_id = coalesce(?, user_id) AND chat.position > coalesce((SELECT position FROM chat WHERE id = ?), 0) ORDER BY chat.position LIMIT ?
                    """, arguments: [ownerID, id, limit]
            ).map(ChatRow.chat)
        }
    }

    // MARK: Tags

    package func tags(of id: String, ownerID: String) async throws -> [ChatTag]? {
        try await database.pool.read { database in
            guard let position = try Self.position(id, ownerID, database) else { return nil }
            return try ChatRow.tags(position: position, database)
        }
    }

    package func tags(ownerID: String) async throws -> [ChatTag] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT min(name) AS name FROM chat_tag WHERE user_id = ? GROUP BY tag_id ORDER BY 1", arguments: [ownerID]
            ).map { ChatTag(name: $0["name"], userID: ownerID) }
        }
    }

    package func tag(_ id: String, _ tag: ChatTag, isAdded: Bool) async throws -> Bool {
        try await database.pool.write { database in
            guard let position = try Self.position(id, tag.userID, database) else { return false }
            if isAdded {
                try ChatRow.putTag(tag, position: position, database)
            } else {
                try database.execute(
                    sql: "DELETE FROM chat_tag WHERE user_id = ? AND tag_id = ? AND position = ?", arguments: [tag.userID, tag.id, position])
            }
            try ChatRow.writeTagIDs(position: position, database)
            return true
        }
    }

    private static func position(_ id: String, _ ownerID: String, _ database: Database) throws -> Int64? {
        try Int64.fetchOne(database, sql: "SELECT position FROM chat WHERE id = ? AND user_id = ?", arguments: [id, ownerID])
    }

    // MARK: Shares

    package func share(_ id: String, ownerID: String) async throws -> SavedChat? {
        try await database.pool.write { database in
            guard let (position, chat) = try ChatRow.find(id, ownerID: ownerID, database) else { return nil }
            let shareID = chat.shareID ?? makeID()
            try database.execute(
                sql: """
                    INSERT INTO chat_share (id, position, title, content, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (position) DO UPDATE SET title = excluded.title, content = excluded.content, updated_at = excluded.updated_at
                    """,
                arguments: [shareID, position, chat.title, chat.content.storedText, EpochSeconds.now(), EpochSeconds.now()])
            try database.execute(sql: "UPDATE chat SET share_id = ? WHERE position = ?", arguments: [shareID, position])
            return try ChatRow.find(id, ownerID: ownerID, database)?.chat
        }
    }

    package func putShare(_ snapshot: SavedChat, of chatID: String) async throws -> Bool {
        try await database.pool.write { database in
            guard let (position, chat) = try ChatRow.find(chatID, ownerID: snapshot.userID, database),
                chat.shareID == nil || chat.shareID == snapshot.id
            else { return false }
            try database.execute(
                sql: """
                    INSERT INTO chat_share (id, position, title, content, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (position) DO UPDATE SET title = excluded.title, content = excluded.content, updated_at = excluded.updated_at
                    """,
                arguments: [snapshot.id, position, snapshot.title, snapshot.content.storedText, snapshot.createdAt, snapshot.updatedAt])
            try database.execute(sql: "UPDATE chat SET share_id = ? WHERE position = ?", arguments: [snapshot.id, position])
            return true
        }
    }

    package func unshare(_ id: String, ownerID: String) async throws -> Bool {
        try await database.pool.write { database in
            guard let position = try Self.position(id, ownerID, database) else { return false }
            try database.execute(sql: "UPDATE chat SET share_id = NULL WHERE position = ?", arguments: [position])
            try database.execute(sql: "DELETE FROM chat_share WHERE position = ?", arguments: [position])
            return database.changesCount > 0
        }
    }

    package func shared(_ shareID: String) async throws -> SavedChat? {
        try await database.pool.read { database in
            try Row.fetchOne(
                database,
                sql: """
                    SELECT chat_share.id, chat.user_id, chat_share.title, chat_share.content, chat_share.created_at, chat_share.updated_at,
                        0 AS is_archived, 0 AS is_pinned, NULL AS folder_id, chat_share.id AS share_id, NULL AS read_at, '{}' AS meta, '{}' AS variables
                    FROM chat_share JOIN chat USING (position) WHERE chat_share.id = ?
                    """, arguments: [shareID]
            ).map(ChatRow.chat)
        }
    }
}
