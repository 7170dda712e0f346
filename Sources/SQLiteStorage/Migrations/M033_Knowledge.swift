import GRDB

/// Knowledge bases, their directories and the files in them.
enum M033_Knowledge {
    static let migration = Migration(name: "033_knowledge") { database in
        try database.execute(
            sql: """
                CREATE TABLE knowledge (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL,
                    name TEXT NOT NULL,
                    description TEXT NOT NULL,
                    meta TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX knowledge_user ON knowledge (user_id);
                CREATE INDEX knowledge_updated ON knowledge (updated_at);

                CREATE TABLE knowledge_directory (
                    id TEXT PRIMARY KEY NOT NULL,
                    knowledge_id TEXT NOT NULL REFERENCES knowledge (id) ON DELETE CASCADE,
                    parent_id TEXT REFERENCES knowledge_directory (id) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    user_id TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE UNIQUE INDEX knowledge_directory_name ON knowledge_directory (knowledge_id, ifnull(parent_id, ''), name);
                CREATE INDEX knowledge_directory_parent ON knowledge_directory (parent_id);

                CREATE TABLE knowledge_file (
                    knowledge_id TEXT NOT NULL REFERENCES knowledge (id) ON DELETE CASCADE,
                    file_id TEXT NOT NULL REFERENCES file (id) ON DELETE CASCADE,
                    directory_id TEXT REFERENCES knowledge_directory (id) ON DELETE SET NULL,
                    user_id TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    PRIMARY KEY (knowledge_id, file_id)
                ) STRICT;
                CREATE INDEX knowledge_file_file ON knowledge_file (file_id);
                CREATE INDEX knowledge_file_directory ON knowledge_file (directory_id);
                """)
    }
}
