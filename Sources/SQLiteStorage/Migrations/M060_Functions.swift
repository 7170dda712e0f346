import GRDB

/// Python functions and tools, and their valves.
enum M060_Functions {
    static let migration = Migration(name: "060_functions") { database in
        try database.execute(
            sql: """
                CREATE TABLE function (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL,
                    name TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    content TEXT NOT NULL,
                    meta TEXT NOT NULL,
                    manifest TEXT,
                    models TEXT NOT NULL,
                    is_active INTEGER NOT NULL,
                    is_global INTEGER NOT NULL,
                    revision TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;

                CREATE TABLE tool (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL,
                    name TEXT NOT NULL,
                    content TEXT NOT NULL,
                    meta TEXT NOT NULL,
                    manifest TEXT,
                    revision TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX tool_by_user ON tool (user_id);

                -- user_id is empty for the valves of everybody.
                CREATE TABLE valves (
                    kind TEXT NOT NULL,
                    plugin_id TEXT NOT NULL,
                    user_id TEXT NOT NULL,
                    sealed TEXT NOT NULL,
                    PRIMARY KEY (kind, plugin_id, user_id)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX valves_by_user ON valves (user_id);
                CREATE TRIGGER valves_of_deleted_user AFTER DELETE ON user BEGIN
                    DELETE FROM valves WHERE user_id = old.id;
                END;
                """)
    }
}
