package import Domain
import GRDB

package struct SQLiteAPIKeyStore: APIKeyStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func key(digest: String) async throws -> APIKey? { try await fetch("digest = ?", [digest]).first }
    package func key(id: String) async throws -> APIKey? { try await fetch("id = ?", [id]).first }
    package func keys(userID: String) async throws -> [APIKey] { try await fetch("user_id = ?", [userID]) }
    package func allKeys() async throws -> [APIKey] { try await fetch("1", []) }

    private func fetch(_ condition: String, _ arguments: StatementArguments) async throws -> [APIKey] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM api_key WHERE \(condition) ORDER BY created_at DESC, rowid DESC", arguments: arguments
            ).map(APIKey.init(row:))
        }
    }

    package func accountKey(userID: String) async throws -> (key: APIKey, sealed: String)? {
        try await database.pool.read { database in
            guard
                let row = try Row.fetchOne(
                    database, sql: "SELECT * FROM api_key WHERE user_id = ? AND kind = 'account' AND sealed IS NOT NULL", arguments: [userID])
            else { return nil }
            return (APIKey(row: row), row["sealed"])
        }
    }

    package func insert(_ key: APIKey, digest: String, sealed: String?) async throws {
        try await database.pool.write { database in
            if key.kind == .account {
                try database.execute(sql: "DELETE FROM api_key WHERE user_id = ? AND kind = 'account'", arguments: [key.userID])
            }
            try database.execute(
                sql: """
                    INSERT INTO api_key (id, user_id, kind, name, hint, digest, sealed, restrictions, expires_at, last_used_at, created_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    key.id, key.userID, key.kind.rawValue, key.name, key.hint, digest, sealed, key.restrictions.json.storedText, key.expiresAt,
                    key.lastUsedAt, key.createdAt,
                ])
        }
    }

    package func update(id: String, _ change: @escaping @Sendable (inout APIKey) throws -> Void) async throws -> APIKey? {
        try await database.pool.write { database in
            guard let row = try Row.fetchOne(database, sql: "SELECT * FROM api_key WHERE id = ?", arguments: [id]) else { return nil }
            var key = APIKey(row: row)
            try change(&key)
            try database.execute(
                sql: "UPDATE api_key SET name = ?, restrictions = ?, expires_at = ? WHERE id = ?",
                arguments: [key.name, key.restrictions.json.storedText, key.expiresAt, id])
            return key
        }
    }

    package func delete(id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM api_key WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
    }

    package func touch(_ lastUsed: [String: EpochSeconds]) async throws {
        try await database.pool.write { database in
            for (id, time) in lastUsed {
                try database.execute(sql: "UPDATE api_key SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?", arguments: [time, id])
            }
        }
    }
}

extension APIKey {
    fileprivate init(row: Row) {
        self.init(
            id: row["id"], userID: row["user_id"], kind: Kind(rawValue: row["kind"]) ?? .named, name: row["name"], hint: row["hint"],
            restrictions: JSONObject(stored: row["restrictions"]).map(KeyRestrictions.init(json:)) ?? KeyRestrictions(pathPrefixes: []),
            expiresAt: row["expires_at"],
            lastUsedAt: row["last_used_at"], createdAt: row["created_at"])
    }
}
