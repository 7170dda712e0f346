import Domain
import GRDB

package struct SQLiteImportLedger: ImportLedger {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func taken(_ kind: String, source: String) async throws -> Set<String> {
        try await database.pool.read { database in
            try String.fetchSet(database, sql: "SELECT id FROM imported_item WHERE kind = ? AND source = ?", arguments: [kind, source])
        }
    }

    package func mark(_ ids: [String], kind: String, source: String) async throws {
        try await database.pool.write { database in
            for id in ids {
                try database.execute(
                    sql: "INSERT INTO imported_item (kind, id, source, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    arguments: [kind, id, source, EpochSeconds.now()])
            }
        }
    }

    package func contains(_ id: String, kind: String) async throws -> Bool {
        try await database.pool.read { database in
            try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM imported_item WHERE kind = ? AND id = ?)", arguments: [kind, id]) ?? false
        }
    }
}
