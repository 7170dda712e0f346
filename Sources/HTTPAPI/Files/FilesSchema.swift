import Domain

/// What the API documentation says of the file routes.
enum FilesSchema {
    private static let tag = "Files"
    private static let file: JSONValue = [
        "type": "object",
        "properties": [
            "id": ["type": "string"], "user_id": ["type": "string"], "hash": ["type": ["string", "null"]], "filename": ["type": "string"],
            "data": ["type": "object"], "meta": ["type": "object"], "created_at": ["type": "integer"], "updated_at": ["type": "integer"],
        ],
    ]
    private static let message: JSONValue = ["type": "object", "properties": ["message": ["type": "string"]]]
    private static let contentObject: JSONValue = [
        "type": "object", "required": ["content"], "properties": ["content": ["type": "string"]],
    ]

    private static func query(_ name: String, _ type: String, _ defaultValue: JSONValue? = nil, required: Bool = false) -> JSONValue {
        var schema: JSONValue = ["type": .string(type)]
        if let defaultValue { schema["default"] = defaultValue }
        return ["name": .string(name), "in": "query", "required": .bool(required), "schema": schema]
    }

    private static let windowQuery = [query("skip", "integer", 0), query("limit", "integer", 100)]

    static let upload = RouteDocumentation(
        tag, "Upload a file: a multipart form with the part `file` and, optionally, `metadata` as JSON. It is processed in the background.",
        query: [query("process", "boolean", true), query("process_in_background", "boolean", true)], response: file)
    static let list = RouteDocumentation(
        tag, "Files, newest first, 50 a page. Administrators see everybody's.",
        query: [query("page", "integer", 1), query("content", "boolean", true)],
        response: ["type": "object", "properties": ["items": ["type": "array", "items": file], "total": ["type": "integer"]]])
    static let search = RouteDocumentation(
        tag, "Files by name; `*` and `?` are wildcards.",
        query: [query("filename", "string", required: true), query("content", "boolean", true)] + windowQuery,
        response: ["type": "array", "items": file])
    static let ownSearch = RouteDocumentation(
        tag, "Own files by name.", query: [query("filename", "string", "*"), query("content", "boolean", false)] + windowQuery,
        response: ["type": "array", "items": file])
    static let count = RouteDocumentation(tag, "How many files there are.", response: ["type": "integer"])
    static let deleteAll = RouteDocumentation(tag, "Delete every file of everybody.", response: message)
    static let one = RouteDocumentation(tag, "One file with its text.", response: file)
    static let status = RouteDocumentation(
        tag, "How far processing is; with `stream` as server-sent events until it ends.", query: [query("stream", "boolean", false)],
        response: ["type": "object", "properties": ["status": ["type": "string"]]])
    static let text = RouteDocumentation(tag, "The extracted text.", response: contentObject)
    static let replaceText = RouteDocumentation(
        tag, "Give the file another text and index it anew.", body: contentObject, response: contentObject)
    static let content = RouteDocumentation(
        tag, "The original bytes, whole or a range.", query: [query("attachment", "boolean", false)], responseType: "application/octet-stream")
    static let page = RouteDocumentation(tag, "An administrator's HTML file as a page without scripts.", responseType: "text/html")
    static let rename = RouteDocumentation(
        tag, "Rename the file.",
        body: ["type": "object", "required": ["filename"], "properties": ["filename": ["type": "string"]]], response: file)
    static let delete = RouteDocumentation(tag, "Delete the file, everywhere.", response: message)
}
