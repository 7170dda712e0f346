import Domain

extension RouteDescriptions {
    private static let kind = Shape.choice("user", "context").said("`user`: always told; `context`: when it has to do with the question.")
    private static let kinds = Shape.choice("all", "user", "context")
    private static let brief: Shape = [
        "id": .id, "user_id": .id, "type": kind, "path": .text("work/harbour").nullable, "content": .text("Prefers short answers."),
        "updated_at": .time, "created_at": .time,
    ]
    private static let memory = Shape.named("Memory", brief.adding(["meta": .map.nullable]))
    private static let outcome: Shape = [
        "action": .choice("add", "replace", "move", "remove"), "status": .choice("created", "updated", "skipped", "deleted"),
        "memory": brief.optional, "id": .id.optional, "reason": .text("duplicate").optional,
    ]
    private static let path = Shape.text("work/harbour")

    static let memories = RouteDescriptions(
        "/api/v1/memories",
        [
            "GET /": .answers(.list(memory)).or(403, 404),
            "POST /add": .answers(memory).takes(["content": .text("Prefers short answers."), "type": kind.maybe, "path": path.maybe]).or(403, 404),
            "POST /update": .answers(.list(outcome)).takes([
                "operations": .list([
                    "action": .choice("add", "replace", "move", "remove"), "id": .id.maybe, "content": .text("Prefers short answers.").maybe,
                    "type": kind.maybe, "path": path.maybe,
                ])
            ]).or(403, 404),
            "POST /query": .answers([
                "ids": .list(.list(.id)), "documents": .list(.list(.string)), "metadatas": .list(.list(.map)),
                "distances": .list(.list(.number)).said("0 to 1, the higher the nearer."),
            ]).takes(["content": .text("How long should answers be?"), "k": .count(3).maybe]).or(403, 404, 503),
            "POST /search": .answers(.list(memory)).takes([
                "query": .text("answers").maybe, "path": path.maybe, "memory_id": .id.maybe, "type": kinds.maybe, "limit": .count(20).maybe,
            ]).or(403, 404),
            "POST /paths": .answers([
                "paths": .list([
                    "path": path.nullable, "type": kind, "count": .integer, "updated_at": .time, "children": .list(.text("work/harbour/rules")),
                ]), "count": .integer,
            ]).takes(["query": .text("harbour").maybe, "type": kinds.maybe, "limit": .count(100).maybe]).or(403, 404),
            "POST /path": .answers(["path": path, "parents": .list(.string), "children": .list(.string), "memories": .list(brief)]).takes([
                "path": path, "type": kinds.maybe, "include_children": .bool.maybe, "limit": .count(50).maybe,
            ]).or(403, 404),
            "POST /reset": .answers(.done).or(403, 404, 503),
            "POST /reindex": .answers(["status": .yes, "total_users": .integer, "total_memories": .integer]),
            "DELETE /delete/user": .answers(.done).or(403, 404),
            "POST /{id}/update": .answers(memory).takes([
                "content": .text("Prefers long answers.").maybe, "type": kind.maybe, "path": path.maybe,
            ]).or(403),
            "DELETE /{id}": .answers(.bool).or(403),
        ])
}
