extension JSONObject {
    /// Without members whose name differs from `name` in upper and lower case only.
    ///
    /// Upstreams written in Go read those as `name`, too, and the last one wins: what was checked here would not be what is used there.
    package func withoutOtherSpellings(of name: String) -> JSONObject {
        guard contains(where: { Self.isOtherSpelling($0.key, of: name) }) else { return self }
        return filter { key, _ in !Self.isOtherSpelling(key, of: name) }
    }

    /// - Parameter name: in lower case.
    package static func isOtherSpelling(_ key: String, of name: String) -> Bool {
        key.utf8.count == name.utf8.count && key != name && key.lowercased() == name
    }
}
