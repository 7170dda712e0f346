import Domain

/// What accounts and groups look like.
extension Shape {
    static let role = Shape.choice(of: ["user", "pending", "admin"])
    static let email = Shape.text("ada@example.com")
    static let done = Shape.constant(true)
    static let status: Shape = ["status": .yes]
    static let permissions = Shape.map(of: .map).said("Areas with switches: `workspace`, `sharing`, `chat`, `features`, `settings`.")

    static func constant(_ value: JSONValue) -> Shape { Shape(.constant(value)) }

    /// An account as administrators and its owner see it.
    static let user = named(
        "User",
        [
            "id": .id, "email": .email, "username": .string.nullable, "role": .role, "name": .text("Ada Lovelace"),
            "profile_image_url": .text("/user.png"), "profile_banner_image_url": .null, "bio": .string.nullable, "gender": .string.nullable,
            "date_of_birth": .string.nullable, "timezone": .text("Asia/Seoul").nullable, "presence_state": .null,
            "status_emoji": .string.nullable, "status_message": .string.nullable, "status_expires_at": .time.nullable, "info": .map.nullable,
            "settings": .map.nullable, "oauth": .map.nullable, "scim": .null, "last_active_at": .time, "updated_at": .time, "created_at": .time,
        ])

    /// What other users may see.
    static let person = named(
        "Person",
        [
            "id": .id, "name": .text("Ada Lovelace"), "email": .email, "role": .role, "status_emoji": .string.nullable,
            "status_message": .string.nullable, "status_expires_at": .time.nullable, "bio": .string.nullable, "groups": .list(.any).showing([]),
            "is_active": .bool,
        ])

    static let people: Shape = ["users": .list(person), "total": .integer]

    static let profile = named(
        "Profile", ["id": .id, "name": .text("Ada Lovelace"), "role": .role, "email": .email, "profile_image_url": .text("/user.png")])

    static let session = named(
        "Session",
        [
            "token": .text("eyJhbGciOi..."), "token_type": .constant("Bearer"), "expires_at": .time.nullable, "id": .id, "email": .email,
            "name": .text("Ada Lovelace"), "role": .role, "profile_image_url": .text("/user.png"), "permissions": .permissions,
        ])

    static let group = named(
        "Group",
        [
            "id": .id, "user_id": .id, "name": .text("Librarians"), "description": .text("Who keeps the shelves."),
            "permissions": .map.nullable, "data": .map.nullable, "meta": .map.nullable, "created_at": .time, "updated_at": .time,
            "member_count": .integer.optional,
        ])

    /// Who may read or write something.
    static let grant = named(
        "AccessGrant",
        [
            "id": .id, "resource_type": .text("knowledge"), "resource_id": .id, "principal_type": .choice("group", "user"), "principal_id": .id,
            "permission": .choice("read", "write"), "created_at": .time,
        ])

    static let grantForm = named(
        "AccessGrantForm",
        [
            "principal_type": .choice("group", "user"), "principal_id": .id.said("`*` for everybody."),
            "permission": .choice("read", "write"),
        ])

    static let grants = Shape.list(.any).showing([grantForm.example]).said("Grants; what is no grant is left out.")
}
