import Domain
import Foundation
import GRDB

/// The database of a stopped Open WebUI (`webui.db`), read only.
///
/// The tables are those of version 0.12: `user` and `auth` share ids, `api_key.key` is in the clear, JSON columns hold text,
/// times are seconds, a shared chat's snapshot is a row of `shared_chat`.
package struct OpenWebUIDatabase: Sendable {
    private let queue: DatabaseQueue

    /// - Throws: `AppError` in one line when it is no such database or one of an older schema.
    package init(path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else { throw AppError(.badRequest, "There is no database at \(path).") }
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(10)
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.read { database in
                for (table, column) in [
                    ("user", "oauth"), ("auth", "password"), ("access_grant", "principal_id"), ("knowledge_file", "directory_id"),
                ] {
                    guard try database.tableExists(table), try database.columns(in: table).contains(where: { $0.name == column }) else {
                        throw AppError(
                            .badRequest,
                            "\(path) is not the database of Open WebUI 0.12. Start Open WebUI 0.12.4 on it once, which brings it up to date, and stop it."
                        )
                    }
                }
            }
        } catch let error as AppError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            throw AppError(
                .forbidden, "Cannot read \(path) and the files beside it (-wal, -shm): their folder must be writable for SQLite. Copy it.",
                cause: error)
        } catch {
            throw AppError(.badRequest, "\(path) is no database that can be read.", cause: error)
        }
    }

    /// Tells this server's data from that of another: the id of its oldest account.
    package func identity() async throws -> String {
        let oldest = try await queue.read { try String.fetchOne($0, sql: #"SELECT id FROM "user" ORDER BY created_at, rowid LIMIT 1"#) }
        guard let oldest else { throw AppError(.badRequest, "That Open WebUI has no accounts, so there is nothing to take over.") }
        return "open-webui \(oldest)"
    }

    func count(_ table: String) async throws -> Int {
        try await queue.read { database in
            guard try database.tableExists(table) else { return 0 }
            return try Int.fetchOne(database, sql: #"SELECT count(*) FROM "\#(table)""#) ?? 0
        }
    }

    /// All rows of a small table in the order in which they were made.
    func rows(_ table: String) async throws -> [SourceRow] {
        try await queue.read { database in
            guard try database.tableExists(table) else { return [] }
            return try Row.fetchAll(database, sql: #"SELECT * FROM "\#(table)" ORDER BY rowid"#).map(SourceRow.init)
        }
    }

    /// The same of a large table, a page at a time.
    /// - Parameter columns: which, as SQL.
    func page(_ table: String, columns: String = "*", after position: Int64, limit: Int) async throws -> (rows: [SourceRow], position: Int64) {
        try await queue.read { database in
            guard try database.tableExists(table) else { return ([], position) }
            let rows = try Row.fetchAll(
                database, sql: #"SELECT rowid AS position_, \#(columns) FROM "\#(table)" WHERE rowid > ? ORDER BY rowid LIMIT ?"#,
                arguments: [position, limit])
            return (rows.map(SourceRow.init), rows.last?["position_"] ?? position)
        }
    }
}

/// One row, read as the column's meaning asks; what is missing or of another type is `nil`.
struct SourceRow: Sendable {
    private let values: [String: DatabaseValue]

    init(_ row: Row) { values = Dictionary(row.map { ($0.0, $0.1) }) { first, _ in first } }

    func text(_ column: String) -> String? { values[column].flatMap(String.fromDatabaseValue) }

    /// Never empty.
    var id: String { text("id") ?? "" }

    func number(_ column: String) -> Int { values[column].flatMap(Int.fromDatabaseValue) ?? 0 }

    func flag(_ column: String) -> Bool { number(column) != 0 }

    /// Seconds; some versions wrote nanoseconds.
    func time(_ column: String) -> EpochSeconds? {
        guard let time = values[column].flatMap(Int64.fromDatabaseValue), time > 0 else { return nil }
        return Int(time > 100_000_000_000 ? time / 1_000_000_000 : time)
    }

    func json(_ column: String) -> JSONValue? { text(column).flatMap { try? JSONValue(parsing: $0) } }

    func object(_ column: String) -> JSONObject? { json(column)?.object }
}
