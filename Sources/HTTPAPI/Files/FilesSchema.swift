/// What the API documentation says of the file routes.
enum FilesSchema {
    private static let tag = "Files"

    static let upload = RouteDocumentation(
        tag, "Upload a file: a multipart form with the part `file` and, optionally, `metadata` as JSON. It is processed in the background.")
    static let list = RouteDocumentation(tag, "Files, newest first, 50 a page. Administrators see everybody's.")
    static let search = RouteDocumentation(tag, "Files by name; `*` and `?` are wildcards.")
    static let ownSearch = RouteDocumentation(tag, "Own files by name.")
    static let count = RouteDocumentation(tag, "How many files there are.")
    static let deleteAll = RouteDocumentation(tag, "Delete every file of everybody.")
    static let one = RouteDocumentation(tag, "One file with its text.")
    static let status = RouteDocumentation(tag, "How far processing is; with `stream` as server-sent events until it ends.")
    static let text = RouteDocumentation(tag, "The extracted text.")
    static let replaceText = RouteDocumentation(tag, "Give the file another text and index it anew.")
    static let content = RouteDocumentation(tag, "The original bytes, whole or a range.", responseType: "application/octet-stream")
    static let page = RouteDocumentation(tag, "An administrator's HTML file as a page without scripts.", responseType: "text/html")
    static let rename = RouteDocumentation(tag, "Rename the file.")
    static let delete = RouteDocumentation(tag, "Delete the file, everywhere.")
}
