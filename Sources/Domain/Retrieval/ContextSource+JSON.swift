extension ContextSource {
    /// An element of `sources`.
    package var json: JSONValue {
        var object: JSONObject = [
            "source": .object(item), "document": .strings(documents), "metadata": .array(metadata.map(JSONValue.object)),
        ]
        if let distances { object["distances"] = .array(distances.map(JSONValue.double)) }
        return .object(object)
    }
}
