import GRDB

/// Notes and who has pinned them.
enum M039_Notes {
    static let migration = Migration(name: "039_notes") { database in
        try database.execute(
            sql: """
                CREATE TABLE note (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL,
                    title TEXT NOT NULL,
                    data TEXT,
                    meta TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX note_owner ON note (user_id);
                CREATE INDEX note_updated ON note (updated_at);
                CREATE TRIGGER note_deleted AFTER DELETE ON note BEGIN
                    DELETE FROM access_grant WHERE resource_kind = 'note' AND resource_id = old.id;
                END;
                CREATE TABLE note_pin (
                    user_id TEXT NOT NULL,
                    note_id TEXT NOT NULL REFERENCES note (id) ON DELETE CASCADE,
                    position INTEGER PRIMARY KEY AUTOINCREMENT,
                    UNIQUE (user_id, note_id)
                ) STRICT;
                CREATE INDEX note_pin_note ON note_pin (note_id);
                CREATE TRIGGER notes_of_deleted_user AFTER DELETE ON user BEGIN
                    DELETE FROM note WHERE user_id = old.id;
                    DELETE FROM note_pin WHERE user_id = old.id;
                END;
                """)
    }
}
