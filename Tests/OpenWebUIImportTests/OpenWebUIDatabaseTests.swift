import Domain
import Foundation
import GRDB
import Testing

@testable import OpenWebUIImport

struct OpenWebUIDatabaseTests {
    private static func with(_ sql: String?, _ work: (String) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "haneul-webui-" + makeID() + ".db"
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        if let sql {
            let queue = try DatabaseQueue(path: path)
            try await queue.write { try $0.execute(sql: sql) }
            try queue.close()
        }
        try await work(path)
    }

    private static let tables = """
        CREATE TABLE "user" (id, created_at, oauth); CREATE TABLE auth (id, password); CREATE TABLE access_grant (id, principal_id);
        CREATE TABLE knowledge_file (id, directory_id);
        """

    @Test(arguments: [
        (nil, "There is no database"), ("CREATE TABLE \"user\" (id, created_at)", "is not the database of Open WebUI 0.12"),
        ("CREATE TABLE x (y)", "is not the database of Open WebUI 0.12"),
    ])
    func `what is no such database is said in one line`(sql: String?, text: String) async throws {
        try await Self.with(sql) { path in
            let error = #expect(throws: AppError.self) { try OpenWebUIDatabase(path: path) }
            #expect(error?.message.contains(text) == true)
            #expect(error?.message.contains("\n") == false)
        }
    }

    @Test func `a text file is no database`() async throws {
        try await Self.with(nil) { path in
            try "not a database at all, but long enough to look at".write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: AppError.self) { try OpenWebUIDatabase(path: path) }
            #expect(error?.message.hasSuffix("is no database that can be read.") == true)
        }
    }

    @Test func `the oldest account names the source, and no account is no source`() async throws {
        try await Self.with(Self.tables) { path in
            let database = try OpenWebUIDatabase(path: path)
            await #expect(throws: AppError.self) { try await database.identity() }
        }
        try await Self.with(Self.tables + #"INSERT INTO "user" (id, created_at) VALUES ('young', 2), ('old', 1)"#) { path in
            let database = try OpenWebUIDatabase(path: path)
            #expect(try await database.identity() == "open-webui old")
        }
    }

    @Test func `values of the wrong type are no values`() async throws {
        try await Self.with(
            Self.tables + """
                CREATE TABLE chat (id, title, chat, created_at, archived);
                INSERT INTO chat VALUES ('a', 7, '{"b":1}', 1700000000000000000, 1), ('b', x'ff', '[', 'soon', 'x'), ('c', NULL, 'null', -5, NULL);
                """
        ) { path in
            let rows = try await OpenWebUIDatabase(path: path).rows("chat")
            #expect(rows.map { $0.text("title") } == [nil, nil, nil])
            #expect(rows.map { $0.object("chat") != nil } == [true, false, false])
            #expect(rows.map { $0.time("created_at") } == [1_700_000_000, nil, nil])
            #expect(rows.map { $0.flag("archived") } == [true, false, false])
            #expect(rows[0].text("no such column") == nil)
        }
    }

    @Test func `nothing is written to the source`() async throws {
        try await Self.with(Self.tables + #"INSERT INTO "user" (id, created_at) VALUES ('a', 1)"#) { path in
            let before = try Data(contentsOf: URL(fileURLWithPath: path))
            let database = try OpenWebUIDatabase(path: path)
            _ = try await database.rows("user")
            _ = try await database.page("user", after: 0, limit: 10)
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        }
    }

    @Test func `parents come before their children and circles nowhere`() async throws {
        try await Self.with(
            Self.tables + """
                CREATE TABLE folder (id, parent_id);
                INSERT INTO folder VALUES ('child', 'mid'), ('mid', 'top'), ('top', NULL), ('x', 'y'), ('y', 'x'), ('orphan', 'gone');
                """
        ) { path in
            let rows = try await OpenWebUIDatabase(path: path).rows("folder")
            #expect(ImportRun.parentsFirst(rows).map(\.id) == ["top", "orphan", "mid", "child"])
        }
    }
}
