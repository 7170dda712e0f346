import GRDB

/// What administrators changed at run time.
enum M001_Settings {
    static let migration = Migration(name: "001_settings") { database in
        try database.execute(
            sql: """
                CREATE TABLE setting (
                    name TEXT PRIMARY KEY NOT NULL,
                    value TEXT NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID
                """)
    }
}
