/// A text that people put into their messages by a command: `/greet`. It may hold variables: `{{name}}`.
package struct Prompt: SharedItem, Hashable {
    package static let kind = ResourceID.Kind.prompt
    package static let plural = "prompts"
    package static let refusal = AppError.prohibited

    package var id: String
    package var userID: String
    /// Unique but for a slash in front.
    package var command: String
    package var name: String
    package var content: String
    package var data: JSONObject
    package var meta: JSONObject
    package var tags: [String]
    /// Those that are not are found in lists only.
    package var isActive: Bool
    /// The version whose text it has.
    package var versionID: String?
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String = makeID(), userID: String, command: String, name: String, content: String, data: JSONObject = [:], meta: JSONObject = [:],
        tags: [String] = [], isActive: Bool = true, versionID: String? = nil, createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.command = command
        self.name = name
        self.content = content
        self.data = data
        self.meta = meta
        self.tags = tags
        self.isActive = isActive
        self.versionID = versionID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// What a prompt was once.
package struct PromptVersion: Sendable, Hashable {
    package var id: String
    package var promptID: String
    package var parentID: String?
    /// `name`, `content`, `command`, `data`, `meta` and `tags` of the prompt.
    package var snapshot: JSONObject
    package var userID: String
    package var message: String?
    package var createdAt: EpochSeconds

    package init(
        id: String = makeID(), promptID: String, parentID: String?, snapshot: JSONObject, userID: String, message: String?,
        createdAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.promptID = promptID
        self.parentID = parentID
        self.snapshot = snapshot
        self.userID = userID
        self.message = message
        self.createdAt = createdAt
    }
}

extension Prompt {
    var snapshot: JSONObject {
        [
            "name": .string(name), "content": .string(content), "command": .string(command), "data": .object(data), "meta": .object(meta),
            "tags": .strings(tags),
        ]
    }

    /// Takes the text of a version; the command stays.
    mutating func restore(_ version: PromptVersion) {
        let snapshot = version.snapshot
        name = snapshot["name"]?.string ?? name
        content = snapshot["content"]?.string ?? content
        data = snapshot["data"]?.object ?? data
        meta = snapshot["meta"]?.object ?? meta
        tags = snapshot["tags"]?.array?.compactMap(\.string) ?? tags
        versionID = version.id
    }
}

/// Prompts and their versions. A prompt's versions go with it.
package protocol PromptStore: SharedItemStore where Item == Prompt {
    /// - Parameter command: with or without a slash in front.
    func find(command: String) async throws -> Prompt?
    /// Of the active prompts that the reader may read, in order.
    func tags(for reader: SharedItemQuery.Reader) async throws -> [String]
    /// Changes a prompt and keeps what the change returns, in one transaction.
    /// - Parameters:
    ///   - kept: how many versions a prompt keeps beside the one whose text it has; the oldest go.
    ///   - change: gets the id of the newest version.
    func revise(
        _ id: String, kept: Int, _ change: @escaping @Sendable (inout Prompt, _ latestID: String?) throws -> PromptVersion?
    ) async throws -> Prompt?
    /// The newest first.
    func versions(of id: String, page: PageRequest) async throws -> [PromptVersion]
    func version(_ versionID: String, of id: String) async throws -> PromptVersion?
    /// Its children become its parent's. Never deletes the version whose text the prompt has.
    func deleteVersion(_ versionID: String, of id: String) async throws -> Bool
}
