import GRDB

/// What people have told the server to remember, with a vector for each text.
enum M038_Memories {
    static let migration = Migration(name: "038_memories") { database in
        try database.execute(
            sql: """
                CREATE TABLE memory (
                    position INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL UNIQUE,
                    user_id TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    path TEXT,
                    content TEXT NOT NULL,
                    meta TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX memory_owner ON memory (user_id, position);
                CREATE TRIGGER memories_of_deleted_user AFTER DELETE ON user BEGIN
                    DELETE FROM memory WHERE user_id = old.id;
                END;

                -- One vector a text: of the encoder that searched last.
                CREATE TABLE memory_vector (
                    position INTEGER PRIMARY KEY NOT NULL REFERENCES memory (position) ON DELETE CASCADE,
                    encoder TEXT NOT NULL,
                    vector BLOB NOT NULL
                ) STRICT;
                """)
    }
}
