import Domain
import Foundation
import GRDB
import SQLiteStorage
import Testing

struct SQLiteSealedTextsTests {
    private static func with(_ work: (SQLiteDatabase) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "haneul-sealed-" + makeID() + ".db"
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        try await work(SQLiteDatabase(path: path))
    }

    @Test func `every sealed text is looked at, and nothing else is touched`() async throws {
        try await Self.with { database in
            let settings = SQLiteSettingsStore(database: database)
            let plain: JSONValue = ["note": "v1.old.looks like one", "sealed": 7]
            try await settings.put([
                "A": ["sealed": "v1.old.a"], "B": ["list": [["sealed": "v1.new.b"], ["sealed": "v1.old.c"]]], "C": plain,
                "D": ["sealed": "v1.lost.d"],
            ])
            let users = SQLiteUserStore(database: database)
            let user = try await users.insert(User(email: "a@b.co", name: "A", role: .user), passwordHash: nil, firstBecomesAdmin: false)
            let keys = SQLiteAPIKeyStore(database: database)
            try await keys.insert(APIKey(userID: user.id, kind: .account, name: "", hint: "x"), digest: "d", sealed: "v1.old.key")
            let judge: @Sendable (String) -> SQLiteSealedTexts.Verdict = { text in
                if text.hasPrefix("v1.new.") { return .unchanged }
                return text.hasPrefix("v1.lost.") ? .unreadable : .replaced(text.replacingOccurrences(of: "v1.old.", with: "v1.new."))
            }
            let texts = SQLiteSealedTexts(database: database)
            let first = try await texts.reseal(judge)
            #expect(first.replaced == 3 && first.unreadable == 1)
            let all = try await settings.all()
            #expect(all["A"] == ["sealed": "v1.new.a"])
            #expect(all["B"] == ["list": [["sealed": "v1.new.b"], ["sealed": "v1.new.c"]]])
            #expect(all["C"] == plain)
            #expect(all["D"] == ["sealed": "v1.lost.d"])
            #expect(try await keys.accountKey(userID: user.id)?.sealed == "v1.new.key")
            let second = try await texts.reseal(judge)
            #expect(second.replaced == 0 && second.unreadable == 1)
        }
    }

    /// A column that is called after what it holds must be known to the change of the secret, or its texts could never be read again.
    @Test func `every column named for a secret is listed`() async throws {
        try await Self.with { database in
            let found = try await database.pool.read { database in
                try Row.fetchAll(
                    database,
                    sql: """
                        SELECT m.name AS name, c.name AS column_name FROM sqlite_master m JOIN pragma_table_info(m.name) c
                        WHERE m.type = 'table' AND (c.name LIKE '%sealed%' OR c.name LIKE '%secret%' OR c.name LIKE '%encrypted%')
                        """
                ).map { row -> String in row["name"] + "." + row["column_name"] }
            }
            let listed = Set(SQLiteSealedTexts.columns.map { $0.table + "." + $0.column })
            #expect(found.count >= 2)
            #expect(Set(found).subtracting(listed).isEmpty)
            // And everything that is listed is there.
            for (table, key, column) in SQLiteSealedTexts.columns {
                _ = try await database.pool.read { try Row.fetchAll($0, sql: "SELECT \(key), \(column) FROM \(table) LIMIT 1") }
            }
        }
    }

    @Test func `what was imported is remembered by source`() async throws {
        try await Self.with { database in
            let ledger = SQLiteImportLedger(database: database)
            try await ledger.mark(["a", "b", "a"], kind: "chats", source: "one")
            try await ledger.mark(["b"], kind: "chats", source: "one")
            try await ledger.mark(["a"], kind: "files", source: "two")
            #expect(try await ledger.taken("chats", source: "one") == ["a", "b"])
            #expect(try await ledger.taken("chats", source: "two").isEmpty)
            #expect(try await ledger.contains("a", kind: "files"))
            #expect(try await !ledger.contains("b", kind: "files"))
        }
    }
}
