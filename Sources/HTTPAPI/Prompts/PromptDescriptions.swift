import Domain

extension RouteDescriptions {
    private static let form: Shape = [
        "command": .text("greet"), "name": .text("Greeting"), "content": .text("Write a greeting to {{name}}."), "data": .map.maybe,
        "meta": .map.maybe, "tags": .list(.text("letters")).maybe, "commit_message": .text("Friendlier").maybe,
        "is_production": .bool.maybe.said("The prompt gets this text, or it is kept as a version only."),
    ]
    private static let prompt = Shape.named(
        "Prompt",
        [
            "id": .id, "command": .text("greet"), "user_id": .id, "name": .text("Greeting"), "content": .text("Write a greeting to {{name}}."),
            "data": .map, "meta": .map, "tags": .list(.text("letters")), "is_active": .bool, "version_id": .id.nullable, "created_at": .time,
            "updated_at": .time, "access_grants": .list(.grant), "write_access": .bool.optional, "user": .profile.maybe,
        ])
    private static let version = Shape.named(
        "PromptVersion",
        [
            "id": .id, "prompt_id": .id, "parent_id": .id.nullable, "snapshot": .map, "user_id": .id,
            "commit_message": .text("Friendlier").nullable, "created_at": .time, "user": .profile.maybe,
        ])

    static let prompts = RouteDescriptions(
        "/api/v1/prompts",
        [
            "GET /": .answers(.list(prompt)), "GET /tags": .answers(.list(.text("letters"))),
            "GET /list": .answers(["items": .list(prompt), "total": .integer]).listing(),
            "POST /create": .answers(prompt).takes(form.adding(["access_grants": .grants.maybe])),
            "GET /command/{path+}": .answers(prompt), "GET /id/{id}": .answers(prompt),
            "POST /id/{id}/update": .answers(prompt).takes(form),
            "POST /id/{id}/update/meta": .answers(prompt).takes([
                "name": .text("Greeting"), "command": .text("greet"), "tags": .list(.text("letters")).maybe,
            ]),
            "POST /id/{id}/update/version": .answers(prompt).takes(["version_id": .id]),
            "POST /id/{id}/access/update": .answers(prompt).takes(["access_grants": .grants]).or(403),
            "POST /id/{id}/toggle": .answers(prompt), "DELETE /id/{id}/delete": .answers(.done),
            "GET /id/{id}/history": .answers(.list(version)).with(.number("page", "Which page, from 0.")),
            "GET /id/{id}/history/diff": .answers([
                "from_id": .id, "to_id": .id, "from_snapshot": .map, "to_snapshot": .map, "content_diff": .list(.text("+Dear {{name}}")),
                "line_endings_only": .bool, "name_changed": .bool,
            ]).with(.needed("from_id", "The earlier version."), .needed("to_id", "The later version.")),
            "GET /id/{id}/history/{version}": .answers(version), "DELETE /id/{id}/history/{version}": .answers(.done),
        ])
}
