/// An extracted text with its passages. Shared by all files (and named collections) with the same text, cut the same way.
package struct Document: Sendable, Hashable {
    package enum State: String, Sendable, Hashable {
        /// Its text is being written; has no lasting key yet.
        case draft
        /// Text stored, passages being cut and embedded.
        case building
        /// Whole: every passage has its vector and keywords.
        case indexed
    }

    package var id: Int64
    /// SHA-256 of the text; empty for a draft.
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
    /// Offsets in its section, in Unicode scalars.
    package var startIndex: Int
    package var endIndex: Int
    package var headings: [String]
    /// Keys of the format: `page`, `row`, `sheet`, ... File keys (`file_id`, `name`, ...) are added when it is answered.
    package var metadata: JSONObject

    package init(
        id: Int64, documentID: Int64, ordinal: Int, text: String, startIndex: Int, endIndex: Int? = nil, headings: [String], metadata: JSONObject
    ) {
        self.id = id
        self.documentID = documentID
        self.ordinal = ordinal
        self.text = text
        self.startIndex = startIndex
        self.endIndex = endIndex ?? startIndex + text.unicodeScalars.count
        self.headings = headings
        self.metadata = metadata
    }
}

/// Who keeps a document alive.
package enum DocumentHolder: Sendable, Hashable {
    /// A file that is being processed; the document becomes the file's with `IngestionStore.complete`.
    case file(id: String)
    /// A text that is searched by the name of a collection.
    case collection(TextCollectionEntry)
}

/// A text in a named collection.
package struct TextCollectionEntry: Sendable, Hashable {
    /// Of the collection.
    package var name: String
    package var userID: String
    /// What the text is called.
    package var title: String
    /// Added to the metadata of its passages.
    package var metadata: JSONObject

    package init(name: String, userID: String, title: String, metadata: JSONObject = [:]) {
        self.name = name
        self.userID = userID
        self.title = title
        self.metadata = metadata
    }
}

/// Texts, passages, their vectors and keywords, written together. Nothing of a document may be found by a search before
/// `finish`. Writing to a document that is gone throws `AppError.notFound`.
package protocol DocumentStore: Sendable {
    /// A new draft that `holder` keeps alive. A draft or unfinished document it had before is released.
    func draft(for holder: DocumentHolder) async throws -> Int64
    /// The next piece of a draft's text.
    func appendText(_ piece: DocumentPiece, to id: Int64) async throws
    /// Gives a draft its key. When there already is a document with that key, the holder gets that one instead and the
    /// draft is deleted.
    func claim(_ draft: Int64, for holder: DocumentHolder, key: String, contentHash: String) async throws -> Document
    func find(_ id: Int64) async throws -> Document?

    /// Pieces in order, from `first` on.
    func pieces(of id: Int64, from first: Int, limit: Int) async throws -> [DocumentPiece]
    /// The whole text. For texts of any length read `pieces`.
    func text(of id: Int64) async throws -> String
    /// Bytes of the whole text.
    func textSize(of id: Int64) async throws -> Int

    /// Adds passages with their vectors by any number of encoders in one transaction: the checkpoint of ingest.
    func append(_ chunks: [ChunkDraft], vectors: [PassageVectors], to id: Int64) async throws
    /// Makes the document searchable.
    func finish(_ id: Int64) async throws
    /// Deletes the document when nobody holds it any more.
    func release(_ id: Int64) async throws
    /// Deletes every document that nobody holds: what a crash left behind. Call at start.
    func releaseUnused() async throws

    func chunks(of documentID: Int64) async throws -> [Chunk]
    /// In the order of `ids`; unknown ones are left out.
    func chunks(_ ids: [Int64]) async throws -> [Chunk]
}
