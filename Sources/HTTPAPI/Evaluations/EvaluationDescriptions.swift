import Domain

extension RouteDescriptions {
    private static let data: Shape = [
        "rating": .either(.integer, .string).optional.nullable.said("1 or -1."), "model_id": .text("llama3.2:latest").maybe,
        "sibling_model_ids": .list(.text("echo-1")).maybe.said("Models whose answers stood beside it."), "reason": .text("accurate").maybe,
        "comment": .string.maybe, "tags": .list(.text("tides")).maybe,
    ]
    private static let form: Shape = [
        "type": .text("rating"), "data": data.optional.nullable, "meta": .map.maybe, "snapshot": .map.maybe,
    ]
    private static let feedback = Shape.named(
        "Feedback",
        [
            "id": .id, "user_id": .id, "version": .integer, "type": .text("rating"), "data": .map.nullable, "meta": .map.nullable,
            "snapshot": .map.nullable, "created_at": .time, "updated_at": .time,
        ])
    private static let listed: Shape = [
        "items": .list([
            "id": .id, "user_id": .id, "version": .integer, "type": .text("rating"), "data": .map.nullable, "meta": .map.nullable,
            "user": .map.nullable, "created_at": .time, "updated_at": .time,
        ]), "total": .integer,
    ]
    private static let oneModel = RouteDescription.Parameter.text("model_id", "One model.")

    static let evaluations = RouteDescriptions(
        "/api/v1/evaluations",
        [
            "POST /feedback": .answers(feedback).takes(form),
            "GET /feedback/{id}": .answers(feedback), "POST /feedback/{id}": .answers(feedback).takes(form),
            "DELETE /feedback/{id}": .answers(.done),
            "GET /feedbacks/user": .answers(listed).with(.page), "DELETE /feedbacks": .answers(.bool),
            "GET /feedbacks/list": .answers(listed).with(
                .page, oneModel, .text("order_by", "`created_at`, `updated_at` or `model_id`."), .text("direction", "`asc` or `desc`.")),
            "GET /feedbacks/models": .answers(.list(.text("llama3.2:latest"))),
            "GET /feedbacks/all/ids": .answers(.list(["id": .id, "user_id": .id, "created_at": .time, "updated_at": .time])),
            "GET /feedbacks/all/export": .answers(.list(feedback)).with(oneModel), "DELETE /feedbacks/all": .answers(.bool),
            "GET /leaderboard": .answers([
                "entries": .list([
                    "model_id": .text("llama3.2:latest"), "rating": .count(1016), "won": .integer, "lost": .integer, "count": .integer,
                    "top_tags": .list(["tag": .text("tides"), "count": .integer]),
                ])
            ]).with(.text("query", "Only feedback with a tag like this.")),
        ])
}
