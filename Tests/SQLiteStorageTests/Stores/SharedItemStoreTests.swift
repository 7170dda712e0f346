import Domain
import Foundation
import SQLiteStorage
import TestSupport
import Testing

/// Prompts, notes and skills are kept as they should be.
struct SharedItemStoreTests {
    private static func with(_ work: (SQLiteDatabase) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "haneul-shared-" + makeID() + ".db"
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        try await work(SQLiteDatabase(path: path))
    }

    @Test func `prompts keep the contract of shared items`() async throws {
        try await Self.with { database in
            let found = try await SharedItemStoreContract.violations(
                of: SQLitePromptStore(database: database), grants: SQLiteAccessGrantStore(database: database),
                make: { id, owner, word in
                    Prompt(
                        id: id, userID: owner, command: id, name: id.uppercased(), content: word, data: ["n": 1.50], meta: ["m": nil], tags: ["t"],
                        isActive: false, versionID: nil, createdAt: id == "a" ? 1 : 2, updatedAt: id == "a" ? 4 : 3)
                }, change: { ($0.content, $0.tags, $0.versionID) = ("다른", [], "v") })
            #expect(found == [])
        }
    }

    @Test func `prompts keep their own contract`() async throws {
        try await Self.with { database in
            let found = try await PromptStoreContract.violations(of: SQLitePromptStore(database: database))
            #expect(found == [])
        }
    }
}
