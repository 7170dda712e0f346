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

    @Test func `notes keep the contract of shared items`() async throws {
        try await Self.with { database in
            let found = try await SharedItemStoreContract.violations(
                of: SQLiteNoteStore(database: database), grants: SQLiteAccessGrantStore(database: database),
                make: { id, owner, word in
                    Note(
                        id: id, userID: owner, title: id == "a" ? "A" : "B", data: ["content": ["md": .string(word)], "n": 1.50], meta: nil,
                        createdAt: id == "a" ? 1 : 2, updatedAt: id == "a" ? 4 : 3)
                }, change: { ($0.title, $0.data, $0.meta) = ("다른", nil, ["m": 1]) })
            #expect(found == [])
        }
    }

    @Test func `skills keep the contract of shared items`() async throws {
        try await Self.with { database in
            let found = try await SharedItemStoreContract.violations(
                of: SQLiteSkillStore(database: database), grants: SQLiteAccessGrantStore(database: database),
                make: { id, owner, word in
                    Skill(
                        id: id, userID: owner, name: "Name of \(id)", description: word, content: "c", meta: ["m": nil], isActive: false,
                        versionID: "v", createdAt: id == "a" ? 1 : 2, updatedAt: id == "a" ? 4 : 3)
                }, change: { ($0.content, $0.description, $0.versionID) = ("다른", nil, "w") })
            #expect(found == [])
        }
    }

    @Test func `pins are everybody's own, the last first, and go with the note`() async throws {
        try await Self.with { database in
            let store = SQLiteNoteStore(database: database)
            for id in ["a", "b"] {
                try await store.insert(Note(id: id, userID: "u", title: id), limit: 9)
                #expect(try await store.togglePin(of: id, userID: "v") == true)
            }
            #expect(try await store.pins(userID: "v") == ["b", "a"])
            #expect(try await store.pins(userID: "u") == [])
            #expect(try await store.togglePin(of: "b", userID: "v") == false)
            #expect(try await store.togglePin(of: "x", userID: "v") == nil)
            #expect(try await store.pins(userID: "v") == ["a"])
            _ = try await store.delete("a")
            #expect(try await store.pins(userID: "v") == [])
        }
    }

    @Test func `lists show the beginning of a note and no instructions of a skill`() async throws {
        try await Self.with { database in
            let notes = SQLiteNoteStore(database: database)
            let long = String(repeating: "가", count: 1500)
            let content: JSONObject = ["content": ["md": .string(long), "html": "x"], "files": []]
            try await notes.insert(Note(id: "a", userID: "u", title: "t", data: content, meta: ["m": 1]), limit: 9)
            try await notes.insert(Note(id: "b", userID: "u", title: "t", data: ["x": 1]), limit: 9)
            try await notes.insert(Note(id: "c", userID: "u", title: "t"), limit: 9)
            var query = SharedItemQuery(for: .make("u"))
            (query.isBrief, query.order, query.isAscending) = (true, .created, true)
            let found = try await notes.page(query).items.map(\.data)
            #expect(found == [["content": ["md": .string(String(long.prefix(1000)))]], ["content": ["md": ""]], nil])
            let skills = SQLiteSkillStore(database: database)
            try await skills.insert(Skill(id: "a", userID: "u", name: "n", content: "secret"), limit: 9)
            #expect(try await skills.page(query).items.map(\.content) == [""])
        }
    }

    @Test func `prompts keep their own contract`() async throws {
        try await Self.with { database in
            let found = try await PromptStoreContract.violations(of: SQLitePromptStore(database: database))
            #expect(found == [])
        }
    }
}
