import Domain

extension RouteDescriptions {
    private static let urls = Shape.list(.text("https://api.openai.com/v1"))
    private static let openAISettings: Shape = [
        "ENABLE_OPENAI_API": .bool.nullable, "OPENAI_API_BASE_URLS": urls, "OPENAI_API_KEYS": .list(.text("sk-...")),
        "OPENAI_API_CONFIGS": .map(of: .map).said("By the position of the address."),
    ]
    private static let ollamaSettings: Shape = [
        "ENABLE_OLLAMA_API": .bool.nullable, "OLLAMA_BASE_URLS": urls.showing(["http://localhost:11434"]),
        "OLLAMA_API_CONFIGS": .map(of: .map).said("By the position of the address."),
    ]

    static let connections = RouteDescriptions(
        "",
        [
            "GET /openai/config": .answers(openAISettings),
            "POST /openai/config/update": .answers(openAISettings).takes(openAISettings.adding(["ENABLE_OPENAI_API": .bool.maybe])),
            "POST /openai/verify": .answers(.any).takes(["url": .text("https://api.openai.com/v1"), "key": .text("sk-..."), "config": .map.maybe])
                .or(500, 504).relayed,
            "GET /ollama/config": .answers(ollamaSettings),
            "POST /ollama/config/update": .answers(ollamaSettings).takes(ollamaSettings.adding(["ENABLE_OLLAMA_API": .bool.maybe])),
            "POST /ollama/verify": .answers(.any).takes(["url": .text("http://localhost:11434"), "key": .text("").maybe, "config": .map.maybe])
                .or(500, 504).relayed,
        ])
}
