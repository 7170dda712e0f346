package import Domain

/// Accounts as Open WebUI's clients read them.
extension User {
    /// The whole record, as administrators see it.
    package var wire: JSONObject {
        [
            "id": .string(id), "email": .string(email), "username": .optional(username), "role": .string(role.rawValue), "name": .string(name),
            "profile_image_url": .string(profileImageURL), "profile_banner_image_url": .null, "bio": .optional(bio), "gender": .optional(gender),
            "date_of_birth": .optional(dateOfBirth), "timezone": .optional(timezone), "presence_state": .null,
            "status_emoji": .optional(status.emoji), "status_message": .optional(status.message),
            "status_expires_at": .optional(status.expiresAt), "info": info.map(JSONValue.object) ?? .null,
            "settings": settings.map(JSONValue.object) ?? .null, "oauth": oauth.map(JSONValue.object) ?? .null, "scim": .null,
            "last_active_at": .int(lastActiveAt), "updated_at": .int(updatedAt), "created_at": .int(createdAt),
        ]
    }

    /// What other users may see.
    package var shortWire: JSONObject {
        [
            "id": .string(id), "name": .string(name), "email": .string(email), "role": .string(role.rawValue),
            "status_emoji": .optional(status.emoji), "status_message": .optional(status.message),
            "status_expires_at": .optional(status.expiresAt), "bio": .optional(bio), "groups": [], "is_active": .bool(isActive()),
        ]
    }

    /// `{id,name,role,email,profile_image_url}`.
    package var profileWire: JSONObject {
        [
            "id": .string(id), "name": .string(name), "role": .string(role.rawValue), "email": .string(email),
            "profile_image_url": .string(profileImageURL),
        ]
    }

    /// Where the picture is served from.
    package var imagePath: String { "/api/v1/users/\(id)/profile/image" }

    /// A session as sign-in answers it.
    /// - Parameter showsStoredImage: the picture as stored instead of the path that serves it.
    package func sessionWire(token: String, expiresAt: EpochSeconds?, permissions: Permissions, showsStoredImage: Bool) -> JSONObject {
        var session: JSONObject = [
            "token": .string(token), "token_type": "Bearer", "expires_at": .optional(expiresAt), "id": .string(id), "email": .string(email),
            "name": .string(name), "role": .string(role.rawValue),
            "profile_image_url": .string(showsStoredImage ? profileImageURL : imagePath), "permissions": .object(permissions.tree),
        ]
        if showsStoredImage {
            session.merge([
                "bio": .optional(bio), "gender": .optional(gender), "date_of_birth": .optional(dateOfBirth),
                "status_emoji": .optional(status.emoji), "status_message": .optional(status.message),
                "status_expires_at": .optional(status.expiresAt),
            ])
        }
        return session
    }
}
