package import Domain
import GRDB

package struct SQLiteAuditStore: AuditStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func append(_ event: AuditEvent) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: """
                    INSERT INTO audit_event (id, at, actor_id, actor, credential, action, object_id, object, detail, address)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    event.id, event.at, event.actorID, event.actor, event.credential, event.action, event.objectID, event.object,
                    event.detail.storedText, event.address,
                ])
        }
    }

    package func page(_ filter: AuditFilter, _ page: PageRequest) async throws -> Page<AuditEvent> {
        let (condition, arguments) = Self.condition(filter)
        return try await database.pool.read { database in
            let total = try Int.fetchOne(database, sql: "SELECT count(*) FROM audit_event WHERE \(condition)", arguments: arguments) ?? 0
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM audit_event WHERE \(condition) ORDER BY position DESC LIMIT ? OFFSET ?",
                arguments: arguments + [page.limit, page.offset])
            return Page(items: rows.map(AuditEvent.init(row:)), total: total)
        }
    }

    package func events(_ filter: AuditFilter, after position: Int, limit: Int) async throws -> (events: [AuditEvent], position: Int) {
        let (condition, arguments) = Self.condition(filter)
        return try await database.pool.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM audit_event WHERE \(condition) AND position > ? ORDER BY position LIMIT ?",
                arguments: arguments + [position, limit])
            return (rows.map(AuditEvent.init(row:)), rows.last.map { $0["position"] } ?? position)
        }
    }

    private static func condition(_ filter: AuditFilter) -> (String, StatementArguments) {
        (
            """
            at >= ? AND (? = '' OR actor_id = ?) AND (? = '' OR object_id = ?)
            AND (? = '' OR action = ? OR substr(action, 1, length(?) + 1) = ? || '.')
            """,
            [
                filter.since, filter.actorID, filter.actorID, filter.objectID, filter.objectID, filter.action, filter.action, filter.action,
                filter.action,
            ]
        )
    }
}

extension AuditEvent {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], at: row["at"], actorID: row["actor_id"], actor: row["actor"], credential: row["credential"], action: row["action"],
            objectID: row["object_id"], object: row["object"], detail: JSONObject(stored: row["detail"]) ?? [:], address: row["address"])
    }
}
