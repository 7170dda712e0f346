package import Domain

/// The shape of a JSON value, as the API's documentation gives it: a schema and an example from one description.
///
/// ```swift
/// static let tag = Shape.named("Tag", ["id": .id, "name": .text("work"), "meta": .map.nullable])
/// ```
/// Members of an object are required unless they are `optional`; members that are not listed are allowed.
package struct Shape: Sendable {
    indirect enum Kind: Sendable {
        case any
        case boolean
        /// Within 64 bits.
        case integer
        case number
        case string
        case binary
        case choice([String])
        case constant(JSONValue)
        case list(Shape)
        case map(Shape)
        case object([(name: String, shape: Shape)])
        case either([Shape])
    }

    var kind: Kind
    /// Under which it stands in the document's components.
    var name: String?
    var isNullable = false
    var isOptional = false
    var note: String?
    private var ownExample: JSONValue?

    init(_ kind: Kind, example: JSONValue? = nil) {
        self.kind = kind
        ownExample = example
    }

    // MARK: Plain values

    static let any = Shape(.any, example: [:])
    static let bool = Shape(.boolean)
    static let integer = Shape(.integer)
    static let number = Shape(.number)
    static let string = Shape(.string)
    /// Bytes: of a form's part, or a whole answer.
    static let binary = Shape(.binary)
    /// An object with members of any kind.
    static let map = Shape(.map(.any), example: [:])
    static let id = Shape(.string, example: "3f0c2a7e-5b1d-4c7e-9a55-0d8a2f6b1c10")
    /// Seconds since 1970.
    static let time = Shape(.integer, example: 1_795_000_000).said("Seconds since 1970.")
    static let yes = Shape(.constant(true))
    static let null = Shape(.constant(.null))

    static func text(_ example: String) -> Shape { Shape(.string, example: .string(example)) }
    static func count(_ example: Int) -> Shape { Shape(.integer, example: .int(example)) }
    static func choice(_ words: String...) -> Shape { Shape(.choice(words)) }
    static func choice(of words: [String]) -> Shape { Shape(.choice(words)) }

    // MARK: Composed values

    static func list(_ element: Shape) -> Shape { Shape(.list(element)) }
    static func map(of element: Shape) -> Shape { Shape(.map(element), example: [:]) }
    /// For an object whose shape is varied where it stands.
    static func record(_ shape: Shape) -> Shape { shape }
    static func either(_ shapes: Shape...) -> Shape { Shape(.either(shapes)) }

    static func named(_ name: String, _ shape: Shape) -> Shape {
        var shape = shape
        shape.name = name
        return shape
    }

    /// The same object with more members, or others of the same name; without a name.
    func adding(_ more: Shape) -> Shape {
        guard case .object(let own) = kind, case .object(let added) = more.kind else { return self }
        return Shape(.object(own.filter { member in !added.contains { $0.name == member.name } } + added))
    }

    // MARK: Variations

    var nullable: Shape { changed { $0.isNullable = true } }
    var optional: Shape { changed { $0.isOptional = true } }
    /// A member of a request that may be absent or `null`.
    var maybe: Shape { nullable.optional }

    func said(_ note: String) -> Shape { changed { $0.note = note } }
    func showing(_ example: JSONValue) -> Shape { changed { $0.ownExample = example } }

    private func changed(_ change: (inout Shape) -> Void) -> Shape {
        var copy = self
        change(&copy)
        return copy
    }
}

extension Shape: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, Shape)...) {
        self.init(.object(members.map { (name: $0.0, shape: $0.1) }))
    }
}

extension Shape {
    /// A value of this shape. Optional members are there, except where they may as well be `null`.
    package var example: JSONValue {
        if let ownExample { return ownExample }
        switch kind {
        case .any: return [:]
        case .boolean: return true
        case .integer: return 1
        case .number: return 0.5
        case .string, .binary: return "text"
        case .choice(let words): return .string(words.first ?? "")
        case .constant(let value): return value
        case .list(let element): return [element.example]
        case .map(let element): return ["name": element.example]
        case .object(let members):
            return .object(
                JSONObject(members.filter { !($0.shape.isOptional && $0.shape.isNullable) }.map { ($0.name, $0.shape.example) }))
        case .either(let shapes): return shapes.first?.example ?? .null
        }
    }

    /// As JSON Schema 2020-12. Named shapes go to `components` and are referred to.
    package func schema(_ components: inout JSONObject) -> JSONValue {
        guard let name else { return inline(&components) }
        if components[name] == nil {
            components[name] = [:]
            var whole = self
            (whole.name, whole.isNullable, whole.note) = (nil, false, nil)
            components[name] = whole.inline(&components)
        }
        let reference: JSONValue = ["$ref": .string("#/components/schemas/" + name)]
        return isNullable ? ["anyOf": [reference, ["type": "null"]]] : reference
    }

    private func inline(_ components: inout JSONObject) -> JSONValue {
        var schema = JSONObject()
        func type(_ name: String) { schema["type"] = isNullable ? [.string(name), "null"] : .string(name) }
        switch kind {
        case .any: break
        case .boolean: type("boolean")
        case .integer:
            type("integer")
            schema["format"] = "int64"
        case .number: type("number")
        case .string: type("string")
        case .binary:
            type("string")
            schema["format"] = "binary"
        case .choice(let words):
            type("string")
            schema["enum"] = .array(words.map(JSONValue.string) + (isNullable ? [.null] : []))
        case .constant(let value): schema["const"] = value
        case .list(let element):
            type("array")
            schema["items"] = element.schema(&components)
        case .map(let element):
            type("object")
            schema["additionalProperties"] = element.schema(&components)
        case .object(let members):
            type("object")
            let required = members.filter { !$0.shape.isOptional }.map(\.name)
            if !required.isEmpty { schema["required"] = .strings(required) }
            schema["properties"] = .object(JSONObject(members.map { ($0.name, $0.shape.schema(&components)) }))
        case .either(let shapes):
            schema["anyOf"] = .array(shapes.map { $0.schema(&components) } + (isNullable ? [["type": "null"]] : []))
        }
        if let note { schema["description"] = .string(note) }
        if let ownExample, !ownExample.isEmptyObject { schema["examples"] = [ownExample] }
        return .object(schema)
    }
}

extension JSONValue {
    fileprivate var isEmptyObject: Bool { object?.isEmpty ?? false }
}
