import GRDB

/// When the owner last looked at a chat. Chats from before are taken as read.
enum M043_ChatReads {
    static let migration = Migration(name: "043_chat_reads") { database in
        try database.execute(
            sql: """
                ALTER TABLE chat ADD COLUMN read_at INTEGER;
                UPDATE chat SET read_at = updated_at;
                """)
    }
}
