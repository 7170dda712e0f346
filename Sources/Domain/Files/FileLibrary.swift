package import Logging

/// What people do with files, and who may.
///
/// Who may is decided by `CollectionAccess`, here as in searches. For whom it says no a file does not exist: every refusal is
/// `AppError.notFound`.
package struct FileLibrary: Sendable {
    package let files: any FileStore
    package let documents: any DocumentStore
    package let queue: IngestionQueue
    private let blobs: any BlobStore
    package let access: CollectionAccess
    private let logger: Logger

    package init(
        files: any FileStore, documents: any DocumentStore, queue: IngestionQueue, blobs: any BlobStore, access: CollectionAccess,
        logger: Logger
    ) {
        self.files = files
        self.documents = documents
        self.queue = queue
        self.blobs = blobs
        self.access = access
        self.logger = logger
    }

    // MARK: Who may

    /// - Throws: `AppError.notFound` for unknown files and for those the principal may not read.
    package func readable(_ id: String, by principal: Principal) async throws -> File { try await file(id, .read, by: principal) }

    /// The same for changing and deleting.
    package func writable(_ id: String, by principal: Principal) async throws -> File { try await file(id, .write, by: principal) }

    private func file(_ id: String, _ permission: AccessGrant.Permission, by principal: Principal) async throws -> File {
        guard let file = try await files.find(id), try await access.allows(permission, principal, file) else { throw AppError.notFound }
        return file
    }

    // MARK: Lists

    /// Newest first: the own files, for administrators everybody's.
    package func list(by principal: Principal, page: PageRequest) async throws -> Page<File> {
        try await files.list(access.listing(for: principal), page: page)
    }

    package func search(_ pattern: String, onlyOwn: Bool, by principal: Principal, page: PageRequest) async throws -> [File] {
        try await files.search(access.listing(for: principal, onlyOwn: onlyOwn), pattern: pattern, page: page)
    }

    package func count(onlyOwn: Bool, by principal: Principal) async throws -> Int {
        try await files.count(access.listing(for: principal, onlyOwn: onlyOwn))
    }

    // MARK: Uploads

    package func beginUpload() async throws -> any BlobWriter { try await blobs.begin() }

    /// Makes an upload a file: first the bytes become whole on the disk, then the file exists.
    /// - Parameters:
    ///   - isProcessed: whether its text is wanted.
    ///   - keyCutoff: a request key that was used before this time is free again.
    /// - Throws: `AppError(.conflict)` when the file's request key stands for another upload.
    package func add(
        _ file: File, bytes: any BlobWriter, isProcessed: Bool, keyCutoff: EpochSeconds = 0, principal: Principal
    ) async throws -> File {
        var file = file
        file.state = isProcessed ? .pending : .raw
        let place = isProcessed ? try await place(wanted: file.metadata, principal: principal) : nil
        try await bytes.commit(as: file.id)
        do {
            try await files.insert(file, into: place, keyCutoff: keyCutoff)
        } catch {
            try? await blobs.delete(file.id)
            throw error
        }
        if isProcessed { try await queue.submit(file.id) }
        return file
    }

    /// Where `metadata` wants the file: in a knowledge base that the principal may write, else nowhere.
    private func place(wanted metadata: JSONObject, principal: Principal) async throws -> KnowledgePlace? {
        guard let id = metadata["knowledge_id"]?.string, try await access.writable(id, for: principal) != nil else { return nil }
        return KnowledgePlace(knowledgeID: id, directoryID: metadata["directory_id"]?.string, userID: principal.userID)
    }

    // MARK: Reading

    /// Path of the bytes that were uploaded; `nil` when they are gone.
    package func originalPath(of file: File) async -> String? { await blobs.path(of: file.id) }

    /// Hands the extracted text piece by piece to `receive`; nothing when there is none.
    package func readText(of file: File, _ receive: (String) async throws -> Void) async throws {
        guard let id = file.documentID else { return }
        var next = 0
        while let piece = try await documents.pieces(of: id, from: next, limit: 1).first {
            next += 1
            if !piece.text.isEmpty { try await receive(piece.text) }
        }
    }

    package func text(of file: File) async throws -> String {
        guard let id = file.documentID else { return "" }
        return try await documents.text(of: id)
    }

    // MARK: Changing

    /// - Throws: `AppError.emptyContent`; `AppError.notFound` when the file was deleted meanwhile.
    package func replaceText(of file: File, with text: String) async throws -> File {
        guard !text.trimmed.isEmpty else { throw AppError.emptyContent }
        guard let changed = try await queue.replaceText(of: file.id, with: text) else { throw AppError.notFound }
        if changed.state == .failed { throw AppError(.badRequest, changed.failure ?? AppError.internalError.message) }
        return changed
    }

    package func rename(_ file: File, to name: String) async throws -> File {
        guard let renamed = try await files.update(file.id, { $0.filename = name }) else { throw AppError.notFound }
        return renamed
    }

    /// First the row, and with it everything that is searched; then the bytes.
    package func delete(_ id: String) async throws {
        guard try await files.delete(id) else { throw AppError.notFound }
        await queue.cancel(id)
        try await blobs.delete(id)
    }

    package func deleteAll() async throws {
        for id in try await files.deleteAll() {
            await queue.cancel(id)
            try await blobs.delete(id)
        }
        try await documents.releaseUnused()
    }

    /// Removes what was uploaded; the texts stay. Files that still need their bytes fail with that reason.
    package func deleteOriginals() async throws {
        for id in try await blobs.all() { try await blobs.delete(id) }
    }

    // MARK: At start

    /// Clears away what a crash left: half uploads, bytes without a file, documents that nobody holds. Call before serving.
    package func reconcile() async throws {
        try await blobs.removeLeftovers()
        let known = Set(try await files.allIDs())
        let orphans = try await blobs.all().filter { !known.contains($0) }
        for id in orphans { try await blobs.delete(id) }
        try await documents.releaseUnused()
        if !orphans.isEmpty { logger.info("removed uploads that were never acknowledged", metadata: ["count": "\(orphans.count)"]) }
    }
}
