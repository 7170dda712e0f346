package import Domain

extension Group {
    /// A group as Open WebUI's clients read it.
    package func wire(memberCount: Int?) -> JSONObject {
        var object: JSONObject = [
            "id": .string(id), "user_id": .string(userID), "name": .string(name), "description": .string(description),
            "permissions": permissions.map(JSONValue.object) ?? .null, "data": data.map(JSONValue.object) ?? .null,
            "meta": meta.map(JSONValue.object) ?? .null, "created_at": .int(createdAt), "updated_at": .int(updatedAt),
        ]
        if let memberCount { object["member_count"] = .int(memberCount) }
        return object
    }
}
