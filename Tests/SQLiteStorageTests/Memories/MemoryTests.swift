import Domain
import Foundation
import SQLiteStorage
import Synchronization
import TestSupport
import Testing

/// Memories on SQLite, with an encoder that knows two words.
struct MemoryTests {
    private static func with(_ work: (SQLiteDatabase) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "haneul-memories-" + makeID() + ".db"
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        try await work(SQLiteDatabase(path: path))
    }

    private static func library(_ database: SQLiteDatabase, _ encoder: WordEncoder, threshold: Double = 0) -> MemoryLibrary {
        MemoryLibrary(store: SQLiteMemoryStore(database: database), encoders: encoder, isOn: { true }, threshold: { threshold })
    }

    @Test func `the SQLite store keeps the contract`() async throws {
        try await Self.with { database in
            let found = try await MemoryStoreContract.violations(of: SQLiteMemoryStore(database: database))
            #expect(found == [])
        }
    }

    @Test func `memories and notes go with their owner`() async throws {
        try await Self.with { database in
            let users = SQLiteUserStore(database: database)
            let user = try await users.insert(User(email: "a@b.co", name: "", role: .user), passwordHash: nil, firstBecomesAdmin: false)
            let (memories, notes) = (SQLiteMemoryStore(database: database), SQLiteNoteStore(database: database))
            let (own, other) = (Note(userID: user.id, title: "own"), Note(userID: "other", title: "other"))
            try await memories.edit(ownerID: user.id) { $0.append(Memory(userID: user.id, content: "x")) }
            try await memories.edit(ownerID: "other") { $0.append(Memory(userID: "other", content: "y")) }
            for note in [own, other] {
                try await notes.insert(note, limit: 9)
                _ = try await notes.togglePin(of: note.id, userID: user.id)
            }
            try await users.delete(id: user.id)
            #expect(try await memories.all(ownerID: user.id) == [])
            #expect(try await memories.all(ownerID: "other").count == 1)
            #expect(try await notes.find(own.id) == nil)
            #expect(try await notes.find(other.id) == other)
            #expect(try await notes.pins(userID: user.id) == [])
        }
    }

    @Test func `a question finds the nearest memories of its owner`() async throws {
        try await Self.with { database in
            let encoder = WordEncoder("one")
            let library = Self.library(database, encoder)
            let (ada, eve) = (Principal.make("ada"), Principal.make("eve"))
            let tea = try await library.add(" likes tea ", kind: .context, path: nil, by: ada)
            let sea = try await library.add("lives by the sea", kind: .context, path: nil, by: ada)
            _ = try await library.add("tea", kind: .context, path: nil, by: eve)
            #expect(tea.content == "likes tea")
            let matches = try await library.nearest(to: "tea", limit: 5, for: ada)
            #expect(matches.map(\.memory.id) == [tea.id, sea.id])
            #expect(matches.map(\.score) == [1, 0.5])
            #expect(try await library.nearest(to: "sea", limit: 1, for: ada).map(\.memory.id) == [sea.id])
            #expect(encoder.passages == 3)
            let strict = Self.library(database, encoder, threshold: 0.9)
            #expect(try await strict.nearest(to: "tea", limit: 5, for: ada).map(\.memory.id) == [tea.id])

            // A text that has changed is found by what it says now.
            _ = try await library.change(tea.id, content: "prefers the sea", kind: nil, path: nil, by: ada)
            #expect(try await library.nearest(to: "tea", limit: 1, for: ada)[0].score == 0.5)
            #expect(try await library.delete(sea.id, by: ada))
            #expect(try await library.nearest(to: "sea", limit: 5, for: ada).map(\.memory.id) == [tea.id])
            try await library.deleteAll(by: ada)
            await #expect(throws: AppError.self) { try await library.nearest(to: "sea", limit: 5, for: ada) }
        }
    }

    @Test func `without an encoder a memory is kept, and it gets its vector later`() async throws {
        try await Self.with { database in
            let encoder = WordEncoder("one")
            encoder.isBroken.withLock { $0 = true }
            let library = Self.library(database, encoder)
            let ada = Principal.make("ada")
            let tea = try await library.add("tea", kind: .context, path: nil, by: ada)
            await #expect(throws: AppError.self) { try await library.nearest(to: "tea", limit: 5, for: ada) }
            encoder.isBroken.withLock { $0 = false }
            #expect(try await library.nearest(to: "tea", limit: 5, for: ada).map(\.memory.id) == [tea.id])
            // Another encoder's vectors are made when they are needed.
            let other = WordEncoder("two")
            #expect(try await Self.library(database, other).nearest(to: "tea", limit: 5, for: ada).map(\.score) == [1])
            #expect(try await Self.library(database, other).nearest(to: "tea", limit: 5, for: ada).count == 1)
            #expect(other.passages == 1)
            try await library.reset(by: ada)
            #expect(encoder.passages == 2)
        }
    }

    @Test func `an owner has so many memories and no more`() async throws {
        try await Self.with { database in
            let encoder = WordEncoder("one")
            encoder.isBroken.withLock { $0 = true }
            let library = Self.library(database, encoder)
            let ada = Principal.make("ada")
            for batch in 0..<(MemoryLibrary.Limits.perOwner / 100) {
                _ = try await library.apply((0..<100).map { .add(content: "\(batch) \($0)", kind: .context, path: nil) }, by: ada)
            }
            await #expect(throws: AppError.self) { try await library.add("one more", kind: .context, path: nil, by: ada) }
            #expect(try await library.all(for: ada).count == MemoryLibrary.Limits.perOwner)
            await #expect(throws: AppError.self) {
                try await library.apply([MemoryLibrary.Operation](repeating: .remove(id: "x"), count: 101), by: ada)
            }
        }
    }
}

/// Texts that hold a word point where the word points.
private final class WordEncoder: Embedder, SearchEncoders {
    let identity: EmbedderIdentity
    let isBroken = Mutex(false)
    private let count = Mutex(0)
    var passages: Int { count.withLock { $0 } }

    init(_ model: String) { identity = EmbedderIdentity(engine: "", model: model, dimension: 2) }

    func embed(_ texts: [String], as role: EmbeddingRole) async throws -> [[Float]] {
        if isBroken.withLock({ $0 }) { throw AppError(.unavailable, "There is no encoder.") }
        if role == .passage { count.withLock { $0 += texts.count } }
        return texts.map { $0.contains("tea") ? [1, 0] : [0, 1] }
    }

    func searchEmbedder() async throws -> any Embedder { self }
    func reranker() async throws -> (any Reranker)? { nil }
}
