package import Domain
import GRDB

package struct SQLiteToolkitStore: ToolkitStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func all() async throws -> [Toolkit] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM tool ORDER BY rowid").map(Toolkit.init(row:))
        }
    }

    package func find(_ id: String) async throws -> Toolkit? {
        try await database.pool.read { try Self.find($0, id) }
    }

    package func insert(_ toolkit: Toolkit) async throws {
        do {
            try await database.pool.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO tool (id, user_id, name, content, meta, manifest, revision, created_at, updated_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [toolkit.id] + Self.values(toolkit))
            }
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY {
            throw AppError(.conflict, "There is a tool with this id.", cause: error)
        }
    }

    package func update(_ id: String, _ change: @escaping @Sendable (inout Toolkit) throws -> Void) async throws -> Toolkit? {
        try await database.pool.write { database in
            guard var toolkit = try Self.find(database, id) else { return nil }
            try change(&toolkit)
            try database.execute(
                sql: """
                    UPDATE tool SET user_id = ?, name = ?, content = ?, meta = ?, manifest = ?, revision = ?, created_at = ?, updated_at = ?
                    WHERE id = ?
                    """,
                arguments: Self.values(toolkit) + [id])
            return toolkit
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM tool WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
    }

    private static func find(_ database: Database, _ id: String) throws -> Toolkit? {
        try Row.fetchOne(database, sql: "SELECT * FROM tool WHERE id = ?", arguments: [id]).map(Toolkit.init(row:))
    }

    /// Every column but the id.
    private static func values(_ toolkit: Toolkit) -> StatementArguments {
        [
            toolkit.userID, toolkit.name, toolkit.content, toolkit.meta.storedText, toolkit.manifest?.json.storedText, toolkit.revision,
            toolkit.createdAt, toolkit.updatedAt,
        ]
    }
}

extension Toolkit {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], name: row["name"], content: row["content"], meta: JSONObject(stored: row["meta"]) ?? [:],
            manifest: JSONObject(stored: row["manifest"]).flatMap(FunctionManifest.init(json:)), revision: row["revision"],
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}
