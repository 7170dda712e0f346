extension FunctionManifest {
    /// As it is stored beside the code.
    package var json: JSONObject {
        [
            "kind": .string(kind.rawValue), "front_matter": .object(frontMatter), "valves": valves.map(JSONValue.object) ?? .null,
            "user_valves": userValves.map(JSONValue.object) ?? .null, "manifold": .bool(isManifold), "inlet": .bool(hasInlet),
            "stream": .bool(hasStream), "outlet": .bool(hasOutlet), "toggle": .bool(isToggle), "icon": .optional(icon),
            "handles_files": .bool(handlesFiles), "citation": .bool(citation), "actions": .array(actions.map(JSONValue.object)),
            "tools": .array(toolSpecs.map(JSONValue.object)),
        ]
    }

    /// `nil` for what another version wrote in another form: the code is looked at again.
    package init?(json: JSONObject) {
        guard let kind = json["kind"]?.string.flatMap(Kind.init(rawValue:)) else { return nil }
        func flag(_ key: String) -> Bool { json[key]?.bool ?? false }
        func objects(_ key: String) -> [JSONObject] { (json[key]?.array ?? []).compactMap(\.object) }
        self.init(
            kind: kind, frontMatter: json["front_matter"]?.object ?? [:], valves: json["valves"]?.object, userValves: json["user_valves"]?.object,
            isManifold: flag("manifold"), hasInlet: flag("inlet"), hasStream: flag("stream"), hasOutlet: flag("outlet"), isToggle: flag("toggle"),
            icon: json["icon"]?.string, handlesFiles: flag("handles_files"), citation: json["citation"]?.bool ?? true,
            actions: objects("actions"), toolSpecs: objects("tools"))
    }

    /// `priority` of the valves, or its default in the code: filters run from the lowest to the highest.
    package func priority(_ stored: JSONObject) -> Double {
        stored["priority"]?.double ?? valves?["properties"]?["priority"]?["default"]?.double ?? 0
    }
}
