import GRDB

/// What the search needs beside the passages.
enum M035_Search {
    static let migration = Migration(name: "035_search") { database in
        try database.execute(
            sql: """
                -- Tells files beside the database whether they belong to it.
                CREATE TABLE database_identity (id TEXT PRIMARY KEY NOT NULL) STRICT;
                INSERT INTO database_identity (id) VALUES (lower(hex(randomblob(16))));

                -- In how many passages a term is.
                CREATE VIRTUAL TABLE chunk_term USING fts5vocab (chunk_keyword, 'row');
                """)
    }
}
