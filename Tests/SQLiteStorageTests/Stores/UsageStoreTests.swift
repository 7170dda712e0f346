import Domain
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

@Suite struct UsageStoreTests {
    private func with(_ work: (SQLiteDatabase) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("usage-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        try await work(try SQLiteDatabase(path: folder.appendingPathComponent("test.db").path))
    }

    @Test func `the SQLite store keeps the contract`() async throws {
        try await with { database in
            let violations = try await UsageStoreContract.violations(of: SQLiteUsageStore(database: database))
            #expect(violations == [])
        }
    }

    @Test func `what was spent is found again by key and by account`() async throws {
        try await with { database in
            let store = SQLiteUsageStore(database: database)
            func sum(_ day: Int, _ user: String, _ key: String, _ tokens: Int) -> UsageSum {
                var figures = UsageFigures()
                (figures.calls, figures.tokens.input, figures.cost) = (1, tokens, tokens * 2)
                return UsageSum(UsageSlot(day: day, userID: user, keyID: key, modelID: "m\(tokens)", upstream: "x"), figures)
            }
            try await store.write(
                [], [sum(100, "u", "k", 1), sum(100, "u", "", 2), sum(101, "u", "k", 4), sum(99, "u", "k", 8), sum(100, "", "", 16)])
            let keys = SQLiteKeyUsageStore(database: database)
            let found = try await keys.spending(from: CalendarDay.text(dayNumber: 100))
            #expect(
                Set(found) == [
                    Spending(.key("k"), dayNumber: 100, tokens: 1, cost: 2), Spending(.key("k"), dayNumber: 101, tokens: 4, cost: 8),
                    Spending(.user("u"), dayNumber: 100, tokens: 3, cost: 6), Spending(.user("u"), dayNumber: 101, tokens: 4, cost: 8),
                ])
            let usage = try await keys.usage(keyID: "k", from: CalendarDay.text(dayNumber: 100))
            #expect(usage.map(\.tokens) == [1, 4])
            #expect(usage.map(\.day) == ["1970-04-11", "1970-04-12"])
            #expect(try await keys.usage(keyID: "", from: "1970-01-01") == [])
        }
    }

    @Test func `reports of an account read its own rows only`() async throws {
        try await with { database in
            let plans = try await database.pool.read { database in
                try [
                    "SELECT sum(calls) FROM usage_day WHERE day BETWEEN 1 AND 2 AND user_id = 'u'",
                    "SELECT sum(calls) FROM usage_day WHERE day BETWEEN 1 AND 2",
                    "SELECT sum(calls) FROM usage_day WHERE key_id = 'k' AND key_id <> '' AND day >= 1",
                    "SELECT * FROM usage_call WHERE started_at >= 1 AND started_at < 2 AND user_id = 'u' ORDER BY started_at DESC, id DESC LIMIT 10",
                ].map { try Row.fetchAll(database, sql: "EXPLAIN QUERY PLAN " + $0).map { $0["detail"] as String }.joined(separator: "; ") }
            }
            #expect(plans.allSatisfy { $0.hasPrefix("SEARCH") && !$0.contains("TEMP B-TREE") }, "\(plans)")
        }
    }
}
