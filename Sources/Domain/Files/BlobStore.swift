/// The bytes of uploaded files. A blob is either absent or whole: it is written aside, synced, then renamed into place.
package protocol BlobStore: Sendable {
    /// A place to write a new upload to; nothing is visible before `commit`.
    func begin() async throws -> any BlobWriter
    /// Absolute path of a whole blob; `nil` when there is none.
    func path(of id: String) async -> String?
    func delete(_ id: String) async throws
    /// Ids of all whole blobs, for finding orphans at start.
    func all() async throws -> [String]
}

/// One upload in progress. Dropping it without `commit` leaves nothing behind (a crash leaves only a temporary file,
/// removed at the next start).
package protocol BlobWriter: Sendable {
    /// Where the bytes go; the caller writes to this path.
    var temporaryPath: String { get }
    /// Syncs and renames into place as `id`.
    func commit(as id: String) async throws
    func abort() async
}
