import GRDB

/// What was taken in from other programs.
enum M012_Imports {
    static let migration = Migration(name: "012_imports") { database in
        try database.execute(
            sql: """
                CREATE TABLE imported_item (
                    kind TEXT NOT NULL,
                    id TEXT NOT NULL,
                    source TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (kind, id, source)
                ) STRICT, WITHOUT ROWID;
                """)
    }
}
