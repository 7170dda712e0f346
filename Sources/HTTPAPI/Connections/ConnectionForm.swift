import Domain

/// Reads what administrators send about connections.
enum ConnectionForm {
    /// A list of addresses; each must be `http(s)`, or empty while it is being typed.
    static func urls(_ fields: inout FieldReader, _ key: String) -> [String] {
        let urls = fields.strings(key)
        for url in urls where !url.trimmed.isEmpty && !isAddress(url) {
            fields.report("value_error", key, "Value error, an address must begin with http:// or https:// and name a host")
            break
        }
        return urls
    }

    static func url(_ fields: inout FieldReader, _ key: String) -> String {
        let url = fields.string(key)
        if fields.object[key]?.string != nil, !isAddress(url) {
            fields.report("value_error", key, "Value error, an address must begin with http:// or https:// and name a host")
        }
        return url
    }

    /// An object of objects.
    static func configs(_ fields: inout FieldReader, _ key: String) -> JSONObject {
        let configs = fields.object(key)
        for (_, config) in configs where config.object == nil {
            fields.report("dict_type", key, "Input should be a valid dictionary")
            break
        }
        return configs
    }

    private static func isAddress(_ text: String) -> Bool {
        let text = text.trimmed.lowercased()
        guard let scheme = ["http://", "https://"].first(where: text.hasPrefix) else { return false }
        let rest = text.dropFirst(scheme.count)
        guard let first = rest.first, first != "/", first != ":" else { return false }
        return !rest.contains { $0.isWhitespace || $0 == "\"" || $0 == "<" || $0 == ">" }
    }
}
