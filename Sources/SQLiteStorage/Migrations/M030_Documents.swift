import GRDB

/// Extracted texts, their passages, vectors and keywords.
///
/// A passage, its vectors and its keywords live and die together: rows of `chunk_vector` by foreign key, rows of
/// `chunk_keyword` by trigger. Ids of passages are never used twice, so that a vector index that lags behind cannot
/// answer with another passage's vector.
enum M030_Documents {
    static let migration = Migration(name: "030_documents") { database in
        try database.execute(
            sql: """
                CREATE TABLE document (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    key TEXT NOT NULL UNIQUE,
                    content_hash TEXT NOT NULL,
                    state TEXT NOT NULL CHECK (state IN ('draft', 'building', 'indexed')),
                    chunk_count INTEGER NOT NULL DEFAULT 0,
                    created_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX document_content_hash ON document (content_hash);

                -- The whole text is the pieces' texts one after the other; outline says where sections, headings and tables are.
                CREATE TABLE document_text (
                    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
                    piece INTEGER NOT NULL,
                    text TEXT NOT NULL,
                    outline TEXT NOT NULL,
                    UNIQUE (document_id, piece)
                ) STRICT;

                -- What is embedded and indexed is index_prefix || text.
                CREATE TABLE chunk (
                    id INTEGER PRIMARY KEY AUTOINCREMENT,
                    document_id INTEGER NOT NULL REFERENCES document (id) ON DELETE CASCADE,
                    ordinal INTEGER NOT NULL,
                    text TEXT NOT NULL,
                    index_prefix TEXT NOT NULL,
                    start_index INTEGER NOT NULL,
                    end_index INTEGER NOT NULL,
                    headings TEXT NOT NULL,
                    metadata TEXT NOT NULL,
                    UNIQUE (document_id, ordinal)
                ) STRICT;

                CREATE TABLE embedder (
                    id INTEGER PRIMARY KEY,
                    key TEXT NOT NULL UNIQUE,
                    dimension INTEGER NOT NULL
                ) STRICT;

                -- Little-endian float32, length 1.
                CREATE TABLE chunk_vector (
                    chunk_id INTEGER NOT NULL REFERENCES chunk (id) ON DELETE CASCADE,
                    embedder_id INTEGER NOT NULL REFERENCES embedder (id) ON DELETE CASCADE,
                    vector BLOB NOT NULL,
                    UNIQUE (embedder_id, chunk_id)
                ) STRICT;
                CREATE INDEX chunk_vector_chunk ON chunk_vector (chunk_id);

                -- Terms joined by spaces, as the keyword tokenizer makes them: letters, digits and marks only.
                CREATE VIRTUAL TABLE chunk_keyword USING fts5 (terms, tokenize = 'ascii');

                -- Passages that are gone; the vector index takes them out and then deletes the rows here.
                CREATE TABLE deleted_chunk (chunk_id INTEGER PRIMARY KEY NOT NULL) STRICT;

                CREATE TRIGGER chunk_deleted AFTER DELETE ON chunk BEGIN
                    DELETE FROM chunk_keyword WHERE rowid = old.id;
                    INSERT INTO deleted_chunk (chunk_id) VALUES (old.id);
                END;
                """)
    }
}
