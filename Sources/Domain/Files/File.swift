/// An uploaded file and how far its processing is.
package struct File: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        /// Uploaded with `process=false`: nobody asked for its text.
        case raw
        /// Whole on disk, waiting for its turn.
        case pending
        case processing
        /// Searchable (or, with embedding off, its text is there).
        case completed
        case failed
    }

    package var id: String
    package var userID: String
    package var filename: String
    package var contentType: String
    /// Bytes of the upload.
    package var size: Int
    /// SHA-256 of the bytes, hex (a client may have overridden it: `meta.file_hash`).
    package var fileHash: String
    /// SHA-256 of the extracted text; `nil` before and after failure.
    package var contentHash: String?
    package var state: State
    /// Why it failed, for people.
    package var failure: String?
    /// `meta.data` on the wire: what the client sent as `metadata`.
    package var metadata: JSONObject
    /// `meta.collection_name` on the wire: `file-<id>` or the last knowledge base it was added to; `nil` until embedded.
    package var collectionName: String?
    /// The indexed text; files with the same content and settings share one.
    package var documentID: Int64?
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String = makeID(), userID: String, filename: String, contentType: String, size: Int, fileHash: String, contentHash: String? = nil,
        state: State, failure: String? = nil, metadata: JSONObject = [:], collectionName: String? = nil, documentID: Int64? = nil,
        createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.filename = filename
        self.contentType = contentType
        self.size = size
        self.fileHash = fileHash
        self.contentHash = contentHash
        self.state = state
        self.failure = failure
        self.metadata = metadata
        self.collectionName = collectionName
        self.documentID = documentID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// Files by id and owner.
package protocol FileStore: Sendable {
    func find(_ id: String) async throws -> File?
    func find(_ ids: [String]) async throws -> [File]
    func insert(_ file: File) async throws
    func update(_ file: File) async throws
    /// Takes the file out of every knowledge base; its document goes with the last file that uses it.
    /// - Returns: whether there was one.
    func delete(_ id: String) async throws -> Bool
    /// Newest first. `nil` lists everybody's.
    func list(ownerID: String?, page: PageRequest) async throws -> Page<File>
    /// - Parameter pattern: `*` and `?` are wildcards; without them the whole name must match.
    func search(ownerID: String?, pattern: String, page: PageRequest) async throws -> [File]
    func count(ownerID: String?) async throws -> Int
    /// Files left in `pending` or `processing`, oldest first: what to resume after a crash.
    func unfinished() async throws -> [File]
}
