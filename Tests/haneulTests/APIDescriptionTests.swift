import Domain
import HTTPAPI
import HTTPTypes
import Testing

/// What the API's documentation says of every route of the whole server. Whether the server does as it says: `make test-api`.
struct APIDescriptionTests {
    private static func key(_ entry: RouteEntry) -> String { "\(entry.method.rawValue) \(entry.path)" }

    private func withRoutes(_ body: @escaping @Sendable ([RouteEntry]) throws -> Void) async throws {
        try await ServerFixture.with(["ENV": "dev"]) { server in try body(server.routes) }
    }

    @Test func `every route is described, and nothing else is`() async throws {
        try await withRoutes { routes in
            let (described, existing) = (Set(RouteDescriptions.whole.keys), Set(routes.map(Self.key)))
            #expect(existing.subtracting(described).sorted() == [], "routes without a description")
            #expect(described.subtracting(existing).sorted() == [], "descriptions without a route")
        }
    }

    @Test func `every route says what it is for, what it takes, what it answers and how it refuses`() async throws {
        try await withRoutes { routes in
            for entry in routes {
                let name = Self.key(entry)
                let description = try #require(RouteDescriptions.whole[name], "\(name)")
                #expect(entry.documentation.summary.count > 5, "\(name)")
                #expect(!entry.documentation.tag.isEmpty, "\(name)")
                #expect(description.answers.contains { (200..<400).contains($0.status) }, "\(name) has no success")
                let errors = OpenAPIDocument.errors(entry, description)
                if entry.access != .open { #expect(errors.isSuperset(of: [401, 403, 429]), "\(name)") }
                if description.body != nil { #expect(errors.isSuperset(of: [400, 413, 422]), "\(name)") }
                if entry.path.contains("{") { #expect(!errors.isDisjoint(with: [400, 401, 404]), "\(name)") }
            }
        }
    }

    @Test func `every example is valid for its schema`() async throws {
        try await withRoutes { routes in
            let document = OpenAPIDocument.make(title: "T", version: "1", entries: routes)
            var checked = 0
            for (path, operations) in try #require(document["paths"]?.object) {
                for (method, operation) in try #require(operations.object) {
                    for (media, place) in Self.media(of: operation) {
                        guard let schema = media["schema"], let example = media["example"] else { continue }
                        let problems = SchemaCheck(document: document).problems(example, schema)
                        #expect(problems == [], "\(method) \(path) \(place)")
                        checked += 1
                    }
                }
            }
            #expect(checked > 400)
        }
    }

    /// Every media type object and parameter of an operation.
    private static func media(of operation: JSONValue) -> [(JSONValue, String)] {
        var media: [(JSONValue, String)] = (operation["parameters"]?.array ?? []).map { ($0, "parameter \($0["name"]?.string ?? "")") }
        for content in (operation["requestBody"]?["content"]?.object ?? [:]) { media.append((content.value, "body")) }
        for response in operation["responses"]?.object ?? [:] {
            for content in response.value["content"]?.object ?? [:] { media.append((content.value, "answer \(response.key)")) }
        }
        return media
    }

    @Test func `references lead somewhere, identifiers are unique and path parameters are declared`() async throws {
        try await withRoutes { routes in
            let document = OpenAPIDocument.make(title: "T", version: "1", entries: routes)
            var identifiers: Set<String> = []
            for (path, operations) in try #require(document["paths"]?.object) {
                let names = Set(path.split(separator: "/").filter { $0.hasPrefix("{") }.map { String($0.dropFirst().dropLast()) })
                for (method, operation) in try #require(operations.object) {
                    let identifier = try #require(operation["operationId"]?.string)
                    #expect(identifiers.insert(identifier).inserted, "\(identifier) is used twice")
                    let declared = (operation["parameters"]?.array ?? []).filter { $0["in"] == "path" }.compactMap { $0["name"]?.string }
                    #expect(Set(declared) == names, "\(method) \(path)")
                }
            }
            var references: Set<String> = []
            Self.collect(document, &references)
            #expect(references.count > 40)
            for reference in references { #expect(SchemaCheck(document: document).target(reference) != nil, "\(reference)") }
        }
    }

    private static func collect(_ value: JSONValue, _ references: inout Set<String>) {
        if let reference = value["$ref"]?.string { references.insert(reference) }
        for member in value.object ?? [:] { collect(member.value, &references) }
        for element in value.array ?? [] { collect(element, &references) }
    }

    @Test func `a value of another shape is found out`() {
        let check = SchemaCheck(document: ["components": ["schemas": ["Name": ["type": "string"]]]])
        let schema: JSONValue = [
            "type": "object", "required": ["name"],
            "properties": ["name": ["$ref": "#/components/schemas/Name"], "tags": ["type": "array", "items": ["enum": ["a", "b"]]]],
        ]
        #expect(check.problems(["name": "x", "tags": ["a"]], schema) == [])
        #expect(check.problems(["tags": []], schema) != [])
        #expect(check.problems(["name": 1], schema) != [])
        #expect(check.problems(["name": "x", "tags": ["c"]], schema) != [])
        #expect(check.problems("x", schema) != [])
        #expect(check.problems(.null, ["anyOf": [["type": "string"], ["type": "null"]]]) == [])
        #expect(check.problems(1, ["anyOf": [["type": "string"], ["type": "null"]]]) != [])
        #expect(check.problems(false, ["const": true]) != [])
    }
}

/// The part of JSON Schema 2020-12 that the document uses.
private struct SchemaCheck {
    let document: JSONValue

    func target(_ reference: String) -> JSONValue? {
        reference.split(separator: "/").dropFirst().reduce(Optional(document)) { $0?[String($1)] }
    }

    /// - Returns: what is wrong, with where.
    func problems(_ value: JSONValue, _ schema: JSONValue, at place: String = "$") -> [String] {
        if let reference = schema["$ref"]?.string {
            guard let target = target(reference) else { return ["\(place): \(reference) leads nowhere"] }
            return problems(value, target, at: place)
        }
        if let choices = schema["anyOf"]?.array {
            return choices.contains { problems(value, $0, at: place).isEmpty } ? [] : ["\(place): none of \(choices.count) fits"]
        }
        if let constant = schema["const"], constant != value { return ["\(place): not the constant"] }
        if let words = schema["enum"]?.array, !words.contains(value) { return ["\(place): not one of the words"] }
        if let type = schema["type"] {
            let types = type.array?.compactMap(\.string) ?? [type.string ?? ""]
            guard types.contains(where: { Self.is(value, $0) }) else { return ["\(place): not \(types)"] }
        }
        if let object = value.object { return members(object, schema, at: place) }
        if let items = schema["items"], let array = value.array {
            return array.enumerated().flatMap { problems($1, items, at: "\(place)[\($0)]") }
        }
        return []
    }

    private func members(_ object: JSONObject, _ schema: JSONValue, at place: String) -> [String] {
        var found: [String] = []
        for name in schema["required"]?.array?.compactMap(\.string) ?? [] where object[name] == nil { found.append("\(place): \(name) is missing") }
        for (name, value) in object {
            if let property = schema["properties"]?[name] ?? schema["additionalProperties"] {
                found += problems(value, property, at: "\(place).\(name)")
            }
        }
        return found
    }

    private static func `is`(_ value: JSONValue, _ type: String) -> Bool {
        switch (type, value) {
        case ("null", .null), ("boolean", .bool), ("string", .string), ("number", .number), ("array", .array), ("object", .object): true
        case ("integer", .number): value.int != nil
        default: false
        }
    }
}
