/// A chat that is kept: what the client drew of it, and where it is filed.
package struct SavedChat: Sendable, Hashable {
    package var id: String
    package var userID: String
    package var title: String
    /// The client's own document: `history`, `messages`, `models`, ... Unknown keys are kept.
    package var content: JSONObject
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds
    package var isArchived: Bool
    package var isPinned: Bool
    package var folderID: String?
    /// Of the public snapshot; `nil` when it is not shared.
    package var shareID: String?
    /// When its owner last looked at it; `nil` for never.
    package var readAt: EpochSeconds?
    /// `tags` holds the ids of its tags.
    package var meta: JSONObject
    package var variables: JSONObject

    package init(
        id: String = makeID(), userID: String, title: String, content: JSONObject, createdAt: EpochSeconds = .now(),
        updatedAt: EpochSeconds = .now(), isArchived: Bool = false, isPinned: Bool = false, folderID: String? = nil, shareID: String? = nil,
        readAt: EpochSeconds? = nil, meta: JSONObject = [:], variables: JSONObject = [:]
    ) {
        self.id = id
        self.userID = userID
        self.title = title
        self.content = content
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.isArchived = isArchived
        self.isPinned = isPinned
        self.folderID = folderID
        self.shareID = shareID
        self.readAt = readAt
        self.meta = meta
        self.variables = variables
    }

    package static let untitled = "New Chat"

    /// The title that the client's document gives itself.
    package static func title(of content: JSONObject) -> String {
        guard let title = content["title"]?.string, !title.trimmed.isEmpty else { return untitled }
        return title
    }
}

/// A chat in a list.
package struct ChatSummary: Sendable, Hashable {
    package var id: String
    package var title: String
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds
    package var isArchived: Bool
    package var isPinned: Bool
    package var folderID: String?
    package var shareID: String?
    package var readAt: EpochSeconds?
    /// Where the searched words stand.
    package var snippet: String?

    package init(
        id: String, title: String, createdAt: EpochSeconds, updatedAt: EpochSeconds, isArchived: Bool, isPinned: Bool, folderID: String?,
        shareID: String?, readAt: EpochSeconds? = nil, snippet: String? = nil
    ) {
        self.id = id
        self.title = title
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.isArchived = isArchived
        self.isPinned = isPinned
        self.folderID = folderID
        self.shareID = shareID
        self.readAt = readAt
        self.snippet = snippet
    }
}

/// A label that its owner gave to chats. It exists as long as a chat carries it.
package struct ChatTag: Sendable, Hashable {
    package var id: String
    package var name: String
    package var userID: String

    package init(name: String, userID: String) {
        id = Self.id(of: name)
        self.name = name
        self.userID = userID
    }

    package static func id(of name: String) -> String {
        name.lowercased().split(separator: " ", omittingEmptySubsequences: false).joined(separator: "_")
    }
}

/// Which chats of one owner to list, newest first. `nil` means "either".
package struct ChatFilter: Sendable {
    package enum Folder: Sendable { case any, none, one(String) }

    package var ownerID: String
    package var isArchived: Bool? = nil
    package var isPinned: Bool? = nil
    package var isShared: Bool? = nil
    package var folder: Folder = .any
    /// Ids; a chat must carry all of them.
    package var tags: [String] = []
    /// Words of title or messages; empty for all.
    package var text = ""

    package init(ownerID: String) { self.ownerID = ownerID }
}

/// Chats by owner. Nothing here finds a chat of somebody else.
package protocol ChatStore: Sendable {
    func find(_ id: String, ownerID: String) async throws -> SavedChat?
    func insert(_ chats: [SavedChat]) async throws
    /// Changes a chat in one transaction; `nil` when there is none. `change` may throw to leave it as it is.
    func update(_ id: String, ownerID: String, _ change: @escaping @Sendable (inout SavedChat) throws -> Void) async throws -> SavedChat?
    /// Whether there was one. Its share goes, too.
    func delete(_ id: String, ownerID: String) async throws -> Bool
    func deleteAll(ownerID: String) async throws
    /// Notes when the owner looked at a chat: `nil` for as if never. Whether there is such a chat.
    func setRead(_ id: String, ownerID: String, at: EpochSeconds?) async throws -> Bool
    /// Takes every chat that is not archived as looked at since its last change.
    /// - Returns: how many there are.
    func setAllRead(ownerID: String) async throws -> Int
    /// How many chats there are that were changed within the time, of everybody or of some.
    func count(changed: ClosedRange<EpochSeconds>, ownerIDs: Set<String>?) async throws -> Int
    func list(_ filter: ChatFilter, page: PageRequest) async throws -> [ChatSummary]
    /// Whole chats in the order in which they were made, `after` excluded.
    /// - Parameter ownerID: `nil` for everybody's.
    func export(ownerID: String?, after id: String?, limit: Int) async throws -> [SavedChat]

    /// The tags of a chat; `nil` when there is no such chat.
    func tags(of id: String, ownerID: String) async throws -> [ChatTag]?
    func tags(ownerID: String) async throws -> [ChatTag]
    /// Adds (or takes) a tag. Whether there is such a chat.
    func tag(_ id: String, _ tag: ChatTag, isAdded: Bool) async throws -> Bool

    /// Makes or renews the snapshot of a chat. `nil` when there is no such chat.
    func share(_ id: String, ownerID: String) async throws -> SavedChat?
    /// Keeps a snapshot under its own id (the share's), as it comes from elsewhere.
    /// - Returns: `false` when the owner has no such chat, or it is shared already under another id.
    func putShare(_ snapshot: SavedChat, of chatID: String) async throws -> Bool
    /// Whether it was shared.
    func unshare(_ id: String, ownerID: String) async throws -> Bool
    /// The snapshot; its `id` is the share's.
    func shared(_ shareID: String) async throws -> SavedChat?
}

/// A place to file chats in.
package struct ChatFolder: Sendable, Hashable {
    package var id: String
    package var parentID: String?
    package var userID: String
    package var name: String
    package var meta: JSONObject?
    package var data: JSONObject?
    package var isExpanded: Bool
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String = makeID(), parentID: String?, userID: String, name: String, meta: JSONObject? = nil, data: JSONObject? = nil,
        isExpanded: Bool = false, createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.parentID = parentID
        self.userID = userID
        self.name = name
        self.meta = meta
        self.data = data
        self.isExpanded = isExpanded
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Folders by owner.
package protocol ChatFolderStore: Sendable {
    func all(ownerID: String) async throws -> [ChatFolder]
    func find(_ id: String, ownerID: String) async throws -> ChatFolder?
    /// - Throws: `AppError(.badRequest)` when a folder of that name is already there, `AppError.notFound` when its parent is not.
    func insert(_ folder: ChatFolder) async throws
    /// Changes a folder in one transaction; `nil` when there is none.
    /// - Throws: as `insert`; also `AppError(.badRequest)` when a folder would come to lie in itself.
    func update(_ id: String, ownerID: String, _ change: @escaping @Sendable (inout ChatFolder) throws -> Void) async throws -> ChatFolder?
    /// Deletes the folders in it, too. Their chats are deleted with them or come out of the folder.
    /// - Returns: whether there was one.
    func delete(_ id: String, ownerID: String, withChats: Bool) async throws -> Bool
}
