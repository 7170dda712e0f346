import GRDB

/// What keys used, and the audit log, whose rows cannot be changed or deleted.
enum M011_Audit {
    static let migration = Migration(name: "011_audit") { database in
        try database.execute(
            sql: """
                CREATE TABLE api_key_usage (
                    key_id TEXT NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
                    day TEXT NOT NULL,
                    requests INTEGER NOT NULL,
                    tokens INTEGER NOT NULL,
                    PRIMARY KEY (key_id, day)
                ) STRICT, WITHOUT ROWID;

                CREATE TABLE audit_event (
                    position INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL,
                    at INTEGER NOT NULL,
                    actor_id TEXT,
                    actor TEXT NOT NULL,
                    credential TEXT NOT NULL,
                    action TEXT NOT NULL,
                    object_id TEXT NOT NULL,
                    object TEXT NOT NULL,
                    detail TEXT NOT NULL,
                    address TEXT NOT NULL
                ) STRICT;
                CREATE INDEX audit_event_at ON audit_event (at);
                CREATE INDEX audit_event_actor ON audit_event (actor_id);
                CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
                BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
                CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
                BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
                """)
    }
}
