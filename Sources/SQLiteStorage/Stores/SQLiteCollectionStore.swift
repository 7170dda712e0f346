package import Domain
import GRDB

/// Collections as they follow from files, knowledge bases and named texts. Nothing is copied, so nothing can be stale.
package struct SQLiteCollectionStore: CollectionStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func documents(in collections: [CollectionKey]) async throws -> Set<Int64> {
        try await database.pool.read { database in
            var documents = Set<Int64>()
            for collection in collections {
                for source in Self.sources(of: collection) {
                    let cursor = try Int64.fetchCursor(
                        database, sql: "SELECT document.id \(source.from) AND document.state = 'indexed'", arguments: source.arguments)
                    while let id = try cursor.next() { documents.insert(id) }
                }
            }
            return documents
        }
    }

    package func contents(of collections: [CollectionKey]) async throws -> [DocumentCitation] {
        try await database.pool.read { database in
            var seen = Set<Int64>()
            return try collections.flatMap { collection in try Self.citations(database, in: collection, among: nil) }
                .filter { seen.insert($0.documentID).inserted }
        }
    }

    package func citations(of documents: [Int64], in collections: [CollectionKey]) async throws -> [Int64: DocumentCitation] {
        try await database.pool.read { database in
            var citations: [Int64: DocumentCitation] = [:]
            var missing = Set(documents)
            for collection in collections where !missing.isEmpty {
                for citation in try Self.citations(database, in: collection, among: missing) where missing.remove(citation.documentID) != nil {
                    citations[citation.documentID] = citation
                }
            }
            return citations
        }
    }

    private struct Source {
        /// `FROM ... WHERE ...`, with the tables `document` and `file` or `text_collection`.
        var from: String
        var arguments: StatementArguments
        var isText = false
        var order: String
        /// The same, beginning at documents whose ids are the array `wanted`, whose argument comes first: a few of many.
        var fromWanted: String
    }

    private static let wanted = "FROM json_each(?) wanted CROSS JOIN document ON document.id = wanted.value"

    private static func sources(of collection: CollectionKey) -> [Source] {
        switch collection {
        case .file(let id):
            [
                Source(
                    from: "FROM file JOIN document ON document.id = file.document_id WHERE file.id = ?", arguments: [id], order: "file.position",
                    fromWanted: "\(wanted) CROSS JOIN file ON file.document_id = document.id WHERE file.id = ?")
            ]
        case .owner(let id):
            [
                Source(
                    from: "FROM file JOIN document ON document.id = file.document_id WHERE file.user_id = ?", arguments: [id], order: "file.position",
                    fromWanted: "\(wanted) CROSS JOIN file ON file.document_id = document.id WHERE file.user_id = ?")
            ]
        case .knowledge(let id):
            [
                Source(
                    from: """
                        FROM knowledge_file link JOIN file ON file.id = link.file_id JOIN document ON document.id = file.document_id
                        WHERE link.knowledge_id = ?
                        """, arguments: [id], order: "link.rowid",
                    fromWanted: """
                        \(wanted) CROSS JOIN file ON file.document_id = document.id CROSS JOIN knowledge_file link ON link.file_id = file.id
                        WHERE link.knowledge_id = ?
                        """)
            ] + sources(of: .text(id))
        case .text(let name):
            [
                Source(
                    from: """
                        FROM text_collection JOIN document ON document.id = text_collection.document_id WHERE text_collection.name = ?
                        """, arguments: [name], isText: true, order: "text_collection.created_at, text_collection.rowid",
                    fromWanted: "\(wanted) CROSS JOIN text_collection ON text_collection.document_id = document.id WHERE text_collection.name = ?")
            ]
        }
    }

    private static func citations(_ database: Database, in collection: CollectionKey, among: Set<Int64>?) throws -> [DocumentCitation] {
        var citations: [DocumentCitation] = []
        for source in sources(of: collection) {
            let columns =
                source.isText
                ? "text_collection.title AS name, text_collection.user_id AS owner, text_collection.metadata AS metadata"
                : """
                file.id AS file_id, file.filename AS name, file.user_id AS owner, file.metadata AS metadata, file.file_hash AS file_hash,
                file.content_type AS content_type, file.size AS size
                """
            let from = among == nil ? source.from : source.fromWanted
            let sql = "SELECT document.id AS document_id, document.content_hash AS content_hash, \(columns) \(from) AND document.state = 'indexed'"
            var arguments = StatementArguments()
            if let among { arguments += [JSONValue.array(among.map { .int(Int($0)) }).jsonText] }
            arguments += source.arguments
            for row in try Row.fetchAll(database, sql: sql + " ORDER BY \(source.order)", arguments: arguments) {
                let metadata: String = row["metadata"]
                var citation = DocumentCitation(
                    documentID: row["document_id"], fileID: nil, name: row["name"], ownerID: row["owner"], contentHash: row["content_hash"],
                    metadata: (try? JSONValue(parsing: metadata))?.object ?? [:])
                if !source.isText {
                    citation.fileID = row["file_id"]
                    citation.fileHash = row["file_hash"]
                    citation.contentType = row["content_type"]
                    citation.size = row["size"]
                }
                citations.append(citation)
            }
        }
        return citations
    }

    // MARK: Texts

    package func textOwners(of name: String) async throws -> Set<String> {
        try await database.pool.read { database in
            Set(try String.fetchAll(database, sql: "SELECT DISTINCT user_id FROM text_collection WHERE name = ?", arguments: [name]))
        }
    }

    package func deleteTexts(of name: String) async throws -> Bool {
        let (existed, release) = try await database.pool.write { try TextCollectionRows.delete(name: name, in: $0) }
        await DocumentRows.purge(release, in: database)
        return existed
    }

    package func deleteAllTexts() async throws {
        for name in try await database.pool.read({ try String.fetchAll($0, sql: "SELECT DISTINCT name FROM text_collection") }) {
            _ = try await deleteTexts(of: name)
        }
    }

    package func dropAllPassages() async throws {
        // In steps, so that other writers get their turn in between.
        while let id = try await database.pool.read({
            try Int64.fetchOne($0, sql: "SELECT id FROM document WHERE state = 'indexed' AND chunk_count > 0 LIMIT 1")
        }) {
            try await database.pool.write { database in
                try database.execute(sql: "DELETE FROM chunk WHERE document_id = ?", arguments: [id])
                try database.execute(sql: "UPDATE document SET state = 'building', chunk_count = 0 WHERE id = ?", arguments: [id])
                try database.execute(sql: "UPDATE file SET collection_name = NULL WHERE document_id = ?", arguments: [id])
            }
        }
    }
}

/// Rows of named texts, for the transactions of other stores.
enum TextCollectionRows {
    /// Deletes the texts of a name and the documents that nobody else holds. Whether there were any, and what is left to do
    /// after the transaction (`DocumentRows.purge`).
    static func delete(name: String, in database: Database) throws -> (existed: Bool, release: [Int64]) {
        let documents = try Int64.fetchAll(database, sql: "SELECT document_id FROM text_collection WHERE name = ?", arguments: [name])
        try database.execute(sql: "DELETE FROM text_collection WHERE name = ?", arguments: [name])
        return (!documents.isEmpty, try DocumentRows.release(documents, database))
    }
}
