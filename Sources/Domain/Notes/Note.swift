import FoundationEssentials

/// A page that somebody writes, in Markdown: `data.content.md`.
package struct Note: SharedItem, Hashable {
    package static let kind = ResourceID.Kind.note
    package static let plural = "notes"
    package static let refusal = AppError(.forbidden, "Something went wrong :/")

    package var id: String
    package var userID: String
    package var title: String
    package var data: JSONObject?
    package var meta: JSONObject?
    /// In nanoseconds since 1970, as clients of notes expect.
    package var createdAt: Int
    package var updatedAt: Int

    package init(
        id: String = makeID(), userID: String, title: String, data: JSONObject? = nil, meta: JSONObject? = nil, createdAt: Int = Note.now(),
        updatedAt: Int? = nil
    ) {
        self.id = id
        self.userID = userID
        self.title = title
        self.data = data.map(Self.sane)
        self.meta = meta
        self.createdAt = createdAt
        self.updatedAt = updatedAt ?? createdAt
    }

    package static func now() -> Int { Int(Date().timeIntervalSince1970 * 1_000_000) * 1000 }

    /// The text is text, whatever a client made of it.
    static func sane(_ data: JSONObject) -> JSONObject {
        guard var content = data["content"]?.object, let markdown = content["md"], markdown.string == nil else { return data }
        switch markdown {
        case .null: content["md"] = ""
        case .array, .object: content["md"] = .string("```json\n\(markdown.jsonText)\n```")
        default: content["md"] = .string(markdown.jsonText)
        }
        var data = data
        data["content"] = .object(content)
        return data
    }
}

/// Notes, and which of them people have pinned. Both go with their owner.
package protocol NoteStore: SharedItemStore where Item == Note {
    /// - Returns: whether it is pinned now; `nil` when there is no such note.
    func togglePin(of id: String, userID: String) async throws -> Bool?
    /// The last pinned first.
    func pins(userID: String) async throws -> [String]
}
