/// An extracted text with its passages. Shared by all files (and named collections) with the same text, cut the same way.
package struct Document: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        /// Text stored, passages being cut and embedded.
        case building
        /// Whole: every passage has its vector and keywords.
        case indexed
    }

    package var id: Int64
    /// SHA-256 of the text.
    package var contentHash: String
    /// Content hash plus everything that decides how it is cut.
    package var key: String
    package var state: State
    package var chunkCount: Int

    package init(id: Int64, contentHash: String, key: String, state: State, chunkCount: Int) {
        self.id = id
        self.contentHash = contentHash
        self.key = key
        self.state = state
        self.chunkCount = chunkCount
    }
}

/// One stored passage.
package struct Chunk: Sendable, Hashable {
    package var id: Int64
    package var documentID: Int64
    /// Position in its document, from 0.
    package var ordinal: Int
    /// What goes into a prompt.
    package var text: String
    package var startIndex: Int
    package var headings: [String]
    /// Keys of the format: `page`, `row`, `sheet`, ... File keys (`file_id`, `name`, ...) are added when it is answered.
    package var metadata: JSONObject

    package init(id: Int64, documentID: Int64, ordinal: Int, text: String, startIndex: Int, headings: [String], metadata: JSONObject) {
        self.id = id
        self.documentID = documentID
        self.ordinal = ordinal
        self.text = text
        self.startIndex = startIndex
        self.headings = headings
        self.metadata = metadata
    }
}

/// Texts, passages, their vectors and keywords, written together. Nothing of a document is found by a search before `finish`.
package protocol DocumentStore: Sendable {
    /// The document with that key, made in state `building` when there is none.
    func open(key: String, contentHash: String) async throws -> Document
    func find(_ id: Int64) async throws -> Document?

    /// The whole text, in pieces in order. Written while `building`.
    func appendText(_ text: String, to id: Int64) async throws
    func text(of id: Int64) async throws -> String

    /// Adds passages with their vectors (none when embedding is bypassed) in one transaction: the checkpoint of ingest.
    /// - Parameter embedder: key of the embedder that made the vectors.
    func append(_ chunks: [(draft: ChunkDraft, vector: [Float]?)], to id: Int64, embedder: String) async throws
    /// Makes the document searchable.
    func finish(_ id: Int64) async throws
    /// Deletes the document when no file and no named collection uses it any more.
    func release(_ id: Int64) async throws

    func chunks(of documentID: Int64) async throws -> [Chunk]
    func chunks(_ ids: [Int64]) async throws -> [Chunk]
}
