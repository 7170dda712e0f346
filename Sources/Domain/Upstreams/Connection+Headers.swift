extension Connection {
    /// The headers of a JSON request to this upstream: its own key, never the caller's token, then what an admin configured.
    package var jsonRequestHeaders: [(name: String, value: String)] {
        var result: [(name: String, value: String)] = [("content-type", "application/json"), ("accept", "*/*")]
        if !key.isEmpty, config["auth_type"]?.string != "none", !headers.keys.contains(where: { $0.lowercased() == "authorization" }) {
            result.append(("authorization", "Bearer " + key))
        }
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            let name = name.lowercased()
            result.removeAll { $0.name == name }
            result.append((name, value))
        }
        return result
    }

    /// How accounting calls it.
    package var accountingName: String { (kind == .openAI ? "openai:" : "ollama:") + String(index) }
}
