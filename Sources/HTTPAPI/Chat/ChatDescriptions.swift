import Domain

extension Shape {
    static let chatMessage = Shape.named(
        "ChatMessage",
        [
            "role": .text("user").said("`system`, `user`, `assistant` or `tool`."),
            "content": .either(.text("Hello"), .list(.map), .null).optional.said("A text, or parts: texts and pictures."),
        ])

    /// A chat request in OpenAI's form; keys that are not listed go on to the model's upstream.
    static let completionRequest = Shape.named(
        "ChatCompletionRequest",
        [
            "model": .text("llama3.2:latest"), "messages": .list(.chatMessage), "stream": .bool.maybe.showing(false),
            "stream_options": .map.maybe.said(
                "With `resumable: true` the stream can be read on under the id in the header x-stream-id; the rest is the model's."),
            "files": .list(.map).maybe.said(
                "Documents to answer from: {\"type\":\"file\"|\"collection\",\"id\"}, {\"type\":\"text\",\"name\",\"content\"}."),
            "tool_ids": .list(.string).maybe.said("Tools that the server runs."),
            "filter_ids": .list(.string).maybe.said("Filters of the model that people turn on themselves."),
            "params": .map.maybe.said("Parameters of the model; Ollama options where an Ollama model answers."),
            "chat_id": .id.maybe.said("A saved chat to continue."),
            "save": .bool.maybe.said("Saves the chat; its id comes back in the header x-chat-id."),
        ])

    /// A chat answer in OpenAI's form.
    static let completion = Shape.either(
        .named(
            "ChatCompletion",
            [
                "id": .text("chatcmpl-1").optional, "object": .text("chat.completion").optional, "created": .time.optional,
                "model": .text("llama3.2:latest").optional,
                "choices": .list([
                    "index": .count(0).optional, "message": .map.optional.showing(["role": "assistant", "content": "Hello!"]),
                    "finish_reason": .text("stop").maybe,
                ]),
                "usage": .map.maybe, "sources": .list(.map).optional.showing([]).said("What the answer stands on, where documents were asked."),
            ]),
        .named("ChatStarted", ["status": .yes, "task_ids": .list(.id), "chat_id": .id.nullable]))

    static let messagesRequest = Shape.named(
        "MessagesRequest",
        [
            "model": .text("llama3.2:latest"), "messages": .list(.chatMessage), "max_tokens": .count(256).optional,
            "system": .either(.string, .list(.map)).optional, "stream": .bool.optional.showing(false), "tools": .list(.map).optional.showing([]),
        ])

    static let embeddingsRequest: Shape = [
        "model": .text("nomic-embed-text:latest"), "input": .either(.text("The harbour closes at ten."), .list(.any)),
        "dimensions": .count(256).maybe, "encoding_format": .choice("float", "base64").optional,
    ]

    static let embeddingsList: Shape = [
        "object": .text("list").optional, "data": .list(["index": .count(0), "embedding": .either(.list(.number), .string)]),
        "model": .string.optional,
        "usage": .map.optional,
    ]
}

extension RouteDescription {
    static let completion = RouteDescription.answers(.completion).takes(.completionRequest).orSends("text/event-stream").with(
        .header("Idempotency-Key", "Makes the answer once, however often it is asked for.")
    ).or(400, 404, 409, 500, 503, 504).relayed
}

extension RouteDescriptions {
    private static let message = RouteDescription.answers([
        "id": .text("msg_1").optional, "type": .text("message").optional, "role": .text("assistant").optional,
        "content": .list(.map).optional.showing([["type": "text", "text": "Hello!"]]), "stop_reason": .text("end_turn").maybe, "usage": .map.optional,
    ]).takes(.messagesRequest).orSends("text/event-stream").or(404, 500, 503, 504).relayed
    private static let countTokens = RouteDescription.answers(.map.showing(["input_tokens": 12])).takes(.messagesRequest).or(404, 500, 503, 504)
        .relayed
    private static let resumed = RouteDescription.sends("text/event-stream").with(
        .number("after", "The number of the last event that came through."), .header("Last-Event-ID", "The same, as browsers send it.")
    ).orAnswers(204, "The stream is over.").or(400, 404, 409, 410)

