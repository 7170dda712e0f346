import Domain
import GRDB

/// Rows of saved chats.
enum ChatRow {
    static let columns = """
        chat.position, chat.id, chat.user_id, chat.title, chat.created_at, chat.updated_at, chat.is_archived, chat.is_pinned, \
        chat.folder_id, chat.share_id, chat.read_at, chat.meta, chat.variables
        """

    static func chat(_ row: Row) -> SavedChat {
        SavedChat(
            id: row["id"], userID: row["user_id"], title: row["title"], content: JSONObject(stored: row["content"]) ?? [:],
            createdAt: row["created_at"], updatedAt: row["updated_at"], isArchived: row["is_archived"], isPinned: row["is_pinned"],
            folderID: row["folder_id"], shareID: row["share_id"], readAt: row["read_at"], meta: JSONObject(stored: row["meta"]) ?? [:],
            variables: JSONObject(stored: row["variables"]) ?? [:])
    }

    static func summary(_ row: Row) -> ChatSummary {
        ChatSummary(
            id: row["id"], title: row["title"], createdAt: row["created_at"], updatedAt: row["updated_at"], isArchived: row["is_archived"],
            isPinned: row["is_pinned"], folderID: row["folder_id"], shareID: row["share_id"], readAt: row["read_at"])
    }

    static func find(_ id: String, ownerID: String, _ database: Database) throws -> (position: Int64, chat: SavedChat)? {
        try Row.fetchOne(
            database,
            sql: "SELECT \(columns), content FROM chat JOIN chat_content USING (position) WHERE id = ? AND user_id = ?",
            arguments: [id, ownerID]
        ).map { ($0["position"], chat($0)) }
    }

    static func insert(_ chat: SavedChat, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO chat (id, user_id, title, created_at, updated_at, is_archived, is_pinned, folder_id, share_id, read_at, meta, variables)
                VALUES (?, ?, ?, ?, ?, ?, ?, (SELECT id FROM chat_folder WHERE id = ? AND user_id = ?), NULL, ?, ?, ?)
                """,
            arguments: [
                chat.id, chat.userID, chat.title, chat.createdAt, chat.updatedAt, chat.isArchived, chat.isPinned, chat.folderID, chat.userID,
                chat.readAt, chat.meta.storedText, chat.variables.storedText,
            ])
        let position = database.lastInsertedRowID
        let text = ChatHistory.text(of: chat.content, title: chat.title)
        try database.execute(
            sql: "INSERT INTO chat_content (position, content, text) VALUES (?, ?, ?)", arguments: [position, chat.content.storedText, text])
        try database.execute(
            sql: "INSERT INTO chat_keyword (rowid, terms) VALUES (?, ?)", arguments: [position, KeywordTokenizer.indexText(text)])
        for name in (chat.meta["tags"]?.array ?? []).compactMap(\.string) {
            try putTag(ChatTag(name: name, userID: chat.userID), position: position, database)
        }
        if chat.meta["tags"] != nil { try writeTagIDs(position: position, database) }
    }

    static func update(_ chat: SavedChat, was old: SavedChat, position: Int64, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE chat SET title = ?, created_at = ?, updated_at = ?, is_archived = ?, is_pinned = ?,
                    folder_id = (SELECT id FROM chat_folder WHERE id = ? AND user_id = ?), meta = ?, variables = ? WHERE position = ?
                """,
            arguments: [
                chat.title, chat.createdAt, chat.updatedAt, chat.isArchived, chat.isPinned, chat.folderID, chat.userID, chat.meta.storedText,
                chat.variables.storedText, position,
            ])
        guard chat.content != old.content || chat.title != old.title else { return }
        let text = ChatHistory.text(of: chat.content, title: chat.title)
        try database.execute(
            sql: "UPDATE chat_content SET content = ?, text = ? WHERE position = ?", arguments: [chat.content.storedText, text, position])
        guard text != ChatHistory.text(of: old.content, title: old.title) else { return }
        try database.execute(
            sql: "UPDATE chat_keyword SET terms = ? WHERE rowid = ?", arguments: [KeywordTokenizer.indexText(text), position])
    }

    static func putTag(_ tag: ChatTag, position: Int64, _ database: Database) throws {
        try database.execute(
            sql: "INSERT OR IGNORE INTO chat_tag (user_id, tag_id, position, name) VALUES (?, ?, ?, ?)",
            arguments: [tag.userID, tag.id, position, tag.name])
    }

    static func tags(position: Int64, _ database: Database) throws -> [ChatTag] {
        try Row.fetchAll(database, sql: "SELECT name, user_id FROM chat_tag WHERE position = ? ORDER BY name", arguments: [position])
            .map { ChatTag(name: $0["name"], userID: $0["user_id"]) }
    }

    /// `meta.tags` names what the tag table holds.
    static func writeTagIDs(position: Int64, _ database: Database) throws {
        guard let stored = try String.fetchOne(database, sql: "SELECT meta FROM chat WHERE position = ?", arguments: [position]) else { return }
        var meta = JSONObject(stored: stored) ?? [:]
        meta["tags"] = .strings(try tags(position: position, database).map(\.id))
        try database.execute(sql: "UPDATE chat SET meta = ? WHERE position = ?", arguments: [meta.storedText, position])
    }
}
