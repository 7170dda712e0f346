/// The keys of a chat request that are meant for this server. None of them is forwarded to an upstream.
package struct ChatOwnFields: OptionSet, Sendable, Hashable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    package static let chatID = ChatOwnFields(rawValue: 1 << 0)
    package static let messageID = ChatOwnFields(rawValue: 1 << 1)
    package static let sessionID = ChatOwnFields(rawValue: 1 << 2)
    package static let parentID = ChatOwnFields(rawValue: 1 << 3)
    package static let files = ChatOwnFields(rawValue: 1 << 4)
    package static let toolIDs = ChatOwnFields(rawValue: 1 << 5)
    package static let params = ChatOwnFields(rawValue: 1 << 6)
    package static let variables = ChatOwnFields(rawValue: 1 << 7)
    package static let save = ChatOwnFields(rawValue: 1 << 8)
    package static let filterIDs = ChatOwnFields(rawValue: 1 << 10)
    package static let features = ChatOwnFields(rawValue: 1 << 11)
    package static let skillIDs = ChatOwnFields(rawValue: 1 << 12)
    /// Everything else that clients of Open WebUI send along and that needs no work here.
    package static let other = ChatOwnFields(rawValue: 1 << 9)

    /// Every own key as it is written.
    package static let byName: [String: ChatOwnFields] = [
        "chat_id": .chatID, "id": .messageID, "session_id": .sessionID, "parent_id": .parentID, "files": .files, "tool_ids": .toolIDs,
        "params": .params, "variables": .variables, "save": .save, "message_ids": .other, "user_message": .other, "parent_message": .other,
        "model_item": .other, "background_tasks": .other, "tool_servers": .other, "filter_ids": .filterIDs, "features": .features,
        "skill_ids": .skillIDs,
        "chat_variables": .other, "folder_id": .other, "automation_id": .other, "metadata": .other,
    ]

    /// The same by length and bytes, for the scanner.
    static let byLength: [[(name: [UInt8], field: ChatOwnFields)]] = {
        var table: [[(name: [UInt8], field: ChatOwnFields)]] = []
        for (name, field) in byName {
            let bytes = Array(name.utf8)
            while table.count <= bytes.count { table.append([]) }
            table[bytes.count].append((bytes, field))
        }
        return table
    }()
}
