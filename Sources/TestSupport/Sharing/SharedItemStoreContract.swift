package import Domain

/// What every `SharedItemStore` must do, whatever it keeps.
package enum SharedItemStoreContract {
    /// - Parameters:
    ///   - store: empty.
    ///   - grants: those that the store sees.
    ///   - make: an item of an owner, whose texts hold a word.
    ///   - change: makes an item different.
    /// - Returns: the statements that do not hold.
    package static func violations<Item: SharedItem & Equatable>(
        of store: some SharedItemStore<Item>, grants: any AccessGrantStore, make: (_ id: String, _ ownerID: String, _ word: String) -> Item,
        change: @escaping @Sendable (inout Item) -> Void
    ) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append("\(Item.plural): \(statement)") } }
        func code(_ work: () async throws -> Void) async -> AppError.Code? {
            do {
                try await work()
                return nil
            } catch { return (error as? AppError)?.code }
        }
        func principal(_ id: String, groups: [String] = [], role: Role = .user) -> Principal { .make(id, role: role, groups: groups) }
        func ids(_ query: SharedItemQuery) async throws -> [String] { try await store.page(query).items.map(\.id) }

        let first = make("a", "u", "사과100%")
        let second = make("b", "v", "pear_tree")
        try await store.insert(first, limit: 10)
        try await store.insert(second, limit: 10)
        expect("what was inserted is found as it was", try await store.find("a") == first)
        expect("an unknown item is not found", try await store.find("x") == nil)
        expect("an id is taken once", await code { try await store.insert(first, limit: 10) } == .conflict)
        expect("an owner has so many and no more", await code { try await store.insert(make("c", "u", "c"), limit: 1) } == .badRequest)
        expect("what is refused is not kept", try await store.find("c") == nil)

        // Who sees what
        expect("owners see their own", try await ids(SharedItemQuery(for: principal("u"))) == ["a"])
        expect("strangers see nothing", try await ids(SharedItemQuery(for: principal("w", groups: ["g"]))) == [])
        expect("administrators see all", try await ids(SharedItemQuery(for: principal("w", role: .admin))).sorted() == ["a", "b"])
        func grant(_ type: AccessGrant.PrincipalType, _ id: String, _ permission: AccessGrant.Permission) async throws {
            let resource = ResourceID(Item.kind, "b")
            try await grants.replace(
                [AccessGrant(resource: resource, principalType: type, principalID: id, permission: permission)], for: resource)
        }
        var writing = SharedItemQuery(for: principal("w", groups: ["g", "h"]))
        writing.permission = .write
        for (type, id) in [(AccessGrant.PrincipalType.group, "g"), (.user, "w"), (.user, "*")] {
            try await grant(type, id, .read)
            expect("a grant to \(id) lets read", try await ids(SharedItemQuery(for: principal("w", groups: ["h", "g"]))) == ["b"])
            expect("a grant to \(id) to read lets nobody write", try await ids(writing) == [])
            try await grant(type, id, .write)
            expect("a grant to \(id) lets write", try await ids(writing) == ["b"])
        }
        try await grant(.group, "*", .read)
        expect("there is no group of everybody", try await ids(SharedItemQuery(for: principal("w", groups: ["g"]))) == [])
        try await grant(.user, "w", .read)
        expect("a grant is of one kind only", try await grants.grants(for: ResourceID(.folder, "b")).isEmpty)

        // Lists
        var all = SharedItemQuery(for: principal("u", role: .admin))
        all.owners = .reader
        expect("one's own", try await ids(all) == ["a"])
        all.owners = .others
        expect("others'", try await ids(all) == ["b"])
        all.owners = .anybody
        for (text, found) in [("과10", ["a"]), ("PEAR", ["b"]), ("%", ["a"]), ("_", ["b"]), ("\\", []), ("'", [])] as [(String, [String])] {
            all.texts = [text]
            expect("\(text) is looked for as it is", try await ids(all) == found)
        }
        all.texts = ["pear", "사과"]
        expect("all texts must be there", try await ids(all) == [])
        all.texts = []
        (all.order, all.isAscending) = (.created, true)
        all.page = PageRequest(page: 2, size: 1)
        let page = try await store.page(all)
        expect("a page says how many there are", page.total == 2 && page.items.map(\.id) == ["b"])
        for order in [SharedItemQuery.Order.name, .created, .updated] {
            (all.order, all.page) = (order, nil)
            all.isAscending = true
            let up = try await ids(all)
            all.isAscending = false
            expect("an order by \(order) has two directions", try await ids(all) == up.reversed())
        }

        // Changes
        let changed = try await store.update("a") { change(&$0) }
        expect("an update returns what is stored", try await store.find("a") == changed && changed != first)
        expect("an update leaves the others alone", try await store.find("b") == second)
        expect(
            "a change that fails changes nothing",
            await code {
                _ = try await store.update("b") {
                    change(&$0)
                    throw AppError.notFound
                }
            } == .notFound)
        expect("what failed was not kept", try await store.find("b") == second)
        expect("nothing is updated that is not there", try await store.update("x") { change(&$0) } == nil)
        expect("a deleted item was there", try await store.delete("b"))
        expect("a deleted item is gone", try await store.find("b") == nil)
        expect("its grants are gone", try await grants.grants(for: ResourceID(Item.kind, "b")).isEmpty)
        expect("nothing is deleted twice", try await !store.delete("b"))
        return violations
    }
}
