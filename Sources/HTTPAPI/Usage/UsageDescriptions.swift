import Domain

extension RouteDescriptions {
    private static let figures: Shape = [
        "calls": .integer, "errors": .integer, "streams": .integer, "estimated_calls": .integer, "input_tokens": .integer, "output_tokens": .integer,
        "total_tokens": .integer, "cached_tokens": .integer, "reasoning_tokens": .integer, "cost": .number, "average_ms": .integer.nullable,
        "average_first_byte_ms": .integer.nullable,
    ]
    private static let call = Shape.named(
        "ModelCall",
        [
            "started_at": .time, "user_id": .id, "key_id": .id.nullable, "model": .text("llama3.2:latest"), "upstream": .text("ollama:0"),
            "kind": .text("chat"), "stream": .bool, "input_tokens": .integer, "output_tokens": .integer, "cached_tokens": .integer,
            "reasoning_tokens": .integer, "estimated": .bool, "cost": .number, "ms": .integer, "first_byte_ms": .integer.nullable,
            "status": .count(200), "error": .string.nullable, "request_id": .string,
        ])
    private static let settings = Shape.named(
        "UsageSettings",
        [
            "MODEL_PRICES": .map.maybe, "USER_BUDGETS": .map.maybe, "USAGE_CURRENCY": .text("USD").maybe, "USAGE_RETENTION_DAYS": .count(90).maybe,
        ])
    private static let filters: [RouteDescription.Parameter] = [
        RouteDescription.Parameter(
            name: "from", shape: .text("2026-11-01"), note: "First day, as 2026-11-01 or in seconds since 1970; the first of this month when missing."
        ),
        RouteDescription.Parameter(name: "to", shape: .text("2026-11-30"), note: "Last day; today when missing."),
        RouteDescription.Parameter(
            name: "group", shape: .text("day"),
            note: "What to group by: \(UsageQuery.Group.allCases.map(\.rawValue).joined(separator: ", ")); several with commas."),
        .choice("scope", "own", "all", note: "The caller's own calls, or for administrators all, which is their default."),
        .text("user_id", "One account."), .text("key_id", "One API key."), .text("model", "One model."),
        .text("upstream", "One upstream, as openai:0."),
    ]

    static let usage = RouteDescriptions(
        "/api",
        [
            "GET /v1/usage": .answers([
                "from": .text("2026-11-01"), "to": .text("2026-11-30"), "group_by": .list(.text("day")), "currency": .text("USD"),
                "items": .list(figures.adding(["day": .text("2026-11-22").optional])), "truncated": .bool, "totals": figures, "limits": .map,
            ]).with(all: filters).with(.number("limit", "How many rows, up to 10000.")).or(422),
            "GET /v1/usage/calls": .answers(["items": .list(call), "total": .integer]).with(all: filters).with(
                .page, .number("size", "How many on a page, up to 1000.")),
            "GET /v1/usage/config": .answers(settings),
            "POST /v1/usage/config": .answers(settings).takes(settings.showing(["USAGE_CURRENCY": "EUR"])),
            "GET /usage": .answers(["model_ids": .list(.text("llama3.2:latest")), "user_count": .integer]),
        ])

    private static let span: [RouteDescription.Parameter] = [
        .number("start_date", "From when on, in seconds since 1970; whole days count."), .number("end_date", "Until when."),
        .text("group_id", "Only members of a group."),
    ]
    private static let metric = RouteDescription.Parameter.choice("metric", "messages", "tokens", note: "What is counted.")
    private static let dayOfUse: Shape = [
        "date": .text("2026-11-22"), "messages": .integer, "chats": .integer, "tokens": .integer, "models": .map(of: .integer),
    ]

    static let analytics = RouteDescriptions(
        "/api/v1",
        [
            "GET /analytics/summary": .answers([
                "total_messages": .integer, "total_chats": .integer, "total_models": .integer, "total_users": .integer,
            ]).with(all: span).or(400),
            "GET /analytics/models": .answers([
                "models": .list(["model_id": .text("llama3.2:latest"), "count": .integer, "unique_users": .integer])
            ]).with(all: span).or(400),
            "GET /analytics/users": .answers([
                "users": .list([
                    "user_id": .id, "name": .text("Ada Lovelace").nullable, "email": .email.nullable, "count": .integer, "input_tokens": .integer,
                    "output_tokens": .integer, "total_tokens": .integer,
                ])
            ]).with(all: span).with(.number("limit", "How many, up to 1000."), metric).or(400),
            "GET /analytics/tokens": .answers([
                "models": .list([
                    "model_id": .text("llama3.2:latest"), "input_tokens": .integer, "output_tokens": .integer, "total_tokens": .integer,
                    "message_count": .integer,
                ]), "total_input_tokens": .integer, "total_output_tokens": .integer, "total_tokens": .integer,
            ]).with(all: span).or(400),
            "GET /analytics/daily": .answers(["data": .list(["date": .text("2026-11-22"), "models": .map(of: .integer)])]).with(all: span).with(
                metric, .choice("granularity", "daily", note: "Calls are summed up by day.")
            ).or(400),
            "GET /analytics/messages": .answers(
                .list([
                    "id": .text("c1-m1"), "chat_id": .id, "user_id": .id, "role": .any.showing("user"), "content": .any.showing("Hello"),
                    "created_at": .time, "updated_at": .time,
                ])
            ).with(all: span).with(
                .text("chat_id", "Of one chat."), .text("user_id", "Of one account."), .text("model_id", "Answers of one model."),
                .number("skip", "How many to leave out."), .number("limit", "How many, up to 100.")
            ).or(400),
            "GET /users/usage": .answers([
                "totals": .map(of: .integer), "heatmap": .list(dayOfUse), "weekly_heatmap": .list(dayOfUse),
                "cumulative_heatmap": .list(dayOfUse), "insights": .map, "top_models": .list(.map), "top_tools": .list(.map),
                "period": ["start_date": .time, "end_date": .time, "days": .integer],
            ]).with(
                .number("days", "How many days up to now, 7 to 732."), .number("start_date", "From when on, in seconds since 1970."),
                .number("end_date", "Until when.")
            ).or(400),
        ])
}
