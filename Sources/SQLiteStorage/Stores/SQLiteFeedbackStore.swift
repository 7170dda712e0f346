package import Domain
import GRDB

package struct SQLiteFeedbackStore: FeedbackStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func insert(_ feedback: Feedback) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: """
                    INSERT INTO feedback (id, user_id, kind, model, data, meta, snapshot, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    feedback.id, feedback.userID, feedback.kind, feedback.modelID, feedback.data?.storedText, feedback.meta?.storedText,
                    feedback.snapshot?.storedText, feedback.createdAt, feedback.updatedAt,
                ])
        }
    }

    package func find(_ id: String, ownerID: String?) async throws -> Feedback? {
        try await database.pool.read { try Self.find(id, ownerID, $0) }
    }

    private static func find(_ id: String, _ ownerID: String?, _ database: Database) throws -> Feedback? {
        try Row.fetchOne(
            database, sql: "SELECT * FROM feedback WHERE id = ? AND user_id = coalesce(?, user_id)", arguments: [id, ownerID]
        ).map(Feedback.init(row:))
    }

    package func update(_ id: String, ownerID: String?, _ change: @escaping @Sendable (inout Feedback) -> Void) async throws -> Feedback? {
        try await database.pool.write { database in
            guard var feedback = try Self.find(id, ownerID, database) else { return nil }
            change(&feedback)
            try database.execute(
                sql: "UPDATE feedback SET kind = ?, model = ?, data = ?, meta = ?, snapshot = ?, updated_at = ? WHERE id = ?",
                arguments: [
                    feedback.kind, feedback.modelID, feedback.data?.storedText, feedback.meta?.storedText, feedback.snapshot?.storedText,
                    feedback.updatedAt, id,
                ])
            return feedback
        }
    }

    package func delete(_ id: String, ownerID: String?) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM feedback WHERE id = ? AND user_id = coalesce(?, user_id)", arguments: [id, ownerID])
            return database.changesCount > 0
        }
    }

    package func deleteAll(ownerID: String?) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM feedback WHERE user_id = coalesce(?, user_id)", arguments: [ownerID])
            return database.changesCount > 0
        }
    }

    package func page(_ filter: FeedbackFilter, _ page: PageRequest, withSnapshots: Bool) async throws -> Page<Feedback> {
        let condition = "user_id = coalesce(?, user_id) AND model = coalesce(?, model)"
        let column =
            switch filter.order {
            case .createdAt: "created_at"
            case .updatedAt: "updated_at"
            case .modelID: "model"
            }
        let direction = filter.isAscending ? "ASC" : "DESC"
        return try await database.pool.read { database in
            let total =
                try Int.fetchOne(
                    database, sql: "SELECT count(*) FROM feedback WHERE \(condition)", arguments: [filter.userID, filter.modelID]) ?? 0
            let rows = try Row.fetchAll(
                database,
                sql: """
                    SELECT id, user_id, kind, data, meta, \(withSnapshots ? "snapshot" : "NULL AS snapshot"), created_at, updated_at FROM feedback
                    WHERE \(condition) ORDER BY \(column) \(direction), position \(direction) LIMIT ? OFFSET ?
                    """, arguments: [filter.userID, filter.modelID, page.limit, page.offset])
            return Page(items: rows.map(Feedback.init(row:)), total: total)
        }
    }

    package func modelIDs() async throws -> [String] {
        try await database.pool.read { try String.fetchAll($0, sql: "SELECT DISTINCT model FROM feedback WHERE model <> '' ORDER BY model") }
    }
}

extension Feedback {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], kind: row["kind"], data: JSONObject(stored: row["data"]), meta: JSONObject(stored: row["meta"]),
            snapshot: JSONObject(stored: row["snapshot"]), createdAt: row["created_at"], updatedAt: row["updated_at"])
    }
}
