import Domain

extension Shape {
    static let fileMeta = Shape.named(
        "FileMeta",
        [
            "name": .text("notes.md"), "content_type": .text("text/markdown"), "size": .count(1200).said("Bytes."),
            "file_hash": .text("9f86d081...").said("SHA-256 of the bytes, or what the client said it is."), "data": .map,
            "collection_name": .text("file-3f0c2a7e").optional,
        ])

    static let file = Shape.named(
        "File",
        [
            "id": .id, "user_id": .id, "hash": .text("9f86d081...").nullable.said("SHA-256 of the text."), "filename": .text("notes.md"),
            "data": [
                "status": .choice("completed", "pending", "processing", "failed").optional,
                "content": .text("# Notes").optional.said("The extracted text."), "error": .string.maybe,
                "progress": .integer.optional.said("Percent."), "stage": .string.optional,
            ], "meta": .fileMeta, "created_at": .time, "updated_at": .time,
        ])

    static let message: Shape = ["message": .text("File deleted successfully")]
}

extension RouteDescriptions {
    private static let content: Shape = ["content": .text("# Notes")]
    private static let withContent = RouteDescription.Parameter.flag("content", "Whether extracted texts come along.")
    private static let window: [RouteDescription.Parameter] = [
        .number("skip", "How many to leave out, from 0."), .number("limit", "How many at most, up to 1000."),
    ]
    private static let range = RouteDescription.Parameter.header("Range", "Which bytes, as `bytes=0-99`.")

    static let files = RouteDescriptions(
        "/api/v1/files",
        [
            "POST /": .answers(.file.adding(["status": .bool.optional, "path": .text("uploads/notes.md").optional])).takesForm([
                "file": .binary, "metadata": .map.maybe.said("A part with a JSON object: `knowledge_id`, `directory_id`, `file_hash`, own keys."),
            ]).with(
                .flag("process", "Whether the file is processed."), .flag("process_in_background", "Whether the answer waits for that."),
                .header("Idempotency-Key", "Makes the upload once, however often it is sent.")
            ).or(404, 409, 500, 503),
            "GET /": .answers(["items": .list(.file), "total": .integer]).with(.page, withContent),
            "GET /search": .answers(.list(.file)).with(.needed("filename", "A name with `*` and `?`.", "*.md"), withContent).with(all: window).or(
                404),
            "GET /user/search": .answers(.list(.file)).with(.text("filename", "A name with `*` and `?`."), withContent).with(all: window),
            "GET /count": .answers(.integer),
            "GET /user/count": .answers(.integer),
            "DELETE /all": .answers(.message),
            "GET /{id}": .answers(.file.adding(["path": .text("uploads/notes.md").optional])),
            "GET /{id}/process/status": .answers([
                "status": .choice("completed", "pending", "processing", "failed"), "progress": .integer.optional, "stage": .string.optional,
            ]).orSends("text/event-stream").with(.flag("stream", "As server-sent events until it ends.")),
            "GET /{id}/data/content": .answers(content),
            "POST /{id}/data/content/update": .answers(content).takes(content),
            "GET /{id}/content": .sends("*/*").with(.flag("attachment", "To be saved, not shown."), range).orAnswers(206, "Some of the bytes.")
                .orAnswers(304, "As the client has it.").or(416),
            "GET /{id}/content/html": .sends("text/html").with(range).orAnswers(206, "Some of the bytes.").orAnswers(304, "As the client has it.").or(
                416),
            "GET /{id}/content/{name}": .sends("*/*").with(range).orAnswers(206, "Some of the bytes.").orAnswers(304, "As the client has it.").or(
                416),
            "POST /{id}/rename": .answers(.file).takes(["filename": .text("plan.md")]),
            "DELETE /{id}": .answers(.message),
        ])
}
