import Domain
import Synchronization
import Testing

struct FolderSyncTests {
    private func file(_ path: String, _ checksum: String = "1") -> LocalFile {
        let slash = path.lastIndex(of: "/")
        return LocalFile(
            item: FolderComparison.Item(
                filename: slash.map { String(path[path.index(after: $0)...]) } ?? path, path: slash.map { String(path[..<$0]) } ?? "",
                checksum: checksum), location: "/" + path, size: 1)
    }

    @Test func `an empty knowledge base gets every file in its directory`() async throws {
        let remote = MemoryKnowledge()
        let report = try await FolderSync(remote: remote).run([file("a.md"), file("sub/deep/b.md"), file("sub/c.md")])
        #expect(remote.contents == ["a.md": "1", "sub/deep/b.md": "1", "sub/c.md": "1"])
        #expect(report.added == 3 && report.failures.isEmpty)
    }

    @Test func `what is in step stays untouched`() async throws {
        let remote = MemoryKnowledge()
        let sync = FolderSync(remote: remote)
        _ = try await sync.run([file("a.md"), file("sub/b.md")])
        let uploads = remote.uploads
        let report = try await sync.run([file("a.md"), file("sub/b.md")])
        #expect(remote.uploads == uploads)
        #expect(report.unmodified == 2 && report.added == 0)
    }

    @Test func `a changed file is there before its old version goes`() async throws {
        let remote = MemoryKnowledge()
        _ = try await FolderSync(remote: remote).run([file("a.md", "old")])
        remote.failing = ["new"]
        let failed = try await FolderSync(remote: remote).run([file("a.md", "new")])
        #expect(failed.failures == ["a.md": "It is damaged."])
        #expect(remote.contents == ["a.md": "old"], "the old version stays when the new one fails")
        #expect(remote.count == 1, "nothing of the failed one is left")
        remote.failing = []
        let report = try await FolderSync(remote: remote).run([file("a.md", "new")])
        #expect(report.updated == 1)
        #expect(remote.contents == ["a.md": "new"])
        #expect(remote.count == 1)
    }

    @Test(arguments: [true, false])
    func `what the folder does not have goes only when that is wanted`(_ deletes: Bool) async throws {
        let remote = MemoryKnowledge()
        _ = try await FolderSync(remote: remote).run([file("a.md"), file("sub/b.md")])
        let report = try await FolderSync(remote: remote, options: .init(deletes: deletes)).run([file("a.md")])
        #expect(remote.contents.count == (deletes ? 1 : 2))
        #expect(remote.directories.isEmpty == deletes)
        #expect((report.deleted, report.kept) == (deletes ? (1, 0) : (0, 1)))
    }

    @Test func `one bad file does not keep the others from being brought`() async throws {
        let remote = MemoryKnowledge()
        remote.failing = ["bad"]
        remote.refused = ["huge"]
        let files = [file("bad.pdf", "bad"), file("huge.pdf", "huge")] + (0..<20).map { file("f\($0).md", "\($0)") }
        let report = try await FolderSync(remote: remote).run(files)
        #expect(report.added == 20)
        #expect(report.failures == ["bad.pdf": "It is damaged.", "huge.pdf": "It is too large."])
        let again = try await FolderSync(remote: remote).run(files, skipping: Set(files[..<2].map(\.item)))
        #expect(again.failures.isEmpty && again.unmodified == 20)
    }

    @Test func `what cannot be read is reported and stays on the server`() async throws {
        let remote = MemoryKnowledge()
        let sync = FolderSync(remote: remote, options: .init(deletes: true))
        _ = try await sync.run([file("a.md"), file("gone.md"), file("closed/b.md"), file("sub/closed.md"), file("sub2/c.md")])
        let report = try await sync.run([file("a.md")], unreadable: ["closed", "sub/closed.md"])
        #expect(remote.contents.keys.sorted() == ["a.md", "closed/b.md", "sub/closed.md"])
        #expect(remote.directories.count == 2)
        #expect(report.deleted == 2)
        #expect(report.failures == ["closed": "It cannot be read.", "sub/closed.md": "It cannot be read."])
    }

