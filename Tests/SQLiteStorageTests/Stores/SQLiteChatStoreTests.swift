import Domain
import Foundation
import GRDB
import SQLiteStorage
import Testing

final class SQLiteChatStoreTests {
    private let path: String
    private let database: SQLiteDatabase
    private let store: SQLiteChatStore
    private let folders: SQLiteChatFolderStore

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("chats-\(makeID()).db").path
        database = try SQLiteDatabase(path: path)
        store = SQLiteChatStore(database: database)
        folders = SQLiteChatFolderStore(database: database)
        try database.pool.write { database in
            for id in ["a", "b"] {
                try database.execute(
                    sql: """
                        INSERT INTO user (id, email, role, name, profile_image_url, last_active_at, updated_at, created_at)
                        VALUES (?, ?, 'user', 'n', '', 0, 0, 0)
                        """, arguments: [id, id + "@example.com"])
            }
        }
    }

    deinit {
        for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) }
    }

    private func chat(_ title: String, text: String = "", owner: String = "a", at time: Int = 100) -> SavedChat {
        SavedChat(
            userID: owner, title: title,
            content: ["title": .string(title), "x": 1.50, "history": ["messages": ["m": ["id": "m", "role": "user", "content": .string(text)]]]],
            createdAt: time, updatedAt: time)
    }

    private func search(_ text: String, owner: String = "a") async throws -> [ChatSummary] {
        var filter = ChatFilter(ownerID: owner)
        filter.text = text
        return try await store.list(filter, page: PageRequest(limit: 60, offset: 0))
    }

    @Test func `keeps the client's document as it was`() async throws {
        let made = chat("T", text: "한글 🌟 \"q\"")
        try await store.insert([made])
        #expect(try await store.find(made.id, ownerID: "a") == made)
    }

    @Test func `nobody finds, changes or deletes another's chat`() async throws {
        let made = chat("T")
        try await store.insert([made])
        #expect(try await store.find(made.id, ownerID: "b") == nil)
        #expect(try await store.update(made.id, ownerID: "b") { $0.title = "x" } == nil)
        #expect(try await store.delete(made.id, ownerID: "b") == false)
        #expect(try await store.share(made.id, ownerID: "b") == nil)
        #expect(try await store.tag(made.id, ChatTag(name: "t", userID: "b"), isAdded: true) == false)
        #expect(try await store.find(made.id, ownerID: "a") == made)
    }

    @Test(arguments: ["부산", "BUSAN", "여행", "busan ferry", "ferr", "산 여", "HX-2291", "100%"])
    func `finds words of title and messages`(words: String) async throws {
        let made = chat("부산 여행 Busan", text: "The ferry HX-2291 costs 100% more")
        try await store.insert([made, chat("Seoul", text: "nothing"), chat("부산 여행 Busan ferry HX-2291 100%", owner: "b")])
        #expect(try await search(words).map(\.id) == [made.id])
    }

    @Test(arguments: ["Daegu", "%", "\" OR \"", "busan daegu", "_"])
    func `finds nothing else`(words: String) async throws {
        try await store.insert([chat("Busan", text: "ferry")])
        #expect(try await search(words).isEmpty)
    }

    @Test func `the index follows changes and deletions`() async throws {
        let made = chat("Busan", text: "ferry")
        try await store.insert([made])
        _ = try await store.update(made.id, ownerID: "a") { $0.title = "Daegu" }
        #expect(try await search("busan").isEmpty)
        #expect(try await search("daegu").map(\.id) == [made.id])
        #expect(try await store.delete(made.id, ownerID: "a"))
        #expect(try await search("daegu").isEmpty)
        #expect(try await database.pool.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM chat_keyword") } == 0)
    }

    @Test func `a snippet shows where the words stand`() async throws {
        try await store.insert([chat("T", text: String(repeating: "filler ", count: 50) + "needle in here")])
        #expect(try await search("needle")[0].snippet?.contains("needle in here") == true)
    }

    @Test func `lists are newest first, filtered and paged`() async throws {
        let chats = (0..<5).map { chat("c\($0)", at: 100 + $0) }
        try await store.insert(chats)
        _ = try await store.update(chats[1].id, ownerID: "a") { $0.isPinned = true }
        _ = try await store.update(chats[2].id, ownerID: "a") { $0.isArchived = true }
        var filter = ChatFilter(ownerID: "a")
        filter.isPinned = false
        filter.isArchived = false
        #expect(try await store.list(filter, page: PageRequest(limit: 2, offset: 0)).map(\.title) == ["c4", "c3"])
        #expect(try await store.list(filter, page: PageRequest(limit: 2, offset: 2)).map(\.title) == ["c0"])
    }

    @Test func `a tag lives as long as a chat carries it`() async throws {
        let made = chat("T")
        try await store.insert([made])
        let tag = ChatTag(name: "Kit Tag", userID: "a")
        #expect(tag.id == "kit_tag")
        for _ in 0..<2 { #expect(try await store.tag(made.id, tag, isAdded: true)) }
        #expect(try await store.tags(ownerID: "a") == [tag])
        #expect(try await store.tags(ownerID: "b").isEmpty)
        #expect(try await store.find(made.id, ownerID: "a")?.meta["tags"] == ["kit_tag"])
        #expect(try await store.delete(made.id, ownerID: "a"))
        #expect(try await store.tags(ownerID: "a").isEmpty)
    }

    @Test func `a share is a snapshot that keeps its id`() async throws {
        let made = chat("before")
        try await store.insert([made])
        let shareID = try #require(try await store.share(made.id, ownerID: "a")?.shareID)
        _ = try await store.update(made.id, ownerID: "a") { $0.title = "after" }
        #expect(try await store.shared(shareID)?.title == "before")
        #expect(try await store.shared(shareID)?.id == shareID)
        #expect(try await store.share(made.id, ownerID: "a")?.shareID == shareID)
        #expect(try await store.shared(shareID)?.title == "after")
        #expect(try await store.unshare(made.id, ownerID: "a"))
        #expect(try await store.shared(shareID) == nil)
        #expect(try await store.find(made.id, ownerID: "a")?.shareID == nil)
    }

    @Test func `export gives every chat once`() async throws {
        let chats = (0..<7).map { chat("c\($0)") }
        try await store.insert(chats + [chat("x", owner: "b")])
        var ids: [String] = []
        while true {
            let page = try await store.export(ownerID: "a", after: ids.last, limit: 3)
            if page.isEmpty { break }
            ids += page.map(\.id)
        }
        #expect(ids == chats.map(\.id))
    }

    // MARK: Folders

    @Test func `a folder takes its chats along or lets them out`() async throws {
        let outer = ChatFolder(parentID: nil, userID: "a", name: "outer")
        let inner = ChatFolder(parentID: outer.id, userID: "a", name: "inner")
        for folder in [outer, inner] { try await folders.insert(folder) }
        var kept = chat("kept")
        kept.folderID = inner.id
        try await store.insert([kept])
        #expect(try await folders.delete(outer.id, ownerID: "b", withChats: true) == false)
        #expect(try await folders.delete(inner.id, ownerID: "a", withChats: false))
        #expect(try await store.find(kept.id, ownerID: "a")?.folderID == nil)
        _ = try await store.update(kept.id, ownerID: "a") { $0.folderID = outer.id }
        #expect(try await folders.delete(outer.id, ownerID: "a", withChats: true))
        #expect(try await store.find(kept.id, ownerID: "a") == nil)
    }

    @Test func `folders have one name in a place and never hold themselves`() async throws {
        let outer = ChatFolder(parentID: nil, userID: "a", name: "Name")
        let inner = ChatFolder(parentID: outer.id, userID: "a", name: "Name")
        for folder in [outer, inner] { try await folders.insert(folder) }
        await #expect(throws: AppError.self) { try await folders.insert(ChatFolder(parentID: nil, userID: "a", name: "name")) }
        try await folders.insert(ChatFolder(parentID: nil, userID: "b", name: "Name"))
        await #expect(throws: AppError.self) { try await folders.insert(ChatFolder(parentID: outer.id, userID: "b", name: "x")) }
        await #expect(throws: AppError.self) { try await folders.update(outer.id, ownerID: "a") { $0.parentID = inner.id } }
    }
}
