import Domain
import GRDB

/// Rows of the table `file`.
enum FileRow {
    static func find(_ id: String, _ database: Database) throws -> File? {
        try Row.fetchOne(database, sql: "SELECT * FROM file WHERE id = ?", arguments: [id]).map(file)
    }

    static func file(_ row: Row) -> File {
        File(
            id: row["id"], userID: row["user_id"], filename: row["filename"], contentType: row["content_type"], size: row["size"],
            fileHash: row["file_hash"], contentHash: row["content_hash"],
            // The table's check allows no other.
            state: File.State(rawValue: row["state"]) ?? .failed, failure: row["failure"], metadata: JSONObject(column: row["metadata"]),
            collectionName: row["collection_name"], documentID: row["document_id"],
            requestKey: (row["request_key"] as String?).map { File.RequestKey(text: $0, fingerprint: row["request_fingerprint"] ?? "") },
            createdAt: row["created_at"], updatedAt: row["updated_at"])
    }

    static func insert(_ file: File, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO file (id, user_id, filename, content_type, size, file_hash, content_hash, state, failure, metadata,
                    collection_name, document_id, request_key, request_fingerprint, created_at, updated_at, position)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, (SELECT ifnull(max(position), 0) + 1 FROM file))
                """,
            arguments: [
                file.id, file.userID, file.filename, file.contentType, file.size, file.fileHash, file.contentHash, file.state.rawValue,
                file.failure, JSONValue.object(file.metadata).jsonText, file.collectionName, file.documentID, file.requestKey?.text,
                file.requestKey?.fingerprint, file.createdAt, file.updatedAt,
            ])
    }

    static func update(_ file: File, _ database: Database) throws {
        try database.execute(
            sql: """
                UPDATE file SET filename = ?, content_type = ?, size = ?, file_hash = ?, content_hash = ?, state = ?, failure = ?, metadata = ?,
                    collection_name = ?, document_id = ?, updated_at = ?
                WHERE id = ?
                """,
            arguments: [
                file.filename, file.contentType, file.size, file.fileHash, file.contentHash, file.state.rawValue, file.failure,
                JSONValue.object(file.metadata).jsonText, file.collectionName, file.documentID, file.updatedAt, file.id,
            ])
    }
}

extension JSONObject {
    /// From a column that only we write.
    init(column text: String) { self = (try? JSONValue(parsing: text))?.object ?? [:] }
}
