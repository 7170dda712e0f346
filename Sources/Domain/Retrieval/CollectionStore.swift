/// What a collection name on the wire means.
package enum CollectionKey: Sendable, Hashable {
    /// `file-<id>`
    case file(String)
    /// A knowledge base's id: its files, and the texts put into it.
    case knowledge(String)
    /// A text without a file, by the name it was stored under.
    case text(String)
    /// All files of an account.
    case owner(String)
}

/// How a passage of a document is cited: as which file, or as which text.
package struct DocumentCitation: Sendable, Hashable {
    package var documentID: Int64
    package var fileID: String?
    package var name: String
    package var ownerID: String
    /// SHA-256 of the text.
    package var contentHash: String
    package var fileHash: String?
    package var contentType: String?
    package var size: Int?
    /// What came with the upload; its keys are on the wire beside ours, which win.
    package var metadata: JSONObject

    package init(
        documentID: Int64, fileID: String?, name: String, ownerID: String, contentHash: String, fileHash: String? = nil, contentType: String? = nil,
        size: Int? = nil, metadata: JSONObject = [:]
    ) {
        self.documentID = documentID
        self.fileID = fileID
        self.name = name
        self.ownerID = ownerID
        self.contentHash = contentHash
        self.fileHash = fileHash
        self.contentType = contentType
        self.size = size
        self.metadata = metadata
    }
}

/// Which documents a collection has, now. Only documents that are whole are in it. Checks no access.
package protocol CollectionStore: Sendable {
    func documents(in collections: [CollectionKey]) async throws -> Set<Int64>
    /// One citation a document: the first of the collections that has it, in it the first that was added.
    func citations(of documents: [Int64], in collections: [CollectionKey]) async throws -> [Int64: DocumentCitation]
    /// Every document with its citation, in the order in which they were added.
    func contents(of collections: [CollectionKey]) async throws -> [DocumentCitation]

    /// Who put texts under that name; empty when there is no such collection.
    func textOwners(of name: String) async throws -> Set<String>
    /// With what only they used. Whether there were any.
    func deleteTexts(of name: String) async throws -> Bool
    /// Every named text.
    func deleteAllTexts() async throws
    /// Deletes every passage and every index entry. Texts stay, and files keep them; processing a file makes its passages anew.
    func dropAllPassages() async throws
}
