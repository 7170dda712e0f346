/// One entry of the table of configuration keys: everything that is known about it, in one place.
///
/// `haneul serve --help-config` and `docs/configuration.md` are made from these.
package struct SettingDefinition: Sendable {
    package enum Kind: String, Sendable {
        case string, integer, number, boolean, list, json

        /// What a value must be, in an error message.
        package var phrase: String {
            switch self {
            case .string: "a text"
            case .integer: "a whole number"
            case .number: "a number"
            case .boolean: "true or false"
            case .list: "a list separated by ;"
            case .json: "JSON"
            }
        }
    }

    package enum Area: String, Sendable, CaseIterable {
        case server = "Server"
        case accounts = "Accounts"
        case connections = "Connections"
        case documents = "Documents"
        case functions = "Functions"
        case usage = "Usage and traces"
    }

    /// The environment variable, which is Open WebUI's name where it has one.
    package let name: String
    /// Older or singular names that mean the same (`OPENAI_API_BASE_URL`).
    package let aliases: [String]
    package let area: Area
    package let kind: Kind
    package let defaultValue: JSONValue
    /// Never printed, encrypted when stored.
    package let isSecret: Bool
    /// An admin may change it while the server runs; the stored value then wins over the environment.
    package let isRuntime: Bool
    package let summary: String
    /// Why a value is not acceptable; `nil` when it is.
    package let problem: @Sendable (JSONValue) -> String?
}

/// What a setting's value can be.
package protocol SettingValue: Sendable {
    static var settingKind: SettingDefinition.Kind { get }
    init?(settingJSON: JSONValue)
    var settingJSON: JSONValue { get }
}

/// A definition with the type of its value.
package struct Setting<Value: SettingValue>: Sendable {
    package let definition: SettingDefinition

    package init(
        _ name: String, aliases: [String] = [], area: SettingDefinition.Area, default defaultValue: Value, secret: Bool = false,
        runtime: Bool = false, _ summary: String, problem: @escaping @Sendable (Value) -> String? = { _ in nil }
    ) {
        definition = SettingDefinition(
            name: name, aliases: aliases, area: area, kind: Value.settingKind, defaultValue: defaultValue.settingJSON, isSecret: secret,
            isRuntime: runtime, summary: summary,
            problem: { json in
                guard let value = Value(settingJSON: json) else { return "must be \(Value.settingKind.phrase)" }
                return problem(value)
            })
    }
}

extension Bool: SettingValue {
    package static var settingKind: SettingDefinition.Kind { .boolean }
    package init?(settingJSON: JSONValue) {
        guard let value = settingJSON.bool else { return nil }
        self = value
    }
    package var settingJSON: JSONValue { .bool(self) }
}

extension Int: SettingValue {
    package static var settingKind: SettingDefinition.Kind { .integer }
    package init?(settingJSON: JSONValue) {
        guard let value = settingJSON.int else { return nil }
        self = value
    }
    package var settingJSON: JSONValue { .int(self) }
}

extension Double: SettingValue {
    package static var settingKind: SettingDefinition.Kind { .number }
    package init?(settingJSON: JSONValue) {
        guard let value = settingJSON.double else { return nil }
        self = value
    }
    package var settingJSON: JSONValue { .double(self) }
}

extension String: SettingValue {
    package static var settingKind: SettingDefinition.Kind { .string }
    package init?(settingJSON: JSONValue) {
        guard let value = settingJSON.string else { return nil }
        self = value
    }
    package var settingJSON: JSONValue { .string(self) }
}

extension [String]: SettingValue {
    package static var settingKind: SettingDefinition.Kind { .list }
    package init?(settingJSON: JSONValue) {
        guard let array = settingJSON.array else { return nil }
        let strings = array.compactMap(\.string)
        guard strings.count == array.count else { return nil }
        self = strings
    }
    package var settingJSON: JSONValue { .strings(self) }
}

extension JSONValue: SettingValue {
    package static var settingKind: SettingDefinition.Kind { .json }
    package init?(settingJSON: JSONValue) { self = settingJSON }
    package var settingJSON: JSONValue { self }
}

extension SettingDefinition {
    /// Reads the text form used by environment variables and `.env` files.
    ///
    /// Lists are separated by `;` (as Open WebUI's `..._URLS`); booleans are `true/false/1/0/yes/no/on/off`.
    /// - Returns: `nil` when the text does not fit the kind.
    package func parse(_ text: String) -> JSONValue? {
        switch kind {
        case .string: return .string(text)
        case .integer: return Int(text.trimmed).map(JSONValue.int)
        case .number: return Double(text.trimmed).map(JSONValue.double)
        case .boolean:
            switch text.trimmed.lowercased() {
            case "true", "1", "yes", "on": return true
            case "false", "0", "no", "off", "": return false
            default: return nil
            }
        case .list:
            return .strings(
                text.split(separator: ";", omittingEmptySubsequences: false).map { String($0).trimmed }.filter { !$0.isEmpty || text.contains(";") })
        case .json: return try? JSONValue(parsing: text)
        }
    }
}

extension String {
    /// Without white space and line breaks at both ends.
    package var trimmed: String {
        guard let start = firstIndex(where: { !$0.isWhitespace }) else { return "" }
        let end = lastIndex(where: { !$0.isWhitespace })!
        return String(self[start...end])
    }
}
