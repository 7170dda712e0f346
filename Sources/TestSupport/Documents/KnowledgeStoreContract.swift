package import Domain

/// What every `KnowledgeStore` must do.
package enum KnowledgeStoreContract {
    /// - Parameters:
    ///   - store: empty.
    ///   - files: the files that the store knows, empty.
    /// - Returns: the statements that do not hold.
    package static func violations(of store: any KnowledgeStore, files: any FileStore) async throws -> [String] {
        var violations: [String] = []
        func expect(_ statement: String, _ holds: Bool) { if !holds { violations.append(statement) } }
        func isConflict(_ work: () async throws -> Void) async -> Bool {
            do {
                try await work()
                return false
            } catch { return (error as? AppError)?.code == .conflict }
        }
        func file(_ name: String) async throws -> File {
            let file = File(userID: "u", filename: name, contentType: "text/plain", size: 1, fileHash: name, state: .completed)
            try await files.insert(file)
            return file
        }

        // Bases
        let first = KnowledgeBase(userID: "u", name: "첫째", description: "", meta: ["k": [1, nil]], createdAt: 10, updatedAt: 10)
        let second = KnowledgeBase(userID: "v", name: "", description: "d", createdAt: 11, updatedAt: 20)
        try await store.insert(first)
        try await store.insert(second)
        expect("what was inserted is found as it was", try await store.find(first.id) == first)
        expect("an unknown base is not found", try await store.find("x") == nil)
        expect("all bases are listed, the last changed first", try await store.all().map(\.id) == [second.id, first.id])
        var changed = first
        (changed.name, changed.meta, changed.updatedAt) = ("둘째", nil, 30)
        try await store.update(changed)
        expect("an update replaces the row", try await store.find(first.id) == changed)
        expect("an update changes the order", try await store.all().map(\.id) == [first.id, second.id])

        // Files
        let (a, b, c) = (try await file("b-a.txt"), try await file("a_b.txt"), try await file("C%.TXT"))
        try await store.add(fileIDs: [a.id, b.id], to: first.id, directoryID: nil)
        try await store.add(fileIDs: [c.id, a.id], to: first.id, directoryID: nil)
        expect("files are listed once, in the order in which they were added", try await store.fileIDs(of: first.id) == [a.id, b.id, c.id])
        try await store.add(fileIDs: [a.id, "x"], to: second.id, directoryID: nil)
        expect("files that are gone are left out", try await store.fileIDs(of: second.id) == [a.id])
        try await store.add(fileIDs: [a.id], to: "x", directoryID: nil)
        expect("a file knows its bases", try await Set(store.bases(of: a.id)) == [first.id, second.id])
        expect("counts are by base", try await store.fileCounts() == [first.id: 3, second.id: 1])
        expect("the count of one is the same", try await [store.fileCount(of: first.id), store.fileCount(of: "unknown")] == [3, 0])
        func names(_ filter: KnowledgeFileFilter, page: PageRequest = PageRequest(limit: 10, offset: 0)) async throws -> Set<String> {
            Set(try await store.links(filter, page: page).items.map(\.fileID))
        }
        expect("a filter finds parts of names in any case", try await names(.init(knowledgeIDs: [first.id], query: ".txt")) == [a.id, b.id, c.id])
        expect("wildcards in a filter are letters", try await names(.init(knowledgeIDs: [first.id], query: "_")) == [b.id])
        expect("a per cent sign in a filter is one", try await names(.init(knowledgeIDs: [first.id], query: "%")) == [c.id])
        expect(
            "several bases are listed together",
            try await store.links(.init(knowledgeIDs: [first.id, second.id]), page: .init(limit: 10, offset: 0)).total == 4)
        let late = File(userID: "u", filename: "late.txt", contentType: "text/plain", size: 1, fileHash: "late", state: .processing)
        try await files.insert(late)
        try await store.add(fileIDs: [late.id], to: second.id, directoryID: nil)
        expect("files on their way are not in the list", try await names(.init(knowledgeIDs: [second.id])) == [a.id])
        expect("they are in a list of their own", try await names(.init(knowledgeIDs: [second.id], state: .unfinished)) == [late.id])
        expect("or all are in one", try await names(.init(knowledgeIDs: [second.id], state: .any)) == [a.id, late.id])
        _ = try await store.remove(fileID: late.id, from: second.id)
        expect("no base, no file", try await names(.init(knowledgeIDs: [])).isEmpty)
        let page = try await store.links(.init(knowledgeIDs: [first.id]), page: PageRequest(limit: 2, offset: 2))
        expect("a page has what is left and the whole number", page.items.count == 1 && page.total == 3)

        // Directories
        let top = KnowledgeDirectory(knowledgeID: first.id, parentID: nil, name: "top", userID: "u")
        let inner = KnowledgeDirectory(knowledgeID: first.id, parentID: top.id, name: "top", userID: "u")
        let foreign = KnowledgeDirectory(knowledgeID: second.id, parentID: nil, name: "top", userID: "u")
        for directory in [top, inner, foreign] { try await store.insert(directory) }
        expect("a directory is found as it was", try await store.directory(inner.id) == inner)
        expect(
            "a name is taken once in its place",
            await isConflict { try await store.insert(KnowledgeDirectory(knowledgeID: first.id, parentID: nil, name: "top", userID: "u")) })
        let other = KnowledgeDirectory(knowledgeID: first.id, parentID: nil, name: "other", userID: "u")
        try await store.insert(other)
        var renamed = other
        renamed.name = "top"
        expect("no directory is renamed to a taken name", await isConflict { try await store.update(renamed) })
        renamed.name = "z"
        try await store.update(renamed)
        expect("directories are listed by name", try await store.directories(of: first.id).map(\.name) == ["top", "top", "z"])
        expect("a file moves", try await store.move(fileID: a.id, in: first.id, to: inner.id))
        expect("a file that is not there does not move", try await !store.move(fileID: b.id, in: second.id, to: nil))
        expect("a place filters", try await names(.init(knowledgeIDs: [first.id], place: .directory(inner.id))) == [a.id])
        expect("the top is a place", try await names(.init(knowledgeIDs: [first.id], place: .directory(nil))) == [b.id, c.id])
        try await store.add(fileIDs: [b.id], to: first.id, directoryID: foreign.id)
        expect(
            "a directory of another base counts as none", try await names(.init(knowledgeIDs: [first.id], place: .directory(nil))) == [b.id, c.id])
        try await store.deleteDirectory(top.id)
        expect(
            "what was in a deleted directory is at the top",
            try await names(.init(knowledgeIDs: [first.id], place: .directory(nil))) == [a.id, b.id, c.id])
        expect("directories inside go with it", try await store.directory(inner.id) == nil)
        try await store.deleteDirectories(of: first.id)
        expect("all directories of a base can go", try await store.directories(of: first.id).isEmpty)
        expect("those of others stay", try await store.directory(foreign.id) != nil)

        // Going
        expect("a file is taken out once", try await store.remove(fileID: b.id, from: first.id))
        expect("what is not there is not taken out", try await !store.remove(fileID: b.id, from: first.id))
        _ = try await files.delete(c.id)
        expect("deleted files leave their bases", try await store.fileIDs(of: first.id) == [a.id])
        expect("a deleted base was there", try await store.delete(first.id))
        expect("a deleted base is gone", try await store.find(first.id) == nil)
        expect("nothing is deleted twice", try await !store.delete(first.id))
        expect("its files stay", try await files.find(a.id) != nil)
        expect("other bases stay", try await store.fileIDs(of: second.id) == [a.id])
        return violations
    }
}
