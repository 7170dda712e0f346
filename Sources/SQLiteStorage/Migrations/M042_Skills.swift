import GRDB

/// Skills: instructions for models.
enum M042_Skills {
    static let migration = Migration(name: "042_skills") { database in
        try database.execute(
            sql: """
                CREATE TABLE skill (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL,
                    name TEXT NOT NULL UNIQUE,
                    description TEXT,
                    content TEXT NOT NULL,
                    meta TEXT NOT NULL,
                    is_active INTEGER NOT NULL,
                    version_id TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX skill_owner ON skill (user_id);
                CREATE INDEX skill_updated ON skill (updated_at);
                CREATE TRIGGER skill_deleted AFTER DELETE ON skill BEGIN
                    DELETE FROM access_grant WHERE resource_kind = 'skill' AND resource_id = old.id;
                END;
                """)
    }
}
