/// What a file's name says about its kind.
enum FileKind {
    /// Lower case, without the dot; empty when there is none.
    static func fileExtension(of filename: String) -> String {
        guard let dot = filename.lastIndex(of: "."), dot != filename.startIndex else { return "" }
        return filename[filename.index(after: dot)...].lowercased()
    }

    /// For uploads that do not say what they are.
    static func contentType(of filename: String) -> String {
        byExtension[fileExtension(of: filename)] ?? "application/octet-stream"
    }

    /// A content type as it may be sent: `type/subtype` of RFC 9110 tokens in lower case, without parameters.
    static func mediaType(_ contentType: String) -> String {
        let type = contentType.prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        let parts = type.split(separator: "/", omittingEmptySubsequences: false)
        let isToken = { (part: Substring) in
            !part.isEmpty && part.utf8.allSatisfy { $0 < 0x7F && $0 > 0x20 && !"\"(),/:;<=>?@[\\]{}".utf8.contains($0) }
        }
        return parts.count == 2 && parts.allSatisfy(isToken) ? type : "application/octet-stream"
    }

    private static let byExtension: [String: String] = [
        "txt": "text/plain", "md": "text/markdown", "csv": "text/csv", "html": "text/html", "htm": "text/html", "json": "application/json",
        "xml": "application/xml", "pdf": "application/pdf", "rtf": "application/rtf", "epub": "application/epub+zip", "eml": "message/rfc822",
        "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
        "odp": "application/vnd.oasis.opendocument.presentation", "hwp": "application/x-hwp", "hwpx": "application/hwp+zip",
        "yaml": "application/yaml", "yml": "application/yaml", "py": "text/x-python", "js": "text/javascript", "css": "text/css",
        "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "svg": "image/svg+xml",
    ]
}
