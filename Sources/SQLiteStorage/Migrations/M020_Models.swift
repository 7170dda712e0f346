import GRDB

/// Workspace models, and what is set for models of providers (`base_model_id` is NULL then).
enum M020_Models {
    static let migration = Migration(name: "020_models") { database in
        try database.execute(
            sql: """
                CREATE TABLE model (
                    id TEXT PRIMARY KEY NOT NULL,
                    version_id TEXT NOT NULL,
                    user_id TEXT NOT NULL,
                    base_model_id TEXT,
                    name TEXT NOT NULL,
                    params TEXT NOT NULL,
                    meta TEXT NOT NULL,
                    is_active INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX model_by_user ON model (user_id);
                """)
    }
}
