/// The bytes of uploaded files. A blob is either absent or whole: it is written aside, synced, then renamed into place.
package protocol BlobStore: Sendable {
    /// A place to write a new upload to; nothing is visible before `commit`.
    func begin() async throws -> any BlobWriter
    /// Absolute path of a whole blob; `nil` when there is none.
    func path(of id: String) async -> String?
    /// Not an error when there is none.
    func delete(_ id: String) async throws
    /// Ids of all whole blobs, for finding orphans at start.
    func all() async throws -> [String]
    /// Removes what interrupted uploads left behind. Call once, before the first `begin`.
    func removeLeftovers() async throws
}

/// One upload in progress. Dropping it without `commit` leaves nothing behind (a crash leaves only a temporary file,
/// removed at the next start).
package protocol BlobWriter: Sendable {
    /// Appends; calls follow one another.
    /// - Throws: `AppError(.unavailable)` when the disk is full.
    func write(_ bytes: [UInt8]) async throws
    /// Syncs and renames into place as `id`. When this returns, the bytes survive a power cut.
    func commit(as id: String) async throws
    /// Harmless after `commit`.
    func abort() async
}
