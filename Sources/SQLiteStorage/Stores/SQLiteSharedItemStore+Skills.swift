package import Domain
package import GRDB

package typealias SQLiteSkillStore = SQLiteSharedItemStore<Skill>

extension Skill: SharedItemRow {
    package static let table = "skill"
    package static let columns = [
        "user_id", "name", "description", "content", "meta", "is_active", "version_id", "created_at", "updated_at",
    ]
    package static let nameColumn = "name"
    package static let searched = [
        "item.name", "item.description", "item.id", "item.meta", "(SELECT name FROM user WHERE id = item.user_id)",
    ]
    package static let hasTags = false
    package static let hasActivity = true
    /// Without the instructions.
    package static let briefColumns = """
        item.id, user_id, name, description, '' AS content, meta, is_active, version_id, created_at, updated_at
        """

    package var values: StatementArguments {
        [userID, name, description, content, meta.storedText, isActive, versionID, createdAt, updatedAt]
    }

    package init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], name: row["name"], description: row["description"], content: row["content"],
            meta: JSONObject(stored: row["meta"]) ?? [:], isActive: row["is_active"], versionID: row["version_id"], createdAt: row["created_at"],
            updatedAt: row["updated_at"])
    }
}
