/// What somebody thinks of an answer.
package struct Feedback: Sendable, Hashable {
    package var id: String
    package var userID: String
    /// As the client names it: `rating`.
    package var kind: String
    /// `rating` (1 or -1), `model_id`, `sibling_model_ids`, `reason`, `comment`, `tags`, and what else the client says.
    package var data: JSONObject?
    /// Which chat and message it is about.
    package var meta: JSONObject?
    /// The chat as it was.
    package var snapshot: JSONObject?
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String = makeID(), userID: String, kind: String, data: JSONObject?, meta: JSONObject?, snapshot: JSONObject?,
        createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.kind = kind
        self.data = data
        self.meta = meta
        self.snapshot = snapshot
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    /// The model that it is about; empty for none.
    package var modelID: String { data?["model_id"]?.string ?? "" }
    package var tags: [String] { data?["tags"]?.array?.compactMap(\.string) ?? [] }

    /// Whether the answer was liked; `nil` when it was not said.
    package var isGood: Bool? {
        let rating = data?["rating"]
        return switch rating?.string ?? rating?.int.map(String.init) ?? "" {
        case "1": true
        case "-1": false
        default: nil
        }
    }
}

/// Which feedback to read; `nil` is all.
package struct FeedbackFilter: Sendable {
    package enum Order: String, Sendable, CaseIterable { case createdAt = "created_at", updatedAt = "updated_at", modelID = "model_id" }

    package var userID: String?
    package var modelID: String?
    package var order = Order.updatedAt
    package var isAscending = false

    package init(userID: String? = nil, modelID: String? = nil) {
        self.userID = userID
        self.modelID = modelID
    }
}

/// Feedback of everybody. Whoever asks says whose: an `ownerID` of `nil` is anybody's.
package protocol FeedbackStore: Sendable {
    func insert(_ feedback: Feedback) async throws
    func find(_ id: String, ownerID: String?) async throws -> Feedback?
    /// Changes one in a transaction; `nil` when there is none.
    func update(_ id: String, ownerID: String?, _ change: @escaping @Sendable (inout Feedback) -> Void) async throws -> Feedback?
    /// Whether there was one.
    func delete(_ id: String, ownerID: String?) async throws -> Bool
    /// - Returns: whether there was any.
    func deleteAll(ownerID: String?) async throws -> Bool
    /// - Parameter withSnapshots: chats are large; lists do without.
    func page(_ filter: FeedbackFilter, _ page: PageRequest, withSnapshots: Bool) async throws -> Page<Feedback>
    /// Models that there is feedback on.
    func modelIDs() async throws -> [String]
}
