package import Domain

extension SavedChat {
    /// The whole chat as clients see it.
    package var wire: JSONValue {
        [
            "id": .string(id), "user_id": .string(userID), "title": .string(title), "chat": .object(content), "updated_at": .int(updatedAt),
            "created_at": .int(createdAt), "share_id": .optional(shareID), "archived": .bool(isArchived), "pinned": .bool(isPinned),
            "meta": .object(meta), "variables": .object(variables), "folder_id": .optional(folderID), "tasks": nil, "summary": nil,
            "current_message_id": .optional(ChatHistory(content).currentID), "context_usage": nil,
        ]
    }
}

extension ChatSummary {
    var wire: JSONValue {
        [
            "id": .string(id), "title": .string(title), "updated_at": .int(updatedAt), "created_at": .int(createdAt),
            "last_read_at": .optional(readAt),
            "snippet": .optional(snippet), "active": false, "archived": .bool(isArchived), "pinned": .bool(isPinned),
            "folder_id": .optional(folderID), "share_id": .optional(shareID),
        ]
    }
}

extension ChatTag {
    var wire: JSONValue { ["id": .string(id), "name": .string(name), "user_id": .string(userID), "meta": nil] }
}

extension ChatFolder {
    /// In a list.
    var shortWire: JSONValue {
        [
            "id": .string(id), "name": .string(name), "parent_id": .optional(parentID), "meta": meta.map(JSONValue.object) ?? .null,
            "is_expanded": .bool(isExpanded), "created_at": .int(createdAt), "updated_at": .int(updatedAt),
        ]
    }

    var wire: JSONValue {
        [
            "id": .string(id), "parent_id": .optional(parentID), "user_id": .string(userID), "name": .string(name), "items": nil,
            "meta": meta.map(JSONValue.object) ?? .null, "data": data.map(JSONValue.object) ?? .null, "is_expanded": .bool(isExpanded),
            "created_at": .int(createdAt), "updated_at": .int(updatedAt),
        ]
    }
}
