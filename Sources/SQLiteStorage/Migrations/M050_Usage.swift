import GRDB

/// Calls of models, and their sums by day (days since 1970, UTC). Neither refers to accounts or keys: what was spent stays when they go.
enum M050_Usage {
    static let migration = Migration(name: "050_usage") { database in
        try database.execute(
            sql: """
                CREATE TABLE usage_call (
                    id INTEGER PRIMARY KEY,
                    started_at INTEGER NOT NULL,
                    user_id TEXT NOT NULL,
                    key_id TEXT NOT NULL,
                    model TEXT NOT NULL,
                    upstream_model TEXT NOT NULL,
                    upstream TEXT NOT NULL,
                    kind TEXT NOT NULL,
                    is_stream INTEGER NOT NULL,
                    input_tokens INTEGER NOT NULL,
                    output_tokens INTEGER NOT NULL,
                    cached_tokens INTEGER NOT NULL,
                    reasoning_tokens INTEGER NOT NULL,
                    is_estimated INTEGER NOT NULL,
                    cost INTEGER NOT NULL,
                    milliseconds INTEGER NOT NULL,
                    first_byte_milliseconds INTEGER,
                    status INTEGER NOT NULL,
                    failure TEXT,
                    request_id TEXT NOT NULL
                ) STRICT;
                CREATE INDEX usage_call_started ON usage_call (started_at);
                CREATE INDEX usage_call_user ON usage_call (user_id, started_at);

                CREATE TABLE usage_day (
                    day INTEGER NOT NULL,
                    user_id TEXT NOT NULL,
                    key_id TEXT NOT NULL,
                    model TEXT NOT NULL,
                    upstream TEXT NOT NULL,
                    calls INTEGER NOT NULL,
                    errors INTEGER NOT NULL,
                    streams INTEGER NOT NULL,
                    estimated INTEGER NOT NULL,
                    input_tokens INTEGER NOT NULL,
                    output_tokens INTEGER NOT NULL,
                    cached_tokens INTEGER NOT NULL,
                    reasoning_tokens INTEGER NOT NULL,
                    cost INTEGER NOT NULL,
                    milliseconds INTEGER NOT NULL,
                    first_byte_milliseconds INTEGER NOT NULL,
                    answered INTEGER NOT NULL,
                    PRIMARY KEY (day, user_id, key_id, model, upstream)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX usage_day_user ON usage_day (user_id, day);
                CREATE INDEX usage_day_key ON usage_day (key_id, day) WHERE key_id <> '';
                """)
    }
}
