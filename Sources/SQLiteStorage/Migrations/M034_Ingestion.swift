import GRDB

/// The state of each file's processing beyond its outcome.
enum M034_Ingestion {
    static let migration = Migration(name: "034_ingestion") { database in
        try database.execute(
            sql: """
                CREATE TABLE ingestion (
                    file_id TEXT PRIMARY KEY NOT NULL REFERENCES file (id) ON DELETE CASCADE,
                    -- What is being made; the file keeps its earlier document until this one is whole.
                    document_id INTEGER REFERENCES document (id),
                    stage TEXT NOT NULL CHECK (stage IN ('stored', 'extracting', 'chunking', 'embedding', 'indexed')),
                    attempts INTEGER NOT NULL DEFAULT 0,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX ingestion_document ON ingestion (document_id);
                """)
    }
}
