import Domain

extension RouteDescriptions {
    private static let banner = Shape.named(
        "Banner",
        [
            "id": .text("maintenance"), "type": .choice("info", "success", "warning", "error"), "title": .text("Maintenance").maybe,
            "content": .text("The harbour is closed tonight."), "dismissible": .bool.maybe, "timestamp": .time,
        ])
    private static let suggestion: Shape = ["title": .list(.text("Explain")), "content": .text("Explain the tides.")]
    private static let newChats: Shape = [
        "DEFAULT_MODELS": .text("llama3.2:latest"), "DEFAULT_PINNED_MODELS": .text(""), "MODEL_ORDER_LIST": .list(.text("llama3.2:latest")),
    ]
    private static let exported = Shape.map.showing(["ENABLE_SIGNUP": false])

    static let configs = RouteDescriptions(
        "/api/v1/configs",
        [
            "GET /banners": .answers(.list(banner)), "POST /banners": .answers(.list(banner)).takes(["banners": .list(banner)]),
            "GET /models": .answers(newChats), "GET /models/defaults": .answers(["DEFAULT_MODEL_METADATA": .map]),
            "POST /models": .answers(newChats).takes([
                "DEFAULT_MODELS": .text("llama3.2:latest").maybe, "DEFAULT_PINNED_MODELS": .text("").maybe,
                "MODEL_ORDER_LIST": .list(.text("llama3.2:latest")).maybe,
            ]),
            "POST /suggestions": .answers(.list(suggestion)).takes(["suggestions": .list(suggestion)]),
            "GET /export": .answers(exported), "POST /import": .answers(exported).takes(["config": exported]),
        ])
}

extension RouteDescriptions {
    private static func fixed(_ path: String, _ shape: Shape) -> [RouteDescriptions] {
        [
            RouteDescriptions(
                path,
                ["GET ": .answers(shape), "POST ": .answers(shape).takes(.map.showing([:]))])
        ]
    }

    private static func shape(_ truth: JSONObject) -> Shape {
        Shape(
            .object(
                truth.map { name, value in
                    switch value {
                    case .bool(let value): (name, .constant(.bool(value)))
                    case .array: (name, Shape.list(.any).showing([]))
                    case .number: (name, .count(0))
                    case .null: (name, .integer.nullable)
                    default: (name, .text(""))
                    }
                }))
    }

    static let fixedSettings: [RouteDescriptions] =
        FixedSettingsController.absent.flatMap { fixed($0.path, shape($0.truth())) }
        + fixed(
            "/api/v1/auths/admin/config/oauth",
            [
                "ENABLE_OAUTH": .bool, "OPENID_PROVIDER_URL": .text("https://id.example.com/.well-known/openid-configuration"),
                "OAUTH_CLIENT_ID": .text("haneul"), "OAUTH_CLIENT_SECRET": .text("").said("Never the secret itself."),
                "ENABLE_OAUTH_PERSISTENT_CONFIG": .constant(false),
            ])
        + [
            RouteDescriptions(
                "/api/changelog",
                ["GET ": .answers(.map(of: ["date": .text("2026-11-22"), "added": .list(["title": .string, "content": .string, "raw": .string])]))])
        ]
}
