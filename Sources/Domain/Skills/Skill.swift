/// Instructions in Markdown that models get when a chat or a workspace model names them.
package struct Skill: SharedItem, Hashable {
    package static let kind = ResourceID.Kind.skill
    package static let plural = "skills"
    package static let refusal = AppError.prohibited

    /// Chosen by who made it: `[a-z0-9_-]+`.
    package var id: String
    package var userID: String
    /// Unique.
    package var name: String
    package var description: String?
    package var content: String
    package var meta: JSONObject
    /// Models get active ones only.
    package var isActive: Bool
    /// Changes with the text, so that nobody overwrites what they have not seen.
    package var versionID: String
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String, userID: String, name: String, description: String? = nil, content: String, meta: JSONObject = [:], isActive: Bool = true,
        versionID: String = makeID(), createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.name = name
        self.description = description
        self.content = content
        self.meta = meta
        self.isActive = isActive
        self.versionID = versionID
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}
