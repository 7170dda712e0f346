import Domain

extension RouteDescriptions {
    private static let search = RouteDescription.Parameter.text("query", "Part of the name or the e-mail address.")

    private static let named: Shape = ["id": .id, "name": .text("Harbour")]
    private static let reached: Shape = ["items": .list(named), "total": .count(1).said("Of all there are.")]
    private static let reach: Shape = ["models": reached, "knowledge": reached, "tools": reached]

    static let users = RouteDescriptions(
        "/api/v1/users", missing: 400,
        [
            "GET /": .answers(["users": .list(.user.adding(["group_ids": .list(.id)])), "total": .integer]).with(
                search, .text("order_by", "`name`, `email`, `role`, `created_at`, `updated_at` or `last_active_at`."),
                .text("direction", "`asc` or `desc`."), .page),
            "GET /all": .answers(.people),
            "GET /search": .answers(.people).with(search),
            "GET /groups": .answers(.list(.group)),
            "GET /{id}": .answers(.user.adding(["is_active": .bool, "groups": .list(["id": .id, "name": .text("Librarians")])])),
            "GET /{id}/preview": .answers(reach.adding(["user": named, "groups": .list(named)])),
            "GET /{id}/info": .answers(.person),
            "GET /{id}/active": .answers(["active": .bool]),
            "GET /{id}/groups": .answers(.list(.group)),
            "GET /{id}/oauth/sessions": .answers(.list(.any).showing([])),
            "GET /{id}/profile/image": .sends("image/png", "image/jpeg", "image/gif", "image/webp"),
            "POST /{id}/update": .answers(.user).takes([
                "name": .text("Ada Lovelace").maybe, "email": .email.maybe, "profile_image_url": .text("/user.png").maybe,
                "password": .text("").maybe, "role": .role.maybe,
            ]),
            "DELETE /{id}": .answers(.done),
        ])

    private static let variables: Shape = ["variables": .map(of: .string).showing(["company": "Analytical Engines"])]

    static let ownAccount = RouteDescriptions(
        "/api/v1/users",
        [
            "GET /permissions": .answers(.permissions),
            "GET /default/permissions": .answers(.permissions),
            "GET /default/permissions/defaults": .answers(.permissions),
            "POST /default/permissions": .answers(.permissions).takes(.permissions.showing(["workspace": ["models": false]])),
            "GET /user/settings": .answers(.map.nullable),
            "POST /user/settings/update": .answers(.map).takes(.map.showing(["ui": ["theme": "dark"]])),
            "GET /user/info": .answers(.map.nullable),
            "POST /user/info/update": .answers(.map).takes(.map.showing(["location": "London"])),
            "GET /user/variables": .answers(variables),
            "POST /user/variables/update": .answers(variables).takes(variables),
            "GET /user/status": .answers(.user),
            "POST /user/status/update": .answers(.user).takes([
                "status_emoji": .text("🌿").maybe, "status_message": .text("In the garden").maybe, "status_expires_at": .time.maybe,
            ]),
        ])

    private static let groupForm: Shape = [
        "name": .text("Librarians"), "description": .text("Who keeps the shelves."), "permissions": .permissions.maybe, "data": .map.maybe,
    ]
    private static let members: Shape = ["user_ids": .list(.id).maybe.showing(["3f0c2a7e-5b1d-4c7e-9a55-0d8a2f6b1c10"])]

    static let groups = RouteDescriptions(
        "/api/v1/groups", missing: 401,
        [
            "GET /": .answers(.list(.group)).with(.flag("share", "Those that something may be shared with.")),
            "POST /create": .answers(.group).takes(groupForm),
            "GET /id/{id}": .answers(.group),
            "GET /id/{id}/preview": .answers(reach.adding(["group": named])).or(404),
            "GET /id/{id}/info": .answers([
                "id": .id, "user_id": .id, "name": .text("Librarians"), "description": .string, "member_count": .integer, "created_at": .time,
            ]),
            "GET /id/{id}/export": .answers(.group.adding(["user_ids": .list(.id)])),
            "POST /id/{id}/update": .answers(.group).takes(groupForm),
            "DELETE /id/{id}/delete": .answers(.done),
            "POST /id/{id}/users": .answers(.list(.person)),
            "POST /id/{id}/users/add": .answers(.group).takes(members),
            "POST /id/{id}/users/remove": .answers(.group).takes(members),
        ])

    static let configuration = RouteDescriptions(
        "/api/config",
        [
            "GET ": .answers([
                "status": .yes, "name": .text("Haneul"), "version": .text("0.12.4"), "default_locale": .text("en-US"), "i18n": .map,
                "oauth": ["providers": .map(of: .string), "auto_redirect": .bool], "features": .map,
                "onboarding": .bool.optional, "default_models": .text("").optional, "default_prompt_suggestions": .list(.any).showing([]).optional,
                "permissions": .permissions.optional,
            ])
        ])
}
