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
    /// What the client called the upload; set when the file is made and never changed.
    package var requestKey: RequestKey?
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    /// A client's name for an upload, and a digest of all that the upload said.
    package struct RequestKey: Sendable, Hashable {
        package var text: String
        package var fingerprint: String

        package init(text: String, fingerprint: String) {
            self.text = text
            self.fingerprint = fingerprint
        }
    }

    package init(
        id: String = makeID(), userID: String, filename: String, contentType: String, size: Int, fileHash: String, contentHash: String? = nil,
        state: State, failure: String? = nil, metadata: JSONObject = [:], collectionName: String? = nil, documentID: Int64? = nil,
        requestKey: RequestKey? = nil, createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
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
        self.requestKey = requestKey
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
