package import Domain
import GRDB

package struct SQLiteValveStore: ValveStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func sealedValves(of plugin: PluginKey, userID: String?) async throws -> String? {
        try await database.pool.read { database in
            try String.fetchOne(
                database, sql: "SELECT sealed FROM valves WHERE kind = ? AND plugin_id = ? AND user_id = ?",
                arguments: [plugin.kind.rawValue, plugin.id, userID ?? ""])
        }
    }

    package func allSealedValves() async throws -> [PluginKey: String] {
        try await database.pool.read { database in
            let rows = try Row.fetchAll(database, sql: "SELECT kind, plugin_id, sealed FROM valves WHERE user_id = ''")
            return Dictionary(
                rows.compactMap { row in
                    PluginKey.Kind(rawValue: row["kind"]).map { (PluginKey($0, row["plugin_id"]), row["sealed"]) }
                }, uniquingKeysWith: { first, _ in first })
        }
    }

    package func put(_ sealed: String, for plugin: PluginKey, userID: String?) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: """
                    INSERT INTO valves (kind, plugin_id, user_id, sealed) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET sealed = excluded.sealed
                    """,
                arguments: [plugin.kind.rawValue, plugin.id, userID ?? "", sealed])
        }
    }

    package func deleteAll(of plugin: PluginKey) async throws {
        try await database.pool.write { database in
            try database.execute(
                sql: "DELETE FROM valves WHERE kind = ? AND plugin_id = ?", arguments: [plugin.kind.rawValue, plugin.id])
        }
    }
}
