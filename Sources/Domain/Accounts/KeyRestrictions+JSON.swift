/// The form in which limits are stored and shown: only what is limited has a member.
extension KeyRestrictions {
    package var json: JSONObject {
        var object: JSONObject = [:]
        if !scopes.isEmpty { object["scopes"] = .strings(scopes.map(\.rawValue).sorted()) }
        if !modelIDs.isEmpty { object["models"] = .strings(modelIDs.sorted()) }
        if !knowledgeIDs.isEmpty { object["knowledge"] = .strings(knowledgeIDs.sorted()) }
        if let pathPrefixes { object["paths"] = .strings(pathPrefixes) }
        if !addressRanges.isEmpty { object["addresses"] = .strings(addressRanges.map(\.text)) }
        for (name, path) in Self.numbers { object[name] = self[keyPath: path].map(JSONValue.int) }
        for (name, path) in Self.amounts { object[name] = self[keyPath: path].map(Money.json) }
        return object
    }

    /// Reads what `json` wrote. A limit that this version does not understand closes the key: it never opens it wider.
    package init(json: JSONObject) {
        func strings(_ key: String) -> [String] { (json[key]?.array ?? []).compactMap(\.string) }
        let scopes = strings("scopes").compactMap(Scope.init(rawValue:))
        let ranges = strings("addresses").compactMap(AddressRange.init)
        self.init(
            scopes: Set(scopes), modelIDs: Set(strings("models")), knowledgeIDs: Set(strings("knowledge")),
            pathPrefixes: json["paths"].map { _ in strings("paths") }, addressRanges: ranges)
        for (name, path) in Self.numbers { self[keyPath: path] = json[name]?.int }
        for (name, path) in Self.amounts { self[keyPath: path] = json[name]?.double.map(Money.amount) }
        if scopes.count != strings("scopes").count || ranges.count != strings("addresses").count { pathPrefixes = [] }
    }

    /// Numeric limits by their name on the wire.
    package static var numbers: [(String, WritableKeyPath<KeyRestrictions, Int?>)] {
        [
            ("requests_per_minute", \.requestsPerMinute), ("tokens_per_minute", \.tokensPerMinute), ("tokens_per_day", \.tokensPerDay),
            ("tokens_per_month", \.tokensPerMonth),
        ]
    }

    /// Limits of money by their name on the wire, where they are numbers in units of the currency.
    package static var amounts: [(String, WritableKeyPath<KeyRestrictions, Int?>)] {
        [("cost_per_day", \.costPerDay), ("cost_per_month", \.costPerMonth)]
    }
}
