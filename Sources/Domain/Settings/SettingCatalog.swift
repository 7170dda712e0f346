/// Every configuration key there is. A key that is not listed here does not exist.
package enum SettingCatalog {
    package static let all: [SettingDefinition] =
        server + accounts + oauth + connections + streams + documents + functions + functionChats + usage + page

    package static let byName: [String: SettingDefinition] = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
}

/// Checks that several settings share.
enum SettingRule {
    static func range<Value: Comparable & Sendable>(_ range: ClosedRange<Value>) -> @Sendable (Value) -> String? {
        { range.contains($0) ? nil : "must be between \(range.lowerBound) and \(range.upperBound)" }
    }

    static func oneOf(_ words: String...) -> @Sendable (String) -> String? {
        { words.contains($0) ? nil : "must be one of: \(words.map { $0.isEmpty ? "(empty)" : $0 }.joined(separator: ", "))" }
    }

    /// `-1` or `0` for never, else numbers with units: `4w`, `12h`, `1d12h`, `30s`, `500ms`.
    @Sendable static func duration(_ text: String) -> String? {
        DurationText.seconds(text) == nil ? "must be -1 or numbers with units ms, s, m, h, d, w, as in 4w" : nil
    }
}

/// The duration notation of `JWT_EXPIRES_IN`.
package enum DurationText {
    /// - Returns: `.some(nil)` for "never" (`-1`, `0`), seconds otherwise; `nil` when the text is no duration.
    package static func seconds(_ text: String) -> Double?? {
        let text = text.trimmed
        if text == "-1" || text == "0" { return .some(nil) }
        let units: [(String, Double)] = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600), ("d", 86400), ("w", 604_800)]
        var total = 0.0
        var rest = Substring(text)
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            guard let number = Double(digits) else { return nil }
            rest = rest.dropFirst(digits.count)
            guard let (unit, factor) = units.first(where: { rest.hasPrefix($0.0) }) else { return nil }
            rest = rest.dropFirst(unit.count)
            total += number * factor
        }
        return .some(total)
    }
}
