/// What is said of attached items that were skipped: `file 41c... (report.pdf): reason`.
enum ItemWarning {
    static let unknown = AppError.notFound.message
    static let notUnderstood = "This kind of item is not known, or it says nothing to read."
    static let empty = "There is nothing to read in it yet."

    static func text(_ item: JSONObject, _ reason: String) -> String {
        let type = item["type"]?.string ?? "item"
        let id = item["id"]?.string ?? item["collection_name"]?.string ?? item["url"]?.string
        let name = item["name"]?.string
        var label = type
        if let id { label += " " + id.prefix(300) }
        if let name, !name.isEmpty { label += " (\(name.prefix(300)))" }
        return label + ": " + reason
    }
}
