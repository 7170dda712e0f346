/// A JSON document that keeps what a relay must not change: the order of keys and the text of numbers.
///
/// Foundation's coders lose key order, turn `1.0` into `1` and are 10 to 15 times slower, so no request or stored
/// blob passes through them.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(JSONNumber)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

/// A number as it was written. `text` is always valid JSON number syntax.
package struct JSONNumber: Sendable, Hashable {
    package let text: String

    /// - Parameter text: must already be valid JSON number syntax; the parser guarantees it.
    init(validated text: String) { self.text = text }

    package init(_ value: Int) { text = String(value) }

    /// Not finite values become `0`: JSON has no word for them.
    package init(_ value: Double) {
        if !value.isFinite {
            text = "0"
        } else if value == value.rounded(), abs(value) < 1e15 {
            text = "\(Int64(value)).0"
        } else {
            text = "\(value)"
        }
    }

    package var double: Double? { Double(text) }

    /// The value when it is whole (`5`, `5.0`, `5e0`) and fits.
    package var int: Int? {
        if let int = Int(text) { return int }
        guard let double, double == double.rounded(), abs(double) < 9e15 else { return nil }
        return Int(double)
    }

    /// Whether it was written without fraction and exponent.
    package var isInteger: Bool { Int(text) != nil }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int) { self = .number(JSONNumber(value)) }
    package init(floatLiteral value: Double) { self = .number(JSONNumber(value)) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(nilLiteral: ()) { self = .null }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}

extension JSONValue {
    package static func int(_ value: Int) -> JSONValue { .number(JSONNumber(value)) }
    package static func double(_ value: Double) -> JSONValue { .number(JSONNumber(value)) }
    package static func strings(_ values: some Sequence<String>) -> JSONValue { .array(values.map(JSONValue.string)) }
    /// `null` for `nil`.
    package static func optional(_ value: String?) -> JSONValue { value.map(JSONValue.string) ?? .null }
    package static func optional(_ value: Int?) -> JSONValue { value.map(JSONValue.int) ?? .null }

    package var isNull: Bool { self == .null }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var number: JSONNumber? { if case .number(let value) = self { value } else { nil } }
    package var int: Int? { number?.int }
    package var double: Double? { number?.double }
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    package var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The member of an object; `nil` when this is no object or has no such key. Setting `nil` removes the key;
    /// setting on anything but an object replaces it by one.
    package subscript(key: String) -> JSONValue? {
        get { if case .object(let object) = self { object[key] } else { nil } }
        set {
            guard case .object(var object) = self else {
                if let newValue { self = .object([key: newValue]) }
                return
            }
            self = .null  // keeps the storage uniquely referenced
            object[key] = newValue
            self = .object(object)
        }
    }

    /// The element of an array; `nil` when out of range or no array.
    package subscript(index: Int) -> JSONValue? {
        if case .array(let array) = self, array.indices.contains(index) { array[index] } else { nil }
    }
}
