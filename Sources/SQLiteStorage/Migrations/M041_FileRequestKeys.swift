import GRDB

/// The `Idempotency-Key` that an upload came with, and what the upload said.
enum M041_FileRequestKeys {
    static let migration = Migration(name: "041_file_request_keys") { database in
        try database.execute(
            sql: """
                ALTER TABLE file ADD COLUMN request_key TEXT;
                ALTER TABLE file ADD COLUMN request_fingerprint TEXT;
                CREATE UNIQUE INDEX file_request_key ON file (user_id, request_key) WHERE request_key IS NOT NULL;
                """)
    }
}
