/// Checks valves against the JSON schema of their class, as pydantic would: texts that are numbers become numbers, fields that the class
/// does not have are left out.
package struct ValveSchema: Sendable {
    private static let deepest = 32
    private let root: JSONObject

    package init(_ schema: JSONObject) { root = schema }

    /// Only what was given; defaults stay the code's.
    /// - Throws: `AppError(.badRequest)` naming every field that does not fit.
    package func validated(_ values: JSONObject) throws -> JSONObject {
        var problems: [String] = []
        let result = object(values.filter { _, value in !value.isNull }, root, path: "", depth: 0, &problems)
        if !problems.isEmpty { throw AppError(.badRequest, problems.prefix(20).joined(separator: "; ")) }
        return result
    }

    private func object(_ values: JSONObject, _ schema: JSONObject, path: String, depth: Int, _ problems: inout [String]) -> JSONObject {
        let properties = schema["properties"]?.object ?? [:]
        let others = schema["additionalProperties"]
        var result: JSONObject = [:]
        for (key, value) in values {
            let place = path.isEmpty ? key : path + "." + key
            if let member = properties[key]?.object {
                result[key] = checked(value, member, path: place, depth: depth + 1, &problems)
            } else if let member = others?.object {
                result[key] = checked(value, member, path: place, depth: depth + 1, &problems)
            } else if others?.bool == true || (others == nil && properties.isEmpty && depth > 0) {
                result[key] = value
            }
        }
        for name in (schema["required"]?.array ?? []).compactMap(\.string) where values[name] == nil {
            problems.append("\(path.isEmpty ? name : path + "." + name): Field required")
        }
        return result
    }

    private func checked(_ value: JSONValue, _ schema: JSONObject, path: String, depth: Int, _ problems: inout [String]) -> JSONValue {
        guard depth <= Self.deepest else {
            problems.append("\(path): nested too deeply")
            return value
        }
        let schema = resolved(schema)
        for key in ["anyOf", "oneOf"] {
            guard let choices = schema[key]?.array?.compactMap(\.object), !choices.isEmpty else { continue }
            return firstFit(value, choices, path: path, depth: depth, &problems)
        }
        if let parts = schema["allOf"]?.array?.compactMap(\.object), !parts.isEmpty {
            return parts.reduce(value) { checked($0, $1, path: path, depth: depth + 1, &problems) }
        }
        if let allowed = schema["enum"]?.array ?? schema["const"].map({ [$0] }) {
            if !allowed.contains(where: { Self.isSame($0, value) }) {
                problems.append("\(path): Input should be \(allowed.map(\.jsonText).joined(separator: ", "))")
            }
            return value
        }
        guard let type = schema["type"]?.string else { return value }
        guard let fitting = converted(value, to: type) else {
            problems.append("\(path): Input should be \(Self.phrase(type))")
            return value
        }
        switch fitting {
        case .object(let members): return .object(object(members, schema, path: path, depth: depth, &problems))
        case .array(let items):
            limit(items.count, schema, "minItems", "maxItems", "items", path, &problems)
            guard let member = schema["items"]?.object else { return fitting }
            return .array(
                items.enumerated().map { index, item in checked(item, member, path: "\(path).\(index)", depth: depth + 1, &problems) })
        case .string(let text):
            limit(text.count, schema, "minLength", "maxLength", "characters", path, &problems)
            if let pattern = schema["pattern"]?.string, let regex = try? Regex(pattern), (try? regex.firstMatch(in: text)) ?? nil == nil {
                problems.append("\(path): String should match pattern '\(pattern)'")
            }
            return fitting
        case .number(let number):
            bounds(number.double ?? 0, schema, path, &problems)
            return fitting
        default: return fitting
        }
    }

    /// The first alternative that takes the value as it is, else the first that takes it converted.
    private func firstFit(_ value: JSONValue, _ choices: [JSONObject], path: String, depth: Int, _ problems: inout [String]) -> JSONValue {
        var converted: JSONValue?
        var complaint: [String] = []
        for choice in choices {
            var own: [String] = []
            let result = checked(value, choice, path: path, depth: depth + 1, &own)
            if own.isEmpty, result == value { return value }
            if own.isEmpty, converted == nil { converted = result }
            if complaint.isEmpty { complaint = own }
        }
        if converted == nil { problems += complaint.isEmpty ? ["\(path): Input is not valid"] : complaint }
        return converted ?? value
    }

    private func resolved(_ schema: JSONObject) -> JSONObject {
        var schema = schema
        for _ in 0..<Self.deepest {
            guard let reference = schema["$ref"]?.string, reference.hasPrefix("#/") else { break }
            var place: JSONValue? = .object(root)
            for part in reference.dropFirst(2).split(separator: "/") { place = place?[String(part)] }
            guard let found = place?.object else { break }
            schema = found
        }
        return schema
    }

    private func converted(_ value: JSONValue, to type: String) -> JSONValue? {
        switch type {
        case "string": return value.string.map { _ in value }
        case "boolean":
            if value.bool != nil { return value }
            switch value.string?.lowercased() ?? value.number?.text {
            case "true", "1", "yes", "on", "t", "y": return true
            case "false", "0", "no", "off", "f", "n": return false
            default: return nil
            }
        case "integer":
            if let int = value.int ?? value.string.flatMap({ Int($0.trimmed) }) { return .int(int) }
            return nil
        case "number":
            if value.number != nil { return value }
            return value.string.flatMap { Double($0.trimmed) }.map(JSONValue.double)
        case "array": return value.array.map { _ in value }
        case "object": return value.object.map { _ in value }
        case "null": return value.isNull ? .some(value) : .none
        default: return value
        }
    }

    private func limit(
        _ count: Int, _ schema: JSONObject, _ least: String, _ most: String, _ what: String, _ path: String, _ problems: inout [String]
    ) {
        if let minimum = schema[least]?.int, count < minimum { problems.append("\(path): should have at least \(minimum) \(what)") }
        if let maximum = schema[most]?.int, count > maximum { problems.append("\(path): should have at most \(maximum) \(what)") }
    }

    private func bounds(_ number: Double, _ schema: JSONObject, _ path: String, _ problems: inout [String]) {
        func complain(_ words: String, _ bound: JSONValue) { problems.append("\(path): Input should be \(words) \(bound.jsonText)") }
        if let bound = schema["minimum"], let value = bound.double, number < value { complain("greater than or equal to", bound) }
        if let bound = schema["maximum"], let value = bound.double, number > value { complain("less than or equal to", bound) }
        if let bound = schema["exclusiveMinimum"], let value = bound.double, number <= value { complain("greater than", bound) }
        if let bound = schema["exclusiveMaximum"], let value = bound.double, number >= value { complain("less than", bound) }
    }

    private static func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
        if let left = left.double, let right = right.double { return left == right }
        return left == right
    }

    private static func phrase(_ type: String) -> String {
        switch type {
        case "string": "a valid string"
        case "boolean": "a valid boolean"
        case "integer": "a valid integer"
        case "number": "a valid number"
        case "array": "a valid list"
        case "object": "a valid dictionary"
        default: "of type \(type)"
        }
    }
}
