import Domain

extension RouteDescriptions {
    private static let code = Shape.text("class Pipe:\n    def pipe(self, body):\n        return body[\"messages\"][-1][\"content\"]\n")
        .said("Python code.")
    private static let form = Shape.named(
        "PluginForm",
        ["id": .text("echo"), "name": .text("Echo"), "content": code, "meta": .map.showing(["description": "Says it again."])])
    private static let toolForm = Shape.named("ToolForm", form.adding(["access_grants": .grants.maybe]))
    private static let summary: Shape = [
        "id": .text("echo"), "user_id": .id, "name": .text("Echo"), "meta": .map, "updated_at": .time, "created_at": .time,
        "user": .profile.maybe,
    ]
    private static let functionSummary = Shape.named(
        "FunctionSummary", summary.adding(["type": .choice("pipe", "filter", "action"), "is_active": .bool, "is_global": .bool]))
    private static let function = Shape.named("Function", functionSummary.adding(["content": code, "valves": .map.optional]))
    private static let toolSummary = Shape.named("ToolSummary", summary.adding(["access_grants": .list(.grant)]))
    private static let tool = Shape.named(
        "Tool", toolSummary.adding(["content": code, "specs": .list(.map), "write_access": .bool.optional]))
    private static let log: Shape = ["lines": .list(.text("Loaded."))]
    private static let loaded = RouteDescription.answers(["name": .text("Echo"), "content": code]).takes([
        "url": .text("https://example.com/echo.py")
    ])
    private static let valves = RouteDescription.answers(.map).takes(.map.said("Fields of the class."))

    static let functions = RouteDescriptions(
        "/api/v1/functions", missing: 401,
        [
            "GET /": .answers(.list(functionSummary)), "GET /list": .answers(.list(functionSummary)),
            "GET /export": .answers(.list(function)).with(.flag("include_valves", "With what is set in them.")),
            "GET /host": .answers([
                "python": .text("3.13").nullable, "active": .list(.string), "missing": .list(.string), "protects_files": .bool,
            ]),
            "POST /load/url": loaded.or(500, 504),
            "POST /sync": .answers(.list(function)).takes([
                "functions": .list(
                    form.adding([
                        "valves": .map.maybe, "is_active": .bool.maybe, "is_global": .bool.maybe, "created_at": .time.maybe,
                    ]))
            ]).or(503),
            "POST /create": .answers(function).takes(form).or(409, 503),
            "GET /id/{id}": .answers(function),
            "POST /id/{id}/update": .answers(function).takes(form).or(503),
            "DELETE /id/{id}/delete": .answers(.bool),
            "POST /id/{id}/toggle": .answers(function), "POST /id/{id}/toggle/global": .answers(function),
            "POST /id/{id}/install": .answers(function).or(503),
            "GET /id/{id}/log": .answers(log),
            "GET /id/{id}/valves": .answers(.map), "GET /id/{id}/valves/spec": .answers(.map.nullable),
            "POST /id/{id}/valves/update": valves,
            "GET /id/{id}/valves/user": .answers(.map), "GET /id/{id}/valves/user/spec": .answers(.map.nullable),
            "POST /id/{id}/valves/user/update": valves,
        ])

    static let tools = RouteDescriptions(
        "/api/v1/tools", missing: 404,
        [
            "GET /": .answers(.list(toolSummary)), "GET /list": .answers(.list(toolSummary)), "GET /export": .answers(.list(tool)),
            "POST /load/url": loaded.or(500, 504),
            "POST /create": .answers(tool).takes(toolForm).or(409, 503),
            "GET /id/{id}": .answers(tool),
            "POST /id/{id}/update": .answers(tool).takes(toolForm).or(503),
            "POST /id/{id}/access/update": .answers(tool).takes(["access_grants": .grants]),
            "POST /id/{id}/install": .answers(tool).or(503),
            "GET /id/{id}/log": .answers(log),
            "DELETE /id/{id}/delete": .answers(.done),
            "GET /id/{id}/valves": .answers(.map), "GET /id/{id}/valves/spec": .answers(.map.nullable),
            "POST /id/{id}/valves/update": valves,
            "GET /id/{id}/valves/user": .answers(.map), "GET /id/{id}/valves/user/spec": .answers(.map.nullable),
            "POST /id/{id}/valves/user/update": valves,
        ])
}
