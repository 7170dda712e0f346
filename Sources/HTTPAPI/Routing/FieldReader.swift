package import Domain
package import Hummingbird

/// Reads the fields of a request and collects everything that is wrong with them, so that a client hears all of it at once.
///
/// ```swift
/// var fields = FieldReader(body)
/// let name = fields.string("name")
/// let page = fields.optionalInt("page")
/// try fields.check()
/// ```
package struct FieldReader {
    package let object: JSONObject
    private let location: [String]
    package private(set) var issues: [ValidationIssue] = []

    package init(_ object: JSONObject, location: [String] = ["body"]) {
        self.object = object
        self.location = location
    }

    /// - Throws: 422 with every issue found so far.
    package func check() throws {
        if !issues.isEmpty { throw AppError.validation(issues) }
    }

    package mutating func report(_ type: String, _ key: String, _ message: String) {
        issues.append(ValidationIssue(type: type, location: location + [key], message: message, input: object[key] ?? .object(object)))
    }

    // MARK: Required fields; a placeholder value is returned beside the issue.

    package mutating func string(_ key: String) -> String { required(key, "string_type", "a valid string", \.string) ?? "" }
    package mutating func bool(_ key: String) -> Bool { required(key, "bool_type", "a valid boolean", \.bool) ?? false }
    package mutating func int(_ key: String) -> Int { required(key, "int_type", "a valid integer", \.int) ?? 0 }
    package mutating func array(_ key: String) -> [JSONValue] { required(key, "list_type", "a valid list", \.array) ?? [] }
    package mutating func object(_ key: String) -> JSONObject { required(key, "dict_type", "a valid dictionary", \.object) ?? [:] }

    package mutating func strings(_ key: String) -> [String] { strings(key, array(key)) }

    private mutating func strings(_ key: String, _ values: [JSONValue]) -> [String] {
        let strings = values.compactMap(\.string)
        if strings.count != values.count { report("string_type", key, "Input should be a valid string") }
        return strings
    }

    // MARK: Optional fields; `null` counts as absent.

    package mutating func optionalString(_ key: String) -> String? { optional(key, "string_type", "a valid string", \.string) }
    package mutating func optionalBool(_ key: String) -> Bool? { optional(key, "bool_type", "a valid boolean", \.bool) }
    package mutating func optionalInt(_ key: String) -> Int? { optional(key, "int_type", "a valid integer", \.int) }
    package mutating func optionalDouble(_ key: String) -> Double? { optional(key, "float_type", "a valid number", \.double) }
    package mutating func optionalArray(_ key: String) -> [JSONValue]? { optional(key, "list_type", "a valid list", \.array) }
    package mutating func optionalStrings(_ key: String) -> [String]? { optionalArray(key).map { strings(key, $0) } }
    package mutating func optionalObject(_ key: String) -> JSONObject? { optional(key, "dict_type", "a valid dictionary", \.object) }

    private mutating func required<Value>(_ key: String, _ type: String, _ what: String, _ read: (JSONValue) -> Value?) -> Value? {
        guard let value = object[key] else {
            report("missing", key, "Field required")
            return nil
        }
        guard let found = read(value) else {
            report(type, key, "Input should be \(what)")
            return nil
        }
        return found
    }

    private mutating func optional<Value>(_ key: String, _ type: String, _ what: String, _ read: (JSONValue) -> Value?) -> Value? {
        guard let value = object[key], !value.isNull else { return nil }
        return required(key, type, what, read)
    }
}

/// Query parameters, with the same kind of errors (`loc[0]` is `query`).
package struct QueryReader {
    private let request: Request
    private var issues: [ValidationIssue] = []

    package init(_ request: Request) { self.request = request }

    package func check() throws {
        if !issues.isEmpty { throw AppError.validation(issues) }
    }

    package func optionalString(_ key: String) -> String? {
        request.uri.query.flatMap { QueryString.value(of: key, in: $0) }
    }

    package mutating func string(_ key: String) -> String {
        guard let value = optionalString(key) else {
            issues.append(ValidationIssue(type: "missing", location: ["query", key], message: "Field required"))
            return ""
        }
        return value
    }

    package mutating func choice(_ key: String, of words: [String], default defaultValue: String) -> String {
        guard let text = optionalString(key) else { return defaultValue }
        if words.contains(text) { return text }
        let known = words.map { "'\($0)'" }.joined(separator: " or ")
        issues.append(
            ValidationIssue(type: "literal_error", location: ["query", key], message: "Input should be \(known)", input: .string(text)))
        return defaultValue
    }

    package mutating func bool(_ key: String, default defaultValue: Bool) -> Bool {
        guard let text = optionalString(key) else { return defaultValue }
        switch text.lowercased() {
        case "true", "1", "yes", "on", "t", "y": return true
        case "false", "0", "no", "off", "f", "n": return false
        default:
            issues.append(
                ValidationIssue(
                    type: "bool_parsing", location: ["query", key], message: "Input should be a valid boolean, unable to interpret input",
                    input: .string(text)))
            return defaultValue
        }
    }

    /// A whole number within a range; outside is an issue, not a clamp.
    package mutating func int(_ key: String, default defaultValue: Int, in range: ClosedRange<Int>) -> Int {
        guard let text = optionalString(key) else { return defaultValue }
        guard let value = Int(text) else {
            issues.append(
                ValidationIssue(
                    type: "int_parsing", location: ["query", key],
                    message: "Input should be a valid integer, unable to parse string as an integer", input: .string(text)))
            return defaultValue
        }
        if value < range.lowerBound {
            issues.append(
                ValidationIssue(
                    type: "greater_than_equal", location: ["query", key],
                    message: "Input should be greater than or equal to \(range.lowerBound)", input: .string(text)))
            return defaultValue
        }
        return min(value, range.upperBound)
    }
}
