package import Domain

/// What every `PromptStore` must do beyond `SharedItemStoreContract`.
package enum PromptStoreContract {
    /// - Parameter store: empty.
    /// - Returns: the statements that do not hold.
    package static func violations(of store: some PromptStore) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        func isConflict(_ work: () async throws -> Void) async -> Bool {
            do {
                try await work()
                return false
            } catch { return (error as? AppError)?.code == .conflict }
        }
        try await store.insert(Prompt(id: "a", userID: "u", command: "/hi", name: "A", content: "a", tags: ["나", "a"]), limit: 10)
        try await store.insert(Prompt(id: "b", userID: "v", command: "bye", name: "B", content: "b", tags: ["a", ""]), limit: 10)
        expect("a command is found with and without a slash", try await store.find(command: "hi")?.id == "a")
        expect("a command is found with and without a slash", try await store.find(command: "/bye")?.id == "b")
        expect("a part of a command is none", try await store.find(command: "h") == nil)
        let same = Prompt(userID: "u", command: "hi", name: "", content: "")
        expect("a command is taken once", await isConflict { try await store.insert(same, limit: 9) })
        expect("a command cannot become another's", await isConflict { _ = try await store.update("b") { $0.command = "hi" } })

        // Tags
        let admin = SharedItemQuery.Reader(.make("z", role: .admin))
        expect("tags are listed once, in order", try await store.tags(for: admin) == ["a", "나"])
        expect("tags of others' are not listed", try await store.tags(for: .init(.make("v"))) == ["a"])
        var query = SharedItemQuery(reader: admin)
        query.tag = "A"
        expect("a tag finds in any case", try await store.page(query).total == 2)
        query.tag = "나"
        expect("a tag finds its own", try await store.page(query).items.map(\.id) == ["a"])
        _ = try await store.update("a") { $0.isActive = false }
        (query.tag, query.isActiveOnly) = (nil, true)
        expect("inactive ones are left out", try await store.page(query).items.map(\.id) == ["b"])
        expect("tags of inactive ones are left out", try await store.tags(for: admin) == ["a"])

        // Versions
        func add(_ name: String, isProduction: Bool = true) async throws {
            _ = try await store.revise("a", kept: 2) { prompt, latestID in
                prompt.name = name
                if isProduction { prompt.versionID = name }
                return PromptVersion(
                    id: name, promptID: "a", parentID: latestID, snapshot: ["name": .string(name), "n": 1.50], userID: "u", message: name,
                    createdAt: 5)
            }
        }
        func versions() async throws -> [PromptVersion] { try await store.versions(of: "a", page: PageRequest(limit: 10, offset: 0)) }
        for name in ["1", "2", "3"] { try await add(name) }
        expect("the newest comes first", try await versions().map(\.id) == ["3", "2", "1"])
        expect("a version follows the one before", try await versions().map(\.parentID) == ["2", "1", nil])
        expect(
            "a version is found as it was",
            try await store.version("2", of: "a")
                == PromptVersion(
                    id: "2", promptID: "a", parentID: "1", snapshot: ["name": "2", "n": 1.50], userID: "u", message: "2", createdAt: 5))
        expect("a version belongs to one prompt", try await store.version("2", of: "b") == nil)
        expect("the version in use stays", try await !store.deleteVersion("3", of: "a"))
        expect("another prompt's version stays", try await !store.deleteVersion("2", of: "b"))
        expect("a version is deleted", try await store.deleteVersion("2", of: "a"))
        expect("its children become its parent's", try await versions().map(\.parentID) == ["1", nil])
        for name in ["4", "5"] { try await add(name, isProduction: false) }
        expect("the oldest go, the one in use stays", try await versions().map(\.id) == ["5", "4", "3"])
        expect("nothing follows what is gone", try await versions().map(\.parentID) == ["4", "3", nil])
        expect("pages", try await store.versions(of: "a", page: PageRequest(page: 2, size: 2)).map(\.id) == ["3"])
        _ = try? await store.revise("a", kept: 2) { prompt, _ in
            prompt.name = "x"
            throw AppError.notFound
        }
        expect("a change that fails changes nothing", try await store.find("a")?.name == "5")
        expect("nothing is revised that is not there", try await store.revise("x", kept: 2) { _, _ in nil } == nil)
        _ = try await store.delete("a")
        expect("versions go with their prompt", try await store.version("5", of: "a") == nil)
        return violations
    }
}
