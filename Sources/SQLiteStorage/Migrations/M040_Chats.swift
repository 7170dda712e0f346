import GRDB

/// Saved chats, their folders, tags and search index.
enum M040_Chats {
    static let migration = Migration(name: "040_chats") { database in
        try database.execute(
            sql: """
                CREATE TABLE chat_folder (
                    id TEXT PRIMARY KEY NOT NULL,
                    parent_id TEXT REFERENCES chat_folder (id) ON DELETE CASCADE,
                    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    meta TEXT,
                    data TEXT,
                    is_expanded INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT;
                CREATE INDEX chat_folder_owner ON chat_folder (user_id, parent_id);
                CREATE INDEX chat_folder_parent ON chat_folder (parent_id);

                -- AUTOINCREMENT: a position is never used again, so an index row can never come to mean another chat.
                CREATE TABLE chat (
                    position INTEGER PRIMARY KEY AUTOINCREMENT,
                    id TEXT NOT NULL UNIQUE,
                    user_id TEXT NOT NULL REFERENCES user (id) ON DELETE CASCADE,
                    title TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL,
                    is_archived INTEGER NOT NULL,
                    is_pinned INTEGER NOT NULL,
                    folder_id TEXT REFERENCES chat_folder (id) ON DELETE SET NULL,
                    share_id TEXT UNIQUE,
                    meta TEXT NOT NULL,
                    variables TEXT NOT NULL
                ) STRICT;
                CREATE INDEX chat_list ON chat (user_id, updated_at DESC, position DESC);
                CREATE INDEX chat_in_folder ON chat (folder_id);

                -- Apart from the rows that lists read.
                CREATE TABLE chat_content (
                    position INTEGER PRIMARY KEY NOT NULL REFERENCES chat (position) ON DELETE CASCADE,
                    content TEXT NOT NULL,
                    text TEXT NOT NULL
                ) STRICT;

                CREATE TABLE chat_tag (
                    user_id TEXT NOT NULL,
                    tag_id TEXT NOT NULL,
                    position INTEGER NOT NULL REFERENCES chat (position) ON DELETE CASCADE,
                    name TEXT NOT NULL,
                    PRIMARY KEY (user_id, tag_id, position)
                ) STRICT, WITHOUT ROWID;
                CREATE INDEX chat_tag_chat ON chat_tag (position);

                CREATE TABLE chat_share (
                    id TEXT PRIMARY KEY NOT NULL,
                    position INTEGER NOT NULL UNIQUE REFERENCES chat (position) ON DELETE CASCADE,
                    title TEXT NOT NULL,
                    content TEXT NOT NULL,
                    created_at INTEGER NOT NULL,
                    updated_at INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;

                -- Terms as `KeywordTokenizer` makes them.
                CREATE VIRTUAL TABLE chat_keyword USING fts5 (terms, tokenize = 'ascii', detail = none, prefix = '2');
                CREATE TRIGGER chat_deleted AFTER DELETE ON chat BEGIN
                    DELETE FROM chat_keyword WHERE rowid = old.position;
                END;
                """)
    }
}
