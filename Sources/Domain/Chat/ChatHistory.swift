/// The tree of messages in a chat's document: `history.messages` by id, each with `parentId` and `childrenIds`, and `history.currentId`.
package struct ChatHistory: Sendable {
    package var content: JSONObject

    package init(_ content: JSONObject) { self.content = content }

    package subscript(id: String) -> JSONObject? { content["history"]?["messages"]?[id]?.object }

    package var currentID: String? { content["history"]?["currentId"]?.string }

    /// Adds a message or merges `message` into the one that is there, and links it with its parent.
    package mutating func put(_ message: JSONObject, id: String) {
        var history = content["history"]?.object ?? [:]
        var messages = history["messages"]?.object ?? [:]
        var stored = messages[id]?.object ?? ["id": .string(id), "parentId": nil, "childrenIds": []]
        stored.merge(message)
        messages[id] = .object(stored)
        if let parentID = stored["parentId"]?.string, parentID != id, var parent = messages[parentID]?.object {
            let children = parent["childrenIds"]?.array ?? []
            if !children.contains(.string(id)) { parent["childrenIds"] = .array(children + [.string(id)]) }
            messages[parentID] = .object(parent)
        }
        history["messages"] = .object(messages)
        content["history"] = .object(history)
    }

    package mutating func setCurrent(_ id: String) {
        var history = content["history"]?.object ?? ["messages": [:]]
        history["currentId"] = .string(id)
        content["history"] = .object(history)
    }

    /// Everything that people wrote and read in it, for searching.
    package static func text(of content: JSONObject, title: String) -> String {
        var parts = [title]
        let messages = content["history"]?["messages"]?.object
        let list: [JSONValue] = messages.map { $0.map(\.value) } ?? content["messages"]?.array ?? []
        for message in list {
            let text = MessageText.text(of: message)
            if !text.isEmpty { parts.append(text) }
        }
        return parts.joined(separator: "\n")
    }
}
