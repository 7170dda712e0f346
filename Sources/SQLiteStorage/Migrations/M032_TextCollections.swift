import GRDB

/// Texts that are searched by a collection name without being files (`/api/v1/retrieval/process/text`, `process/web`).
enum M032_TextCollections {
    static let migration = Migration(name: "032_text_collections") { database in
        try database.execute(
            sql: """
                CREATE TABLE text_collection (
                    name TEXT NOT NULL,
                    document_id INTEGER NOT NULL REFERENCES document (id),
                    user_id TEXT NOT NULL,
                    title TEXT NOT NULL,
                    metadata TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    PRIMARY KEY (name, document_id)
                ) STRICT;
                CREATE INDEX text_collection_document ON text_collection (document_id);
                """)
    }
}
