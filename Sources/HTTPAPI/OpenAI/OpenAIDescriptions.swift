import Domain

extension RouteDescriptions {
    private static let passed = RouteDescription.sends("*/*").or(400, 404, 413, 500, 503, 504).relayed
    private static let passedWithBody = passed.mayTake(.any)

    static let openAI = RouteDescriptions(
        "/openai",
        [
            "GET /models": .answers(.modelList).or(503),
            "GET /models/{idx}": .answers(.map.showing(["data": []])).or(500, 503, 504),
            "POST /chat/completions": .completion,
            "POST /responses": .answers(.map).takes(["model": .text("gpt-5-mini"), "input": .any.optional.showing("Hello")])
                .orSends("text/event-stream").or(404, 500, 503, 504).relayed,
            "GET|DELETE /{path+}": passed,
            "POST|PUT|PATCH /{path+}": passedWithBody,
        ])
}
