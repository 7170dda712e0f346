/// A knowledge base on a server, as somebody outside sees it.
///
/// Throws `AppError`: `.unauthorized` and `.forbidden` for the key, `.notFound` for unknown knowledge bases, `.badRequest` and
/// `.tooLarge` for a file that is refused, `.unavailable` when the server cannot be reached after several tries.
package protocol RemoteKnowledge: Sendable {
    /// What the server says is to be done. `directories` are the paths it has, with their ids.
    func compare(_ folder: [FolderComparison.Item]) async throws -> RemoteDifference
    /// - Returns: the directory's id.
    func makeDirectory(_ name: String, in parentID: String?) async throws -> String
    /// Brings a file into the knowledge base.
    /// - Returns: its id.
    func upload(_ file: LocalFile, to directoryID: String?) async throws -> String
    /// Waits until the file is searchable.
    /// - Returns: why it never will be; `nil` when it is.
    func failure(of fileID: String) async throws -> String?
    /// Deletes a file that came to nothing.
    func discard(_ fileID: String) async throws
    /// Deletes files and directories of the knowledge base.
    func remove(fileIDs: [String], directoryIDs: [String]) async throws
}

/// What differs between a folder and a knowledge base.
package struct RemoteDifference: Sendable {
    package struct Place: Sendable, Hashable {
        package var filename: String
        /// Of its directory, `""` at the top.
        package var path: String

        package init(filename: String, path: String) {
            self.filename = filename
            self.path = path
        }

        package var text: String { path.isEmpty ? filename : path + "/" + filename }
    }

    package var added: [Place] = []
    package var modified: [(place: Place, staleFileID: String)] = []
    package var deleted: [(place: Place, fileID: String)] = []
    /// Paths, parents first.
    package var directoriesToMake: [String] = []
    /// Ids, children first.
    package var directoriesToRemove: [String] = []
    package var directories: [String: String] = [:]
    package var unmodified = 0

    package init() {}

    /// Takes files and directories at, in or around these paths out of what is to be deleted.
    mutating func spare(_ paths: [String]) {
        guard !paths.isEmpty else { return }
        func isWithin(_ path: String) -> Bool { paths.contains { path == $0 || path.hasPrefix($0 + "/") } }
        deleted.removeAll { isWithin($0.place.text) }
        let spared = Set(
            directories.filter { directory in isWithin(directory.key) || paths.contains { $0.hasPrefix(directory.key + "/") } }.values)
        directoriesToRemove.removeAll(where: spared.contains)
    }
}

/// A file to be brought.
package struct LocalFile: Sendable, Hashable {
    package var item: FolderComparison.Item
    /// Where it is on this machine.
    package var location: String
    package var size: Int

    package init(item: FolderComparison.Item, location: String, size: Int) {
        self.item = item
        self.location = location
        self.size = size
    }
}

