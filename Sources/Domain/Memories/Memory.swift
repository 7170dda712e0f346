/// Something that a person wants to be remembered in chats. Nobody but its owner ever sees it.
package struct Memory: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable {
        /// About the person: always told.
        case user
        /// Told when it has to do with the question.
        case context
    }

    package var id: String
    package var userID: String
    package var kind: Kind
    /// Where it belongs, as `work/harbour`; `nil` for nowhere.
    package var path: String?
    package var content: String
    package var meta: JSONObject?
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String = makeID(), userID: String, kind: Kind = .context, path: String? = nil, content: String, meta: JSONObject? = nil,
        createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.kind = kind
        self.path = path
        self.content = content
        self.meta = meta
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// What is embedded.
    package var embeddedText: String { path.map { $0 + "\n" + content } ?? content }
    /// What a model reads.
    package var label: String { path.map { $0 + ": " + content } ?? content }
}

/// Memories by their owner, and a vector for each text. A memory's vector goes with it, and when its text changes.
package protocol MemoryStore: Sendable {
    /// The oldest first.
    func all(ownerID: String) async throws -> [Memory]
    /// Changes an owner's memories, all or nothing.
    /// - Parameter work: gets all of them, the oldest first; what it adds stands at the end. It may not change an id or an owner.
    func edit<Result: Sendable>(ownerID: String, _ work: @escaping @Sendable (inout [Memory]) throws -> Result) async throws -> Result
    /// By id, as far as there are vectors of that encoder.
    func vectors(ownerID: String, encoder: String) async throws -> [String: [Float]]
    /// Vectors of texts that have changed meanwhile are left out.
    func keep(_ vectors: [(memory: Memory, vector: [Float])], encoder: String) async throws
    /// - Parameter ownerID: `nil` for everybody's.
    func deleteVectors(ownerID: String?) async throws
    /// How many memories there are, and of how many people.
    func count() async throws -> (memories: Int, owners: Int)
}
