import Domain

extension RouteDescriptions {
    private static let instant = Shape(.integer, example: 1_795_000_000_000_000_000).said("Nanoseconds since 1970.")
    private static let data = Shape.map.showing(["content": ["md": "# Harbour rules"]]).said("The text is `content.md`.")
    private static let summary = Shape.named(
        "NoteSummary",
        [
            "id": .id, "title": .text("Harbour"), "data": data, "is_pinned": .bool, "updated_at": instant, "created_at": instant,
            "user": .profile.nullable,
        ])
    private static let note = Shape.named(
        "Note",
        [
            "id": .id, "user_id": .id, "title": .text("Harbour"), "data": data, "meta": .map.nullable, "is_pinned": .bool,
            "access_grants": .list(.grant), "created_at": instant, "updated_at": instant, "write_access": .bool.optional,
            "user": .profile.maybe,
        ])

    static let notes = RouteDescriptions(
        "/api/v1/notes",
        [
            "GET /": .answers(.list(summary)).with(.page).or(403), "GET /list": .answers(.list(summary)).with(.page).or(403),
            "GET /pinned": .answers(.list(summary)).or(403),
            "GET /search": .answers(["items": .list(note), "total": .integer]).listing().with(
                .choice("permission", "read", "write", note: "What the caller may do with them; `write` unless told.")
            ).or(403),
            "POST /create": .answers(note).takes([
                "title": .text("Harbour"), "data": data.maybe, "meta": .map.maybe, "access_grants": .grants.maybe,
            ]).or(403),
            "GET /{id}": .answers(note).or(403),
            "POST /{id}/update": .answers(note).takes(["title": .text("Harbour").maybe, "data": data.maybe, "meta": .map.maybe]).or(403),
            "POST /{id}/access/update": .answers(note).takes(["access_grants": .grants]).or(403),
            "POST /{id}/pin": .answers(note).or(403), "DELETE /{id}/delete": .answers(.done).or(403),
        ])
}
