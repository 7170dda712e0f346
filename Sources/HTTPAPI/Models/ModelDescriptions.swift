import Domain

extension Shape {
    /// An entry of a model list.
    static let model = Shape.named(
        "Model",
        [
            "id": .text("llama3.2:latest"), "name": .text("Llama 3.2").optional, "object": .text("model").optional, "created": .any.optional,
            "owned_by": .text("ollama").optional, "info": .map.optional, "tags": .list(.map).optional.showing([]),
        ])
    static let modelList: Shape = ["data": .list(.model)]
}

extension RouteDescriptions {
    private static let refresh = RouteDescription.Parameter.flag("refresh", "Ask the upstreams again first.")

    static let models = RouteDescriptions(
        "/api",
        [
            "GET /models": .answers(.modelList).with(refresh), "GET /v1/models": .answers(.modelList).with(refresh),
            "GET /models/base": .answers(.modelList).with(refresh),
        ])

    private static let form = Shape.named(
        "ModelForm",
        [
            "id": .text("harbour-guide"), "base_model_id": .text("llama3.2:latest").nullable.optional, "name": .text("Harbour guide"),
            "meta": .map.showing(["description": "Knows the rules."]), "params": .map.showing(["system": "Answer briefly."]),
            "is_active": .bool.maybe, "access_grants": .list(.grantForm).maybe,
        ])
    private static let stored = Shape.named(
        "StoredModel",
        [
            "version_id": .id, "id": .text("harbour-guide"), "user_id": .id, "base_model_id": .text("llama3.2:latest").nullable,
            "name": .text("Harbour guide"), "params": .map, "meta": .map, "access_grants": .list(.grant), "is_active": .bool,
            "updated_at": .time, "created_at": .time, "write_access": .bool.optional, "user": .person.maybe,
        ])
    private static let id = RouteDescription.Parameter.needed("id", "The model.", "harbour-guide")
    private static let named: Shape = ["id": .text("harbour-guide")]

    static let workspaceModels = RouteDescriptions(
        "/api/v1/models",
        [
            "GET /list": .answers(["items": .list(stored), "total": .integer]).with(
                .text("query", "Part of the name or the id."), .page, .text("tag", "A tag."),
                .text("order_by", "`name`, `created_at` or `updated_at`."), .text("direction", "`asc` or `desc`."),
                .text("view_option", "`created` by the caller, or `shared` with them.")),
            "GET /base": .answers(.list(stored)), "GET /export": .answers(.list(stored)),
            "GET /base/tags": .answers(.list(.text("work"))), "GET /tags": .answers(.list(.text("work"))),
            "POST /import": .answers(.done).takes(["models": .list(form)]),
            "POST /sync": .answers(.list(stored)).takes(["models": .list(form)]),
            "POST /create": .answers(stored).takes(form),
            "GET /model": .answers(stored).with(id).or(400, 404),
            "POST /model/update": .answers(stored).takes(form),
            "POST /model/access/update": .answers(stored).takes([
                "id": .text("harbour-guide"), "name": .text("Harbour guide").maybe, "access_grants": .list(.grantForm),
            ]),
            "POST /model/toggle": .answers(stored).with(id),
            "POST /model/delete": .answers(.done).takes(named),
            "GET /model/profile/image": .sends("image/png", "image/jpeg", "image/gif", "image/webp").with(id),
            "DELETE /delete/all": .answers(.done),
        ])
}
