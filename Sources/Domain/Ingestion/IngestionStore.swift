/// How far the processing of a file is.
package enum IngestionStage: String, Sendable, Hashable {
    /// Whole on disk, waiting.
    case stored
    case extracting
    case chunking
    case embedding
    case indexed
}

/// A file in processing, as the database has it.
package struct IngestionJob: Sendable, Hashable {
    package var file: File
    package var stage: IngestionStage
    /// The document being made for it, if it came that far.
    package var documentID: Int64?
    /// How often processing was begun.
    package var attempts: Int

    package init(file: File, stage: IngestionStage, documentID: Int64?, attempts: Int) {
        self.file = file
        self.stage = stage
        self.documentID = documentID
        self.attempts = attempts
    }
}

/// The checkpoints of ingest. Each call is one transaction; all but `unfinished` answer `nil` when the file is gone.
package protocol IngestionStore: Sendable {
    /// Files to process, oldest first: what to resume at start.
    func unfinished() async throws -> [String]
    /// Puts a file in line. A file that is completed stays readable with its old document until `complete`; any other
    /// becomes `pending`.
    func enqueue(_ fileID: String) async throws -> File?
    /// Begins or resumes: a file that is not completed becomes `processing`.
    func begin(_ fileID: String) async throws -> IngestionJob?
    func reached(_ stage: IngestionStage, _ fileID: String) async throws
    /// The document made for the file becomes its document (an earlier one is released) and the file `completed`.
    /// `collection_name` becomes the last knowledge base the file is in, else `file-<id>`; `nil` when it was not embedded.
    func complete(_ fileID: String, isEmbedded: Bool) async throws -> File?
    /// The file becomes `failed`, loses its documents and leaves its knowledge bases. A file that was completed before
    /// keeps what it had.
    func fail(_ fileID: String, reason: String) async throws -> File?
}
