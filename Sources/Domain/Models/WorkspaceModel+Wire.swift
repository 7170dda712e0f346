extension WorkspaceModel {
    /// The stored row on the wire, as `/api/v1/models/*` answers it.
    package func wire(grants: [AccessGrant]) -> JSONObject {
        [
            "version_id": .string(versionID), "id": .string(id), "user_id": .string(userID), "base_model_id": .optional(baseModelID),
            "name": .string(name), "params": .object(params), "meta": .object(fullMeta),
            "access_grants": .array(grants.map { .object($0.wire) }), "is_active": .bool(isActive), "updated_at": .int(updatedAt),
            "created_at": .int(createdAt),
        ]
    }

    /// `info` of a model list: nobody who may use a model learns its parameters from it (the system prompt is one), nor is a picture
    /// repeated in every list.
    func listedWire(grants: [AccessGrant]) -> JSONObject {
        var wire = wire(grants: grants)
        wire["params"] = [:]
        var meta = fullMeta
        meta.removeValue(forKey: "profile_image_url")
        wire["meta"] = .object(meta)
        return wire
    }

    /// The keys clients look for are always there.
    private var fullMeta: JSONObject {
        var full: JSONObject = [:]
        for key in ["profile_image_url", "background_image_url", "description", "i18n", "capabilities", "knowledge", "voice", "voice_avatar"] {
            full[key] = meta[key] ?? .null
        }
        return full.merging(meta)
    }

    /// `meta.tags`, as objects with a `name`.
    package var tags: [JSONValue] {
        (meta["tags"]?.array ?? []).compactMap { tag in
            if let name = tag.string { return ["name": .string(name)] }
            return tag["name"]?.string == nil ? nil : tag
        }
    }
}

extension AccessGrant {
    package var wire: JSONObject {
        [
            "id": .string(id), "resource_type": .string(resource.kind.rawValue), "resource_id": .string(resource.id),
            "principal_type": .string(principalType.rawValue), "principal_id": .string(principalID), "permission": .string(permission.rawValue),
            "created_at": .int(createdAt),
        ]
    }
}
