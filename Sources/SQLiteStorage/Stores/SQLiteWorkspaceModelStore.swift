package import Domain
import GRDB

package struct SQLiteWorkspaceModelStore: WorkspaceModelStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func all() async throws -> [WorkspaceModel] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM model ORDER BY rowid").map(WorkspaceModel.init(row:))
        }
    }

    package func find(_ id: String) async throws -> WorkspaceModel? {
        try await database.pool.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM model WHERE id = ?", arguments: [id]).map(WorkspaceModel.init(row:))
        }
    }

    package func insert(_ model: WorkspaceModel) async throws {
        do {
            try await database.pool.write { database in
                try database.execute(
                    sql: """
                        INSERT INTO model (id, version_id, user_id, base_model_id, name, params, meta, is_active, created_at, updated_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                        """,
                    arguments: [
                        model.id, model.versionID, model.userID, model.baseModelID, model.name, model.params.storedText, model.meta.storedText,
                        model.isActive, model.createdAt, model.updatedAt,
                    ])
            }
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY {
            throw AppError(.conflict, "There is a model with this id.", cause: error)
        }
    }

    package func update(_ model: WorkspaceModel) async throws {
        let changed = try await database.pool.write { database in
            try database.execute(
                sql: """
                    UPDATE model SET version_id = ?, user_id = ?, base_model_id = ?, name = ?, params = ?, meta = ?, is_active = ?,
                        created_at = ?, updated_at = ?
                    WHERE id = ?
                    """,
                arguments: [
                    model.versionID, model.userID, model.baseModelID, model.name, model.params.storedText, model.meta.storedText, model.isActive,
                    model.createdAt, model.updatedAt, model.id,
                ])
            return database.changesCount
        }
        guard changed > 0 else { throw AppError.notFound }
    }

    package func delete(_ id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM model WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
    }
}

extension WorkspaceModel {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], versionID: row["version_id"], userID: row["user_id"], baseModelID: row["base_model_id"], name: row["name"],
            params: JSONObject(stored: row["params"]) ?? [:], meta: JSONObject(stored: row["meta"]) ?? [:], isActive: row["is_active"],
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}
