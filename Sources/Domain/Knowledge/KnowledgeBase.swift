/// A set of files that people search and share together; "collection" on the wire.
package struct KnowledgeBase: Sendable, Hashable {
    package var id: String
    package var userID: String
    package var name: String
    package var description: String
    package var meta: JSONObject?
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String = makeID(), userID: String, name: String, description: String, meta: JSONObject? = nil, createdAt: EpochSeconds = .now(),
        updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.description = description
        self.meta = meta
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

package protocol KnowledgeStore: Sendable {
    func find(_ id: String) async throws -> KnowledgeBase?
    func insert(_ base: KnowledgeBase) async throws
    func update(_ base: KnowledgeBase) async throws
    /// Deletes its grants and its links, not its files. Whether there was one.
    func delete(_ id: String) async throws -> Bool
    func all() async throws -> [KnowledgeBase]

    /// Links files that may still be processing; a file already there is left alone.
    func add(fileIDs: [String], to id: String, directoryID: String?) async throws
    /// Whether it was there.
    func remove(fileID: String, from id: String) async throws -> Bool
    func fileIDs(of id: String) async throws -> [String]
    /// The knowledge bases that hold a file.
    func bases(of fileID: String) async throws -> [String]
    func fileCounts() async throws -> [String: Int]
}
