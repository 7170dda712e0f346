import Domain

extension FunctionManifest {
    /// - Parameter greeting: `manifest` in it is what the worker found in the code.
    init?(greeting: JSONObject, frontMatter: JSONObject) {
        guard let found = greeting["manifest"]?.object, let kind = found["kind"]?.string.flatMap(Kind.init(rawValue:)) else { return nil }
        let isTrue = { (key: String) in found[key]?.bool ?? false }
        let objects = { (key: String) in (found[key]?.array ?? []).compactMap(\.object) }
        self.init(
            kind: kind, frontMatter: frontMatter, valves: found["valves"]?.object, userValves: found["userValves"]?.object,
            isManifold: kind == .pipe && isTrue("isManifold"), hasInlet: kind == .filter && isTrue("hasInlet"),
            hasStream: kind == .filter && isTrue("hasStream"), hasOutlet: kind == .filter && isTrue("hasOutlet"), isToggle: isTrue("isToggle"),
            icon: found["icon"]?.string, handlesFiles: isTrue("handlesFiles"), citation: found["citation"]?.bool ?? true, actions: objects("actions"),
            toolSpecs: objects("toolSpecs"))
    }
}
