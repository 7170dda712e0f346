import Domain
import Testing

struct ValveSchemaTests {
    private static let schema: JSONObject = [
        "type": "object", "required": ["key"],
        "properties": [
            "key": ["type": "string", "minLength": 2, "maxLength": 8, "pattern": "^[a-z]+$"],
            "priority": ["type": "integer", "default": 0, "minimum": 0, "maximum": 10], "rate": ["type": "number", "exclusiveMinimum": 0],
            "on": ["type": "boolean"], "mode": ["type": "string", "enum": ["a", "b"]], "kind": ["$ref": "#/$defs/Kind"],
            "list": ["type": "array", "items": ["type": "integer"], "maxItems": 2],
            "maybe": ["anyOf": [["type": "integer"], ["type": "null"]]], "either": ["anyOf": [["type": "integer"], ["type": "string"]]],
            "nested": ["type": "object", "properties": ["x": ["type": "integer"]], "required": ["x"]],
            "free": ["type": "object", "additionalProperties": ["type": "integer"]],
        ],
        "$defs": ["Kind": ["enum": ["k1", 2]]],
    ]

    @Test(
        arguments: [
            (["key": "abc"], ["key": "abc"]), (["key": "abc", "priority": "7"], ["key": "abc", "priority": 7]),
            (["key": "abc", "rate": "1.5", "on": "yes"], ["key": "abc", "rate": 1.5, "on": true]),
            (["key": "abc", "on": 0, "mode": nil], ["key": "abc", "on": false]), (["key": "abc", "kind": 2], ["key": "abc", "kind": 2]),
            (["key": "abc", "list": ["1", 2]], ["key": "abc", "list": [1, 2]]), (["key": "abc", "unknown": 1], ["key": "abc"]),
            (["key": "abc", "either": "5"], ["key": "abc", "either": "5"]), (["key": "abc", "maybe": 5], ["key": "abc", "maybe": 5]),
            (["key": "abc", "nested": ["x": 1, "y": 2]], ["key": "abc", "nested": ["x": 1]]),
            (["key": "abc", "free": ["any": 1]], ["key": "abc", "free": ["any": 1]]),
        ] as [(JSONObject, JSONObject)])
    func `values that fit are taken as pydantic would`(given: JSONObject, stored: JSONObject) throws {
        #expect(try ValveSchema(Self.schema).validated(given) == stored)
    }

    @Test(
        arguments: [
            ([:], "key: Field required"), (["key": nil], "key: Field required"), (["key": 1], "key: Input should be a valid string"),
            (["key": "a"], "key: should have at least 2 characters"), (["key": "ABC"], "key: String should match pattern '^[a-z]+$'"),
            (["key": "abc", "priority": 1.5], "priority: Input should be a valid integer"),
            (["key": "abc", "priority": 11], "priority: Input should be less than or equal to 10"),
            (["key": "abc", "rate": 0], "rate: Input should be greater than 0"), (["key": "abc", "mode": "c"], "mode: Input should be \"a\", \"b\""),
            (["key": "abc", "list": [1, "x"]], "list.1: Input should be a valid integer"),
            (["key": "abc", "list": [1, 2, 3]], "list: should have at most 2 items"),
            (["key": "abc", "maybe": "x"], "maybe: Input should be a valid integer"),
            (["key": "abc", "nested": [:]], "nested.x: Field required"),
            (["key": "abc", "free": ["a": "b"]], "free.a: Input should be a valid integer"),
        ] as [(JSONObject, String)])
    func `values that do not fit are named`(given: JSONObject, message: String) throws {
        let error = #expect(throws: AppError.self) { try ValveSchema(Self.schema).validated(given) }
        #expect(error?.code == .badRequest)
        #expect(error?.message == message)
    }

    @Test func `a schema that refers to itself ends`() throws {
        let schema: JSONObject = ["properties": ["a": ["$ref": "#/properties/a"], "b": ["allOf": [["$ref": "#/properties/b"]]]]]
        #expect(try ValveSchema(schema).validated(["a": 1]) == ["a": 1])
        #expect(throws: AppError.self) { try ValveSchema(schema).validated(["b": 1]) }
    }
}
