import Domain

/// Short forms of OpenAPI schemas for the account routes.
enum AccountSchema {
    /// An object of plain members: name to JSON type.
    static func object(_ required: KeyValuePairs<String, String>, optional: KeyValuePairs<String, String> = [:]) -> JSONValue {
        let properties = (required.map { ($0.key, $0.value) } + optional.map { ($0.key, $0.value) }).map { name, type in
            (name, JSONValue.object(["type": .string(type)]))
        }
        return ["type": "object", "required": .strings(required.map(\.key)), "properties": .object(JSONObject(properties))]
    }

    static func query(_ name: String, _ type: String) -> JSONValue {
        ["name": .string(name), "in": "query", "required": false, "schema": ["type": .string(type)]]
    }
}
