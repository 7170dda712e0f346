import Domain

extension RouteDescriptions {
    private static let tags: Shape = ["models": .list(.map)]
    private static let named: Shape = ["model": .text("llama3.2:latest")]
    private static let prompt = named.adding(["prompt": .any.optional.showing("Hello"), "stream": .any.optional.showing(false)])
    private static let chatRequest = named.adding(["messages": .list(.chatMessage), "stream": .any.optional.showing(false)])
    private static let embedRequest = named.adding(["input": .any.showing("The harbour closes at ten.")])

    /// What a node answers, line by line or whole.
    private static func node(_ shape: Shape) -> RouteDescription {
        RouteDescription.answers(.map).orSends("application/x-ndjson").orSends("text/event-stream").takes(shape).or(400, 404, 500, 503, 504).relayed
    }

    private static let progress = node(["model": .text("llama3.2:latest").optional, "name": .string.optional])
    private static let changed = RouteDescription.answers(.either(.done, .status)).takes(named.adding(["model": .text("llama3.2:latest").optional]))
        .or(400, 404, 500, 503, 504).relayed
    private static let copied = RouteDescription.answers(.done).takes([
        "source": .text("llama3.2:latest"), "destination": .any.optional.showing("copy"),
    ])
    .or(404, 500, 503, 504).relayed
    private static let openAIChat = RouteDescription.answers(.map).orSends("text/event-stream").takes(chatRequest).or(404, 500, 503, 504).relayed
    private static let openAIAny = RouteDescription.answers(.map).orSends("text/event-stream").takes(named).or(404, 500, 503, 504).relayed

    static let ollama = RouteDescriptions(
        "/ollama",
        [
            "GET|HEAD ": .answers(.status),
            "GET /api/tags": .answers(tags).or(503), "GET /api/tags/{idx}": .answers(tags).or(500, 503, 504),
            "GET /api/version": .answers(["version": .either(.text("0.12.0"), .constant(false))]).or(500),
            "GET /api/version/{idx}": .answers(["version": .text("0.12.0")]).or(500, 503, 504),
            "GET /api/ps": .answers(tags).or(503),
            "GET /v1/models": .answers(.modelList).or(503), "GET /v1/models/{idx}": .answers(.modelList).or(503),
            "POST /api/generate": node(prompt), "POST /api/generate/{idx}": node(prompt),
            "POST /api/chat": node(chatRequest), "POST /api/chat/{idx}": node(chatRequest),
            "POST /api/embed": node(embedRequest), "POST /api/embed/{idx}": node(embedRequest),
            "POST /api/embeddings": node(prompt), "POST /api/embeddings/{idx}": node(prompt),
            "POST /api/show": node(named), "POST /api/show/{idx}": node(named),
            "POST /api/pull": progress, "POST /api/pull/{idx}": progress,
            "POST /api/create": progress, "POST /api/create/{idx}": progress,
            "POST|DELETE /api/push": progress, "POST|DELETE /api/push/{idx}": progress,
            "POST /api/copy": copied, "POST /api/copy/{idx}": copied,
            "DELETE /api/delete": changed, "DELETE /api/delete/{idx}": changed,
            "POST /api/unload": changed, "POST /api/unload/{idx}": changed,
            "POST /v1/chat/completions": openAIChat, "POST /v1/chat/completions/{idx}": openAIChat,
            "POST /v1/completions": openAIAny, "POST /v1/completions/{idx}": openAIAny,
            "POST /v1/embeddings": openAIAny, "POST /v1/embeddings/{idx}": openAIAny,
            "POST /v1/responses": openAIAny, "POST /v1/responses/{idx}": openAIAny,
            "POST /v1/messages": openAIAny, "POST /v1/messages/{idx}": openAIAny,
        ])
}
