import GRDB

/// Prompts and their versions. Grants go with what they are about.
enum M037_Prompts {
    static let migration = Migration(name: "037_prompts") { database in
        try database.execute(
            sql: """
                CREATE TABLE prompt (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL,
                    command TEXT NOT NULL,
                    name TEXT NOT NULL,
                    content TEXT NOT NULL,
                    data TEXT NOT NULL,
                    meta TEXT NOT NULL,
                    tags TEXT NOT NULL,
                    is_active INTEGER NOT NULL,
                    version_id TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                -- A command is the same with a slash in front and without.
                CREATE UNIQUE INDEX prompt_command ON prompt (ltrim(command, '/'));
                CREATE INDEX prompt_owner ON prompt (user_id);
                CREATE INDEX prompt_updated ON prompt (updated_at);
                CREATE TRIGGER prompt_deleted AFTER DELETE ON prompt BEGIN
                    DELETE FROM access_grant WHERE resource_kind = 'prompt' AND resource_id = old.id;
                END;

                CREATE TABLE prompt_version (
                    position INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL UNIQUE,
                    prompt_id TEXT NOT NULL REFERENCES prompt (id) ON DELETE CASCADE,
                    parent_id TEXT,
                    snapshot TEXT NOT NULL,
                    user_id TEXT NOT NULL,
                    message TEXT,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX prompt_version_prompt ON prompt_version (prompt_id, position);
                """)
    }
}
