import GRDB

/// Uploaded files and how far each is processed.
enum M031_Files {
    static let migration = Migration(name: "031_files") { database in
        try database.execute(
            sql: """
                CREATE TABLE file (
                    id TEXT PRIMARY KEY NOT NULL,
                    user_id TEXT NOT NULL,
                    filename TEXT NOT NULL,
                    content_type TEXT NOT NULL,
                    size INTEGER NOT NULL,
                    file_hash TEXT NOT NULL,
                    content_hash TEXT,
                    state TEXT NOT NULL CHECK (state IN ('raw', 'pending', 'processing', 'completed', 'failed')),
                    failure TEXT,
                    metadata TEXT NOT NULL,
                    collection_name TEXT,
                    document_id INTEGER REFERENCES document (id),
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    -- Grows with every insert: the order of files made in the same second.
                    position INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX file_position ON file (position);
                CREATE INDEX file_owner ON file (user_id, position);
                CREATE INDEX file_document ON file (document_id);
                CREATE INDEX file_unfinished ON file (position) WHERE state IN ('pending', 'processing');
                """)
    }
}
