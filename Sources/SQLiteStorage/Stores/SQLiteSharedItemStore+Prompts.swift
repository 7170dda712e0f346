package import Domain
package import GRDB

package typealias SQLitePromptStore = SQLiteSharedItemStore<Prompt>

extension Prompt: SharedItemRow {
    package static let table = "prompt"
    package static let columns = [
        "user_id", "command", "name", "content", "data", "meta", "tags", "is_active", "version_id", "created_at", "updated_at",
    ]
    package static let nameColumn = "name"
    package static let searched = ["item.name", "item.command", "item.content", "(SELECT name FROM user WHERE id = item.user_id)"]
    package static let hasTags = true
    package static let hasActivity = true

    package var values: StatementArguments {
        [
            userID, command, name, content, data.storedText, meta.storedText, JSONValue.strings(tags).jsonText, isActive, versionID, createdAt,
            updatedAt,
        ]
    }

    package init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], command: row["command"], name: row["name"], content: row["content"],
            data: JSONObject(stored: row["data"]) ?? [:], meta: JSONObject(stored: row["meta"]) ?? [:],
            tags: ((try? JSONValue(parsing: row["tags"] as String))?.array ?? []).compactMap(\.string), isActive: row["is_active"],
            versionID: row["version_id"], createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}

extension SQLiteSharedItemStore: PromptStore where Item == Prompt {
    package func find(command: String) async throws -> Prompt? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM prompt WHERE ltrim(command, '/') = ltrim(?, '/')", arguments: [command]).map(
                Prompt.init(row:))
        }
    }

    package func tags(for reader: SharedItemQuery.Reader) async throws -> [String] {
        try await database.pool.read { database in
            var query = SharedItemQuery(reader: reader)
            query.isActiveOnly = true
            let (condition, arguments) = Self.condition(query)
            return try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT tag.value FROM prompt AS item, json_each(item.tags) AS tag
                    WHERE \(condition) AND tag.value <> '' ORDER BY tag.value
                    """, arguments: arguments)
        }
    }

    package func revise(
        _ id: String, kept: Int, _ change: @escaping @Sendable (inout Prompt, String?) throws -> PromptVersion?
    ) async throws -> Prompt? {
        try await Self.namingConflicts {
            try await database.pool.write { database in
                guard var prompt = try Self.find(id, database) else { return nil }
                let latest = try String.fetchOne(
                    database, sql: "SELECT id FROM prompt_version WHERE prompt_id = ? ORDER BY position DESC LIMIT 1", arguments: [id])
                let version = try change(&prompt, latest)
                try Self.write(prompt, id, database)
                if let version { try Self.keep(version, of: prompt, kept: kept, database) }
                return prompt
            }
        }
    }

    private static func keep(_ version: PromptVersion, of prompt: Prompt, kept: Int, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO prompt_version (id, prompt_id, parent_id, snapshot, user_id, message, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                version.id, prompt.id, version.parentID, version.snapshot.storedText, version.userID, version.message, version.createdAt,
            ])
        try database.execute(
            sql: """
                DELETE FROM prompt_version WHERE prompt_id = ?1 AND id IS NOT ?2 AND position NOT IN (
                    SELECT position FROM prompt_version WHERE prompt_id = ?1 AND id IS NOT ?2 ORDER BY position DESC LIMIT ?3)
                """, arguments: [prompt.id, prompt.versionID, kept])
        guard database.changesCount > 0 else { return }
        try database.execute(
            sql: """
                UPDATE prompt_version SET parent_id = NULL WHERE prompt_id = ?1 AND parent_id NOT IN (
                    SELECT id FROM prompt_version WHERE prompt_id = ?1)
                """, arguments: [prompt.id])
    }

    package func versions(of id: String, page: PageRequest) async throws -> [PromptVersion] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM prompt_version WHERE prompt_id = ? ORDER BY position DESC LIMIT ? OFFSET ?",
                arguments: [id, page.limit, page.offset]
            ).map(PromptVersion.init(row:))
        }
    }

    package func version(_ versionID: String, of id: String) async throws -> PromptVersion? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM prompt_version WHERE id = ? AND prompt_id = ?", arguments: [versionID, id]).map(
                PromptVersion.init(row:))
        }
    }

    package func deleteVersion(_ versionID: String, of id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE prompt_version SET parent_id = (SELECT parent_id FROM prompt_version WHERE id = ?1 AND prompt_id = ?2)
                    WHERE parent_id = ?1 AND prompt_id = ?2 AND NOT EXISTS (SELECT 1 FROM prompt WHERE id = ?2 AND version_id = ?1)
                    """, arguments: [versionID, id])
            try database.execute(
                sql: """
                    DELETE FROM prompt_version
                    WHERE id = ?1 AND prompt_id = ?2 AND NOT EXISTS (SELECT 1 FROM prompt WHERE id = ?2 AND version_id = ?1)
                    """, arguments: [versionID, id])
            return database.changesCount > 0
        }
    }
}

extension PromptVersion {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], promptID: row["prompt_id"], parentID: row["parent_id"], snapshot: JSONObject(stored: row["snapshot"]) ?? [:],
            userID: row["user_id"], message: row["message"], createdAt: row["created_at"])
    }
}
