import GRDB

/// The order in which the files of a knowledge base are listed.
enum M036_KnowledgeOrder {
    static let migration = Migration(name: "036_knowledge_order") { database in
        try database.execute(sql: "CREATE INDEX knowledge_file_updated ON knowledge_file (knowledge_id, updated_at)")
    }
}
