package import Domain
import GRDB

package struct SQLiteFunctionStore: FunctionStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func all() async throws -> [Function] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM function ORDER BY rowid").compactMap(Function.init(row:))
        }
    }

    package func find(_ id: String) async throws -> Function? {
        try await database.pool.read { try Self.find($0, id) }
    }

    package func insert(_ function: Function) async throws {
        do {
            try await database.pool.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO function (id, user_id, name, kind, content, meta, manifest, models, is_active, is_global, revision,
                            created_at, updated_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [function.id] + Self.values(function))
            }
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY {
            throw AppError(.conflict, "There is a function with this id.", cause: error)
        }
    }

    package func update(_ id: String, _ change: @escaping @Sendable (inout Function) throws -> Void) async throws -> Function? {
        try await database.pool.write { database in
            guard var function = try Self.find(database, id) else { return nil }
            try change(&function)
            try database.execute(
                sql: """
                    UPDATE function SET user_id = ?, name = ?, kind = ?, content = ?, meta = ?, manifest = ?, models = ?, is_active = ?,
                        is_global = ?, revision = ?, created_at = ?, updated_at = ?
                    WHERE id = ?
                    """,
                arguments: Self.values(function) + [id])
            return function
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM function WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
    }

    private static func find(_ database: Database, _ id: String) throws -> Function? {
        try Row.fetchOne(database, sql: "SELECT * FROM function WHERE id = ?", arguments: [id]).flatMap(Function.init(row:))
    }

    /// Every column but the id.
    private static func values(_ function: Function) -> StatementArguments {
        let models = JSONValue.array(function.models.map { ["id": .string($0.id), "name": .string($0.name)] })
        return [
            function.userID, function.name, function.kind.rawValue, function.content, function.meta.storedText,
            function.manifest?.json.storedText, models.jsonText, function.isActive, function.isGlobal, function.revision, function.createdAt,
            function.updatedAt,
        ]
    }
}

extension Function {
    /// `nil` for kinds that a newer version wrote.
    fileprivate init?(row: Row) {
        guard let kind = FunctionManifest.Kind(rawValue: row["kind"]) else { return nil }
        let models: String = row["models"]
        self.init(
            id: row["id"], userID: row["user_id"], name: row["name"], kind: kind, content: row["content"],
            meta: JSONObject(stored: row["meta"]) ?? [:], manifest: JSONObject(stored: row["manifest"]).flatMap(FunctionManifest.init(json:)),
            models: ((try? JSONValue(parsing: models))?.array ?? []).compactMap { model in
                guard let id = model["id"]?.string else { return nil }
                return FunctionModel(id: id, name: model["name"]?.string ?? "")
            },
            isActive: row["is_active"], isGlobal: row["is_global"], revision: row["revision"], createdAt: row["created_at"],
            updatedAt: row["updated_at"])
    }
}