    @Test func `a refused key ends everything`() async throws {
        let remote = MemoryKnowledge()
        remote.isLocked = true
        let error = await #expect(throws: AppError.self) { try await FolderSync(remote: remote).run([file("a.md")]) }
        #expect(error?.code == .unauthorized)
    }

    @Test func `a plan changes nothing`() async throws {
        let remote = MemoryKnowledge()
        let plan = try await FolderSync(remote: remote).plan([file("sub/a.md")])
        #expect(plan.added.map(\.text) == ["sub/a.md"] && plan.directoriesToMake == ["sub"])
        #expect(remote.count == 0 && remote.directories.isEmpty)
    }
}

/// A server's side in memory, with the server's own comparison.
private final class MemoryKnowledge: RemoteKnowledge {
    private struct State {
        var files: [String: (item: FolderComparison.Item, directoryID: String?)] = [:]
        var directories: [String: KnowledgeDirectory] = [:]
        var uploads = 0
        var failing: Set<String> = []
        var refused: Set<String> = []
        var isLocked = false
    }

    private let state = Mutex(State())

    var failing: Set<String> {
        get { state.withLock { $0.failing } }
        set { state.withLock { $0.failing = newValue } }
    }
    var refused: Set<String> {
        get { state.withLock { $0.refused } }
        set { state.withLock { $0.refused = newValue } }
    }
    var isLocked: Bool {
        get { state.withLock { $0.isLocked } }
        set { state.withLock { $0.isLocked = newValue } }
    }
    var uploads: Int { state.withLock { $0.uploads } }
    var count: Int { state.withLock { $0.files.count } }
    var directories: [String: KnowledgeDirectory] { state.withLock { $0.directories } }
    /// Checksum by path.
    var contents: [String: String] {
        state.withLock { state in
            let paths = DirectoryTree(Array(state.directories.values)).paths
            return Dictionary(
                uniqueKeysWithValues: state.files.values.map { file in
                    ((file.directoryID.flatMap { paths[$0] }.map { $0 + "/" } ?? "") + file.item.filename, file.item.checksum)
                })
        }
    }

    func compare(_ folder: [FolderComparison.Item]) async throws -> RemoteDifference {
        try state.withLock { state in
            if state.isLocked { throw AppError(.unauthorized, "No.") }
            let tree = DirectoryTree(Array(state.directories.values))
            let members = state.files.map { id, file in
                var item = file.item
                item.path = file.directoryID.flatMap { tree.paths[$0] } ?? ""
                return FolderComparison.Member(fileID: id, item: item, isFailed: false)
            }
            let comparison = FolderComparison(folder: folder, members: members, tree: tree)
            var difference = RemoteDifference()
            func place(_ item: FolderComparison.Item) -> RemoteDifference.Place { .init(filename: item.filename, path: item.path) }
            difference.added = comparison.added.map(place)
            difference.modified = comparison.modified.map { (place($0.item), $0.staleFileID) }
            difference.deleted = comparison.deleted.map { (place($0.item), $0.fileID) }
            difference.directoriesToMake = comparison.directoriesToMake
            difference.directoriesToRemove = comparison.directoriesToRemove
            difference.directories = tree.ids
            difference.unmodified = comparison.unmodified
            return difference
        }
    }

    func makeDirectory(_ name: String, in parentID: String?) async throws -> String {
        state.withLock { state in
            let directory = KnowledgeDirectory(knowledgeID: "k", parentID: parentID, name: name, userID: "u")
            state.directories[directory.id] = directory
            return directory.id
        }
    }

    func upload(_ file: LocalFile, to directoryID: String?) async throws -> String {
        try state.withLock { state in
            state.uploads += 1
            if state.refused.contains(file.item.checksum) { throw AppError(.tooLarge, "It is too large.") }
            let id = makeID()
            state.files[id] = (file.item, directoryID)
            return id
        }
    }

    func failure(of fileID: String) async throws -> String? {
        state.withLock { state in state.files[fileID].map { state.failing.contains($0.item.checksum) } == true ? "It is damaged." : nil }
    }

    func discard(_ fileID: String) async throws { state.withLock { $0.files[fileID] = nil } }

    func remove(fileIDs: [String], directoryIDs: [String]) async throws {
        state.withLock { state in
            for id in fileIDs { state.files[id] = nil }
            for id in directoryIDs { state.directories[id] = nil }
        }
    }
}
