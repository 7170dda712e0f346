package import Domain
import GRDB

package struct SQLiteSettingsStore: SettingsStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func all() async throws -> [String: JSONValue] {
        try await database.pool.read { database in
            var values: [String: JSONValue] = [:]
            for row in try Row.fetchAll(database, sql: "SELECT name, value FROM setting") {
                let text: String = row["value"]
                values[row["name"]] = try? JSONValue(parsing: text)
            }
            return values
        }
    }

    package func put(_ values: [String: JSONValue?]) async throws {
        try await database.pool.write { database in
            for (name, value) in values {
                if let value {
                    try database.execute(
                        sql: """
                            INSERT INTO setting (name, value, updated_at) VALUES (?, ?, ?)
                            ON CONFLICT (name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at
                            """, arguments: [name, value.jsonText, EpochSeconds.now()])
                } else {
                    try database.execute(sql: "DELETE FROM setting WHERE name = ?", arguments: [name])
                }
            }
        }
    }
}
