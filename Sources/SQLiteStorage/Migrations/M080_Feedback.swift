import GRDB

/// What people think of answers.
enum M080_Feedback {
    static let migration = Migration(name: "080_feedback") { database in
        try database.execute(
            sql: """
                CREATE TABLE feedback (
                    position INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL UNIQUE,
                    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                    kind TEXT NOT NULL,
                    model TEXT NOT NULL,
                    data TEXT,
                    meta TEXT,
                    snapshot TEXT,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX feedback_by_user ON feedback (user_id, updated_at);
                CREATE INDEX feedback_by_time ON feedback (updated_at);
                """)
    }
}
