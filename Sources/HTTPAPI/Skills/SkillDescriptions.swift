import Domain

extension RouteDescriptions {
    private static let content = Shape.text("# Harbour\n\nAnswer with the rule's number.").said("Markdown.")
    private static let skillFiles = Shape.list(["path": .text("SKILL.md"), "content": content])
    private static let form: Shape = [
        "id": .text("harbour-rules"), "name": .text("Harbour rules"), "description": .text("How to answer about the harbour.").maybe,
        "content": content.maybe, "meta": .map.maybe, "is_active": .bool.maybe,
    ]
    private static let summary: Shape = [
        "id": .text("harbour-rules"), "user_id": .id, "name": .text("Harbour rules"),
        "description": .text("How to answer about the harbour.").nullable, "meta": .map, "is_active": .bool, "version_id": .id,
        "access_grants": .list(.grant), "updated_at": .time, "created_at": .time, "user": .profile.maybe, "write_access": .bool.optional,
    ]
    private static let skillSummary = Shape.named("SkillSummary", summary)
    private static let skill = Shape.named("Skill", summary.adding(["content": content, "data": ["files": skillFiles]]))
    private static let package: Shape = [
        "id": .text("harbour-rules"), "name": .text("Harbour rules"), "description": .string.nullable, "meta": .map, "content": content,
        "files": skillFiles, "is_active": .bool,
    ]

    static let skills = RouteDescriptions(
        "/api/v1/skills",
        [
            "GET /": .answers(.list(skillSummary)).with(.text("query", "Part of the name.")),
            "GET /list": .answers(["items": .list(skillSummary), "total": .integer]).listing(),
            "GET /export": .answers(.either(.list(package), package)).with(
                .text("ids", "One skill, which is then answered alone."), .choice("format", "json", note: "`json`.")
            ).or(400, 403, 404),
            "POST /create": .answers(skillSummary).takes(form.adding(["access_grants": .grants.maybe])).or(409),
            "GET /id/{id}": .answers(skill),
            "POST /id/{id}/update": .answers(skill).takes(
                form.adding(["expected_version_id": .id.maybe.said("Refuses the change when the skill has another version.")])
            ).or(409),
            "POST /id/{id}/access/update": .answers(skill).takes(["access_grants": .grants]).or(403),
            "POST /id/{id}/toggle": .answers(skill), "DELETE /id/{id}/delete": .answers(.done),
        ])
}