    static let chat = RouteDescriptions(
        "/api",
        [
            "POST /chat/completions": .completion, "POST /v1/chat/completions": .completion,
            "POST /chat/completed": .answers(.map).takes([
                "id": .id, "model": .text("llama3.2:latest"), "messages": .list(.any).maybe.showing([["role": "user", "content": "Hello"]]),
            ]).or(500, 503, 504),
            "POST /chat/actions/{action}": .answers(.any).takes([
                "model": .text("llama3.2:latest"), "messages": .list(.any).maybe.showing([]), "chat_id": .id.maybe, "id": .id.maybe,
                "session_id": .string.maybe, "stream": .any.optional.showing(false).said("What the action emits, as events."),
            ]).orSends("text/event-stream").or(500, 503, 504),
            "POST /chat/events/{id}": .answers(.done).takes(["value": .any]),
            "GET /chat/completions/streams/{id}": resumed, "GET /v1/chat/completions/streams/{id}": resumed,
            "DELETE /chat/completions/streams/{id}": .answers(.status), "DELETE /v1/chat/completions/streams/{id}": .answers(.status),
            "POST /message": message, "POST /v1/messages": message,
            "POST /message/count_tokens": countTokens, "POST /v1/messages/count_tokens": countTokens,
        ])

    static let embeddings = RouteDescriptions(
        "/api",
        [
            "POST /embeddings": embedding, "POST /v1/embeddings": embedding,
        ])

    private static let embedding = RouteDescription.answers(.embeddingsList).takes(.embeddingsRequest).or(404, 500, 503, 504).relayed

    private static let taskSettings = Shape.named(
        "TaskSettings",
        Shape(
            .object(
                TaskSettings.defaults.map { key, standard in
                    switch standard {
                    case .bool: (name: key, shape: Shape.bool.maybe)
                    case .number: (name: key, shape: Shape.integer.maybe)
                    case .object: (name: key, shape: Shape.map.maybe)
                    default: (name: key, shape: Shape.string.maybe)
                    }
                })))

    /// - Parameter more: what the task needs beside the model.
    private static func chore(_ more: Shape) -> RouteDescription {
        .answers(.completion).takes(more).orSends("text/event-stream").or(400, 404, 500, 503, 504).relayed
    }

    private static let conversation = chore([
        "model": .text("llama3.2:latest"), "messages": .list(.chatMessage), "chat_id": .id.maybe,
        "type": .string.maybe.said("What queries are for: web_search or retrieval."),
    ])
    private static let text = chore([
        "model": .text("llama3.2:latest"), "prompt": .text("The harbour closes"), "messages": .list(.chatMessage).optional.showing([]),
        "chat_id": .id.maybe, "type": .string.maybe,
    ])

    static let tasks = RouteDescriptions(
        "/api",
        [
            "POST /v1/tasks/title/completions": conversation, "POST /v1/tasks/tags/completions": conversation,
            "POST /v1/tasks/follow_up/completions": conversation, "POST /v1/tasks/queries/completions": conversation,
            "POST /v1/tasks/image_prompt/completions": conversation, "POST /v1/tasks/auto/completions": text,
            "POST /v1/tasks/emoji/completions": text,
            "POST /v1/tasks/moa/completions": chore([
                "model": .text("llama3.2:latest"), "prompt": .text("When does the harbour close?"), "responses": .list(.string),
                "stream": .bool.optional.showing(false), "chat_id": .id.maybe,
            ]),
            "GET /tasks": .answers(["tasks": .list(.id)]),
            "GET /tasks/chat/{chat}": .answers(["task_ids": .list(.id)]),
            "POST /tasks/stop/{task}": .answers(["status": .yes, "message": .string]),
            "GET /v1/tasks/config": .answers(taskSettings),
            "POST /v1/tasks/config/update": .answers(taskSettings).takes(taskSettings.showing(["ENABLE_TAGS_GENERATION": false])),
        ])
}
