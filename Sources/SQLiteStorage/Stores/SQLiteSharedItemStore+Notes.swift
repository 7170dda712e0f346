package import Domain
package import GRDB

package typealias SQLiteNoteStore = SQLiteSharedItemStore<Note>

extension Note: SharedItemRow {
    package static let table = "note"
    package static let columns = ["user_id", "title", "data", "meta", "created_at", "updated_at"]
    package static let nameColumn = "title"
    /// Without hyphens and spaces, so that "todo" finds "to-do".
    package static let searched = [
        "replace(replace(item.title, '-', ''), ' ', '')", "replace(replace(json_extract(item.data, '$.content.md'), '-', ''), ' ', '')",
    ]
    package static let hasTags = false
    package static let hasActivity = false
    /// Of the data the beginning of the text only.
    package static let briefColumns = """
        item.id, user_id, title, meta, created_at, updated_at,
        CASE WHEN data IS NULL OR data = '{}' THEN data
            ELSE json_object('content', json_object('md', substr(ifnull(json_extract(data, '$.content.md'), ''), 1, 1000))) END AS data
        """

    package var values: StatementArguments { [userID, title, data?.storedText, meta?.storedText, createdAt, updatedAt] }

    package init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], title: row["title"], data: JSONObject(stored: row["data"]), meta: JSONObject(stored: row["meta"]),
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}

extension SQLiteSharedItemStore: NoteStore where Item == Note {
    package func togglePin(of id: String, userID: String) async throws -> Bool? {
        try await database.pool.write { database in
            guard try Self.find(id, database) != nil else { return nil }
            try database.execute(sql: "DELETE FROM note_pin WHERE user_id = ? AND note_id = ?", arguments: [userID, id])
            if database.changesCount > 0 { return false }
            try database.execute(sql: "INSERT INTO note_pin (user_id, note_id) VALUES (?, ?)", arguments: [userID, id])
            return true
        }
    }

    package func pins(userID: String) async throws -> [String] {
        try await database.pool.read { database in
            try String.fetchAll(database, sql: "SELECT note_id FROM note_pin WHERE user_id = ? ORDER BY position DESC", arguments: [userID])
        }
    }
}
