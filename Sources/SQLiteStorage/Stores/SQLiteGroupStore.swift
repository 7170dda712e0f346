package import Domain
import GRDB

package struct SQLiteGroupStore: GroupStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func group(id: String) async throws -> Group? { try await fetch("id = ?", [id]).first }
    package func group(name: String) async throws -> Group? { try await fetch("name = ?", [name]).first }
    package func groups() async throws -> [Group] { try await fetch("1", []) }

    package func groups(memberID: String) async throws -> [Group] {
        try await fetch("id IN (SELECT group_id FROM user_group_member WHERE user_id = ?)", [memberID])
    }

    private func fetch(_ condition: String, _ arguments: StatementArguments) async throws -> [Group] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM user_group WHERE \(condition) ORDER BY name COLLATE NOCASE, rowid", arguments: arguments
            ).map(Group.init(row:))
        }
    }

    package func groupIDs(memberIDs: [String]) async throws -> [String: [String]] {
        try await database.pool.read { database in
            var found: [String: [String]] = [:]
            for start in stride(from: 0, to: memberIDs.count, by: 1000) {
                let part = Array(memberIDs[start..<min(start + 1000, memberIDs.count)])
                let rows = try Row.fetchAll(
                    database,
                    sql: "SELECT user_id, group_id FROM user_group_member WHERE user_id IN (\(Database.placeholders(part.count))) ORDER BY rowid",
                    arguments: StatementArguments(part))
                for row in rows { found[row["user_id"], default: []].append(row["group_id"]) }
            }
            return found
        }
    }

    package func memberIDs(groupID: String) async throws -> [String] {
        try await database.pool.read { database in
            try String.fetchAll(database, sql: "SELECT user_id FROM user_group_member WHERE group_id = ? ORDER BY rowid", arguments: [groupID])
        }
    }

    package func memberCounts() async throws -> [String: Int] {
        try await database.pool.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT group_id, count(*) AS members FROM user_group_member GROUP BY group_id")
            return Dictionary(uniqueKeysWithValues: rows.map { ($0["group_id"], $0["members"]) })
        }
    }

    package func insert(_ group: Group) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: """
                    INSERT INTO user_group (id, user_id, name, description, permissions, data, meta, created_at, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    group.id, group.userID, group.name, group.description, group.permissions?.storedText, group.data?.storedText,
                    group.meta?.storedText, group.createdAt, group.updatedAt,
                ])
        }
    }

    package func update(id: String, _ change: @escaping @Sendable (inout Group) throws -> Void) async throws -> Group? {
        try await database.pool.write { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM user_group WHERE id = ?", arguments: [id]) else { return nil }
            var group = Group(row: row)
            try change(&group)
            try database.execute(
                sql: "UPDATE user_group SET name = ?, description = ?, permissions = ?, data = ?, meta = ?, updated_at = ? WHERE id = ?",
                arguments: [
                    group.name, group.description, group.permissions?.storedText, group.data?.storedText, group.meta?.storedText,
                    group.updatedAt, id,
                ])
            return group
        }
    }

    package func delete(id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM access_grant WHERE principal_type = 'group' AND principal_id = ?", arguments: [id])
            try database.execute(sql: "DELETE FROM user_group WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
    }

    package func add(memberIDs: [String], to groupID: String, at: EpochSeconds) async throws {
        try await database.pool.write { database in
            for id in memberIDs { try Self.add(database, id, groupID, at) }
        }
    }

    /// Only when both exist.
    private static func add(_ database: Database, _ userID: String, _ groupID: String, _ at: EpochSeconds) throws {
        try database.execute(
            sql: """
                INSERT INTO user_group_member (group_id, user_id, created_at)
                SELECT user_group.id, user.id, ? FROM user_group, user WHERE user_group.id = ? AND user.id = ?
                ON CONFLICT DO NOTHING
                """, arguments: [at, groupID, userID])
    }

    package func remove(memberIDs: [String], from groupID: String) async throws {
        try await database.pool.write { database in
            for id in memberIDs {
                try database.execute(sql: "DELETE FROM user_group_member WHERE group_id = ? AND user_id = ?", arguments: [groupID, id])
            }
        }
    }

    package func setGroups(_ groupIDs: [String], memberID: String, at: EpochSeconds) async throws {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM user_group_member WHERE user_id = ?", arguments: [memberID])
            for id in groupIDs { try Self.add(database, memberID, id, at) }
        }
    }
}

extension Group {
    fileprivate init(row: Row) {
        self.init(id: row["id"], userID: row["user_id"], name: row["name"], description: row["description"], createdAt: row["created_at"])
        permissions = JSONObject(stored: row["permissions"])
        data = JSONObject(stored: row["data"])
        meta = JSONObject(stored: row["meta"])
        updatedAt = row["updated_at"]
    }
}
