package import Domain
import GRDB

package struct SQLiteKeyUsageStore: KeyUsageStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func add(_ usage: [KeyUsage]) async throws {
        try await database.pool.write { database in
            for one in usage {
                try database.execute(
                    sql: """
                        INSERT INTO api_key_usage (key_id, day, requests, tokens) SELECT id, ?, ?, ? FROM api_key WHERE id = ?
                        ON CONFLICT (key_id, day) DO UPDATE SET
                            requests = requests + excluded.requests, tokens = tokens + excluded.tokens
                        """, arguments: [one.day, one.requests, one.tokens, one.keyID])
            }
        }
    }

    package func usage(keyID: String, from: String) async throws -> [KeyUsage] {
        try await database.pool.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM api_key_usage WHERE key_id = ? AND day >= ? ORDER BY day", arguments: [keyID, from]
            ).map { KeyUsage(keyID: $0["key_id"], day: $0["day"], requests: $0["requests"], tokens: $0["tokens"]) }
        }
    }
}