/// Brings a knowledge base in step with a folder. A changed file is brought first and its old version removed when the new one
/// is searchable, so that searches never miss it; what cannot be processed leaves the old version in place.
package struct FolderSync: Sendable {
    package struct Options: Sendable {
        /// Whether files and directories that the folder does not have are deleted.
        package var deletes: Bool
        /// Files on their way at once.
        package var concurrency: Int

        package init(deletes: Bool = false, concurrency: Int = 4) {
            self.deletes = deletes
            self.concurrency = concurrency
        }
    }

    package enum Event: Sendable, Hashable {
        case added(String)
        case updated(String)
        case deleted(String)
        /// Is on the server only, and was left there.
        case kept(String)
        case failed(String, reason: String)
    }

    package struct Report: Sendable, Hashable {
        package var added = 0
        package var updated = 0
        package var deleted = 0
        package var unmodified = 0
        package var kept = 0
        /// By path.
        package var failures: [String: String] = [:]

        package init() {}
    }

    private let remote: any RemoteKnowledge
    private let options: Options
    private let tell: @Sendable (Event) -> Void

    /// - Parameter tell: told of every file as soon as it is settled.
    package init(remote: any RemoteKnowledge, options: Options = Options(), tell: @escaping @Sendable (Event) -> Void = { _ in }) {
        self.remote = remote
        self.options = options
        self.tell = tell
    }

    /// What `run` would do.
    package func plan(_ files: [LocalFile]) async throws -> RemoteDifference { try await remote.compare(files.map(\.item)) }

    /// - Parameters:
    ///   - skipping: files that failed as they are; they are not brought again.
    ///   - unreadable: paths of files and directories that are there and could not be read. What the knowledge base has of
    ///     them stays.
    /// - Throws: what concerns all files; what concerns one is in the report.
    package func run(_ files: [LocalFile], skipping: Set<FolderComparison.Item> = [], unreadable: [String] = []) async throws -> Report {
        var difference = try await plan(files)
        difference.spare(unreadable)
        var report = Report()
        for path in unreadable {
            report.failures[path] = Self.closed
            tell(.failed(path, reason: Self.closed))
        }
        report.unmodified = difference.unmodified
        let directories = try await makeDirectories(difference)
        let byPlace = Dictionary(files.map { (RemoteDifference.Place(filename: $0.item.filename, path: $0.item.path), $0) }) { first, _ in first }
        var tasks: [(file: LocalFile, staleFileID: String?)] = difference.added.compactMap { place in byPlace[place].map { ($0, nil) } }
        tasks += difference.modified.compactMap { change in byPlace[change.place].map { ($0, change.staleFileID) } }
        tasks.removeAll { skipping.contains($0.file.item) }
        try await bring(tasks, directories: directories, report: &report)
        if options.deletes {
            try await remote.remove(fileIDs: difference.deleted.map(\.fileID), directoryIDs: difference.directoriesToRemove)
            report.deleted = difference.deleted.count
            for deletion in difference.deleted { tell(.deleted(deletion.place.text)) }
        } else {
            report.kept = difference.deleted.count
            for deletion in difference.deleted { tell(.kept(deletion.place.text)) }
        }
        return report
    }

    private static let closed = "It cannot be read."

    private func makeDirectories(_ difference: RemoteDifference) async throws -> [String: String] {
        var directories = difference.directories
        for path in difference.directoriesToMake {
            let slash = path.lastIndex(of: "/")
            let parent = slash.map { String(path[..<$0]) }
            let name = slash.map { String(path[path.index(after: $0)...]) } ?? path
            directories[path] = try await remote.makeDirectory(name, in: parent.flatMap { directories[$0] })
        }
        return directories
    }

    private func bring(_ tasks: [(file: LocalFile, staleFileID: String?)], directories: [String: String], report: inout Report) async throws {
        typealias Outcome = (file: LocalFile, isUpdate: Bool, failure: String?)
        try await withThrowingTaskGroup(of: Outcome.self) { group in
            func settle(_ outcome: Outcome) {
                let path = RemoteDifference.Place(filename: outcome.file.item.filename, path: outcome.file.item.path).text
                if let failure = outcome.failure {
                    report.failures[path] = failure
                    tell(.failed(path, reason: failure))
                } else if outcome.isUpdate {
                    report.updated += 1
                    tell(.updated(path))
                } else {
                    report.added += 1
                    tell(.added(path))
                }
            }
            for (index, task) in tasks.enumerated() {
                if index >= options.concurrency, let outcome = try await group.next() { settle(outcome) }
                group.addTask {
                    let failure = try await bring(task.file, to: directories[task.file.item.path], replacing: task.staleFileID)
                    return (task.file, task.staleFileID != nil, failure)
                }
            }
            for try await outcome in group { settle(outcome) }
        }
    }

    /// - Returns: why the file could not be brought.
    private func bring(_ file: LocalFile, to directoryID: String?, replacing staleFileID: String?) async throws -> String? {
        do {
            let id = try await remote.upload(file, to: directoryID)
            if let failure = try await remote.failure(of: id) {
                try await remote.discard(id)
                return failure
            }
            if let staleFileID { try await remote.remove(fileIDs: [staleFileID], directoryIDs: []) }
            return nil
        } catch let error as AppError where [.badRequest, .tooLarge, .validation, .notFound].contains(error.code) {
            return error.message
        }
    }
}
