package import Domain
import GRDB

package struct SQLiteAccessGrantStore: AccessGrantStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func grants(for resource: ResourceID) async throws -> [AccessGrant] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM access_grant WHERE resource_kind = ? AND resource_id = ? ORDER BY rowid",
                arguments: [resource.kind.rawValue, resource.id]
            ).compactMap(AccessGrant.init(row:))
        }
    }

    package func grants(kind: ResourceID.Kind) async throws -> [String: [AccessGrant]] {
        try await database.pool.read { database in
            let rows = try Row.fetchAll(
                database, sql: "SELECT * FROM access_grant WHERE resource_kind = ? ORDER BY rowid", arguments: [kind.rawValue])
            return Dictionary(grouping: rows.compactMap(AccessGrant.init(row:)), by: \.resource.id)
        }
    }

    package func replace(_ grants: [AccessGrant], for resource: ResourceID) async throws {
        try await database.pool.write { database in
            try Self.deleteAll(database, resource)
            for grant in grants {
                try database.execute(
                    sql: """
                        INSERT INTO access_grant (id, resource_kind, resource_id, principal_type, principal_id, permission, created_at)
                        VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                        """,
                    arguments: [
                        grant.id, resource.kind.rawValue, resource.id, grant.principalType.rawValue, grant.principalID,
                        grant.permission.rawValue, grant.createdAt,
                    ])
            }
        }
    }

    package func deleteAll(for resource: ResourceID) async throws {
        try await database.pool.write { try Self.deleteAll($0, resource) }
    }

    private static func deleteAll(_ database: Database, _ resource: ResourceID) throws {
        try database.execute(
            sql: "DELETE FROM access_grant WHERE resource_kind = ? AND resource_id = ?", arguments: [resource.kind.rawValue, resource.id])
    }
}

extension AccessGrant {
    /// `nil` for kinds that a newer version wrote.
    fileprivate init?(row: Row) {
        guard let kind = ResourceID.Kind(rawValue: row["resource_kind"]), let type = PrincipalType(rawValue: row["principal_type"]),
            let permission = Permission(rawValue: row["permission"])
        else { return nil }
        self.init(
            id: row["id"], resource: ResourceID(kind, row["resource_id"]), principalType: type, principalID: row["principal_id"],
            permission: permission, createdAt: row["created_at"])
    }
}
