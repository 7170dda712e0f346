import Domain
import Foundation
import GRDB
import SQLiteStorage
import TestSupport
import Testing

struct SQLiteAccountStoresTests {
    private static func with(_ work: (SQLiteDatabase) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "haneul-accounts-" + makeID() + ".db"
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        try await work(SQLiteDatabase(path: path))
    }

    @Test(arguments: AccountStoresContract.Rule.allCases) func `the account stores keep the contract`(rule: AccountStoresContract.Rule) async throws {
        try await Self.with { database in
            try await AccountStoresContract.check(
                rule,
                .init(
                    users: SQLiteUserStore(database: database), sessions: SQLiteSessionStore(database: database),
                    keys: SQLiteAPIKeyStore(database: database), groups: SQLiteGroupStore(database: database),
                    grants: SQLiteAccessGrantStore(database: database), usage: SQLiteKeyUsageStore(database: database),
                    audit: SQLiteAuditStore(database: database)))
        }
    }

    @Test func `nothing can change or delete a line of the audit log`() async throws {
        try await Self.with { database in
            let store = SQLiteAuditStore(database: database)
            try await store.append(
                AuditEvent(actorID: nil, actor: "a", credential: "", action: "user.create", objectID: "o", object: "O"))
            for sql in ["UPDATE audit_event SET actor = 'b'", "DELETE FROM audit_event"] {
                await #expect(throws: DatabaseError.self) { try await database.pool.write { try $0.execute(sql: sql) } }
            }
            #expect(try await store.page(AuditFilter(), PageRequest(limit: 1, offset: 0)).items.map(\.actor) == ["a"])
        }
    }

    @Test func `limits that cannot be read close the key`() async throws {
        try await Self.with { database in
            let user = try await SQLiteUserStore(database: database).insert(
                User(email: "a@b.co", name: "", role: .user), passwordHash: nil, firstBecomesAdmin: false)
            let keys = SQLiteAPIKeyStore(database: database)
            try await keys.insert(APIKey(id: "k", userID: user.id, kind: .named, name: "", hint: ""), digest: "d", sealed: nil)
            try await database.pool.write { try $0.execute(sql: "UPDATE api_key SET restrictions = '{damaged'") }
            #expect(try await keys.key(id: "k")?.restrictions.pathPrefixes == [])
        }
    }
}
