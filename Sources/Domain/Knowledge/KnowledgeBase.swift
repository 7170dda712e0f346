/// A set of files that people search and share together; "collection" on the wire.
package struct KnowledgeBase: Sendable, Hashable {
    package var id: String
    package var userID: String
    package var name: String
    package var description: String
    package var meta: JSONObject?
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String = makeID(), userID: String, name: String, description: String, meta: JSONObject? = nil, createdAt: EpochSeconds = .now(),
        updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.description = description
        self.meta = meta
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// A folder inside a knowledge base. Names are unique in their folder.
package struct KnowledgeDirectory: Sendable, Hashable {
    package var id: String
    package var knowledgeID: String
    package var parentID: String?
    package var name: String
    package var userID: String
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String = makeID(), knowledgeID: String, parentID: String?, name: String, userID: String, createdAt: EpochSeconds = .now(),
        updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.knowledgeID = knowledgeID
        self.parentID = parentID
        self.name = name
        self.userID = userID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// That a file is in a knowledge base, and where.
package struct KnowledgeLink: Sendable, Hashable {
    package var knowledgeID: String
    package var fileID: String
    package var directoryID: String?

    package init(knowledgeID: String, fileID: String, directoryID: String?) {
        self.knowledgeID = knowledgeID
        self.fileID = fileID
        self.directoryID = directoryID
    }
}

/// Which of the linked files to list.
package struct KnowledgeFileFilter: Sendable {
    package enum Place: Sendable, Hashable {
        case anywhere
        /// `nil` for the top.
        case directory(String?)
    }

    package var knowledgeIDs: [String]
    /// Part of the file name, any case; empty for all.
    package var query: String
    package var place: Place
    package var state: State

    /// A file in a knowledge base is there for a client to see when it can be found.
    package enum State: Sendable, Hashable {
        case any
        /// Not being processed for the first time.
        case settled
        case unfinished
    }

    package init(knowledgeIDs: [String], query: String = "", place: Place = .anywhere, state: State = .settled) {
        self.knowledgeIDs = knowledgeIDs
        self.query = query
        self.place = place
        self.state = state
    }
}

/// Knowledge bases, their directories and which files are in them. Checks no access.
package protocol KnowledgeStore: Sendable {
    func find(_ id: String) async throws -> KnowledgeBase?
    func insert(_ base: KnowledgeBase) async throws
    func update(_ base: KnowledgeBase) async throws
    /// Deletes its grants, its directories, its links and the texts put into it, not its files. Whether there was one.
    func delete(_ id: String) async throws -> Bool
    /// Last changed first.
    func all() async throws -> [KnowledgeBase]

    /// Links files that may still be processing; a file already there is left alone, but moves when a directory is named.
    func add(fileIDs: [String], to id: String, directoryID: String?) async throws
    /// Whether it was there.
    func remove(fileID: String, from id: String) async throws -> Bool
    /// In the order in which they were added.
    func fileIDs(of id: String) async throws -> [String]
    /// The knowledge bases that hold a file.
    func bases(of fileID: String) async throws -> [String]
    /// Number of files in one.
    func fileCount(of id: String) async throws -> Int
    /// Number of files by knowledge base; empty ones are absent.
    func fileCounts() async throws -> [String: Int]
    /// By file name.
    func links(_ filter: KnowledgeFileFilter, page: PageRequest) async throws -> Page<KnowledgeLink>
    /// - Returns: whether the file is in the knowledge base.
    func move(fileID: String, in id: String, to directoryID: String?) async throws -> Bool

    func directory(_ id: String) async throws -> KnowledgeDirectory?
    /// All of a knowledge base, by name.
    func directories(of id: String) async throws -> [KnowledgeDirectory]
    /// - Throws: `AppError(.conflict)` when the name is taken in that place.
    func insert(_ directory: KnowledgeDirectory) async throws
    /// - Throws: `AppError(.conflict)` when the name is taken in that place.
    func update(_ directory: KnowledgeDirectory) async throws
    /// With the directories inside; files in them move to the top.
    func deleteDirectory(_ id: String) async throws
    func deleteDirectories(of id: String) async throws
}
