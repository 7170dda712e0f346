import Domain

/// Title and author out of `docProps/core.xml` (Office Open XML) or `meta.xml` (OpenDocument).
struct DocumentProperties {
    private(set) var metadata: JSONObject = [:]

    init(_ bytes: [UInt8]?, kind: String, limits: ExtractionLimits) {
        guard let bytes, let reader = try? XMLPullReader(bytes, kind: kind, maximumDepth: limits.xmlDepth) else { return }
        // Properties are an extra: damage in them is no reason to refuse the document.
        while let node = try? reader.next() {
            guard node == .start else { continue }
            let key: String
            switch reader.name {
            case "title": key = "title"
            case "creator", "initial-creator": key = "author"
            default: continue
            }
            guard let value = try? reader.content().collapsingWhiteSpace, !value.isEmpty, metadata[key] == nil else { continue }
            metadata[key] = .string(String(value.prefix(500)))
        }
    }
}
