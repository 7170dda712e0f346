/// Files by id and owner. Who may see what is the caller's business (`FileLibrary`).
package protocol FileStore: Sendable {
    func find(_ id: String) async throws -> File?
    /// In the order of `ids`; unknown ones are left out.
    func find(_ ids: [String]) async throws -> [File]
    /// - Parameters:
    ///   - place: puts the file into a knowledge base in the same transaction; a directory that is not of that
    ///   base counts as none, a base that is gone as no place.
    ///   - keyCutoff: a request key of the owner that was used before this time is free again.
    /// - Throws: `AppError(.conflict)` when another file of the owner has the request key.
    func insert(_ file: File, into place: KnowledgePlace?, keyCutoff: EpochSeconds) async throws
    /// The owner's file that was made for a request key, at or after a time.
    func find(requestKey: String, ownerID: String, since: EpochSeconds) async throws -> File?
    /// Reads, changes and writes in one transaction, so that nobody's change is lost.
    /// - Returns: the changed file; `nil` when there is none.
    func update(_ id: String, _ change: @escaping @Sendable (inout File) -> Void) async throws -> File?
    /// Takes the file out of every knowledge base; its document goes with the last file that uses it.
    /// - Returns: whether there was one.
    func delete(_ id: String) async throws -> Bool
    /// All files, everywhere. Returns their ids.
    func deleteAll() async throws -> [String]
    /// Newest first.
    func list(_ filter: FileFilter, page: PageRequest) async throws -> Page<File>
    /// Newest first.
    /// - Parameter pattern: `*` and `?` are wildcards; without them the whole name must match. Upper and lower case are
    ///   the same for Latin letters.
    func search(_ filter: FileFilter, pattern: String, page: PageRequest) async throws -> [File]
    func count(_ filter: FileFilter) async throws -> Int
    /// Every id, for finding orphans at start.
    func allIDs() async throws -> [String]
}

extension FileStore {
    package func insert(_ file: File, into place: KnowledgePlace?) async throws { try await insert(file, into: place, keyCutoff: 0) }

    package func insert(_ file: File) async throws { try await insert(file, into: nil, keyCutoff: 0) }
}

/// Which files to list.
package struct FileFilter: Sendable, Hashable {
    /// `nil` for everybody's.
    package var ownerID: String?
    /// Only files of these knowledge bases; `nil` for no such limit.
    package var knowledgeIDs: [String]?

    package init(ownerID: String? = nil, knowledgeIDs: [String]? = nil) {
        self.ownerID = ownerID
        self.knowledgeIDs = knowledgeIDs
    }
}

/// Where in a knowledge base a file goes.
package struct KnowledgePlace: Sendable, Hashable {
    package var knowledgeID: String
    package var directoryID: String?
    /// Who puts it there.
    package var userID: String

    package init(knowledgeID: String, directoryID: String? = nil, userID: String) {
        self.knowledgeID = knowledgeID
        self.directoryID = directoryID
        self.userID = userID
    }
}
