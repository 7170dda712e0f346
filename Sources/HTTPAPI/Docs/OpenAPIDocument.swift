package import Domain
import HTTPTypes

/// The OpenAPI 3.1 description, made from the route table: what exists is described, and nothing else.
package enum OpenAPIDocument {
    package static func make(title: String, version: String, entries: [RouteEntry]) -> JSONValue {
        var paths = JSONObject()
        for entry in entries {
            let path = entry.path.replacing("{path+}", with: "{path}")
            var operations = paths[path]?.object ?? [:]
            operations[entry.method.rawValue.lowercased()] = operation(entry)
            paths[path] = .object(operations)
        }
        return [
            "openapi": "3.1.0",
            "info": ["title": .string(title), "version": .string(version), "description": "One API for every language model and every document."],
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer", "description": "An API key (sk-...) or a session token."],
                    "apiKey": ["type": "apiKey", "in": "header", "name": "x-api-key"],
                ],
                "schemas": .object(schemas),
            ],
        ]
    }

    private static func operation(_ entry: RouteEntry) -> JSONValue {
        let documentation = entry.documentation
        var operation: JSONObject = [
            "tags": [.string(documentation.tag)],
            "summary": .string(documentation.summary),
            "operationId": .string(operationID(entry)),
        ]
        let parameters = pathParameters(entry.path) + documentation.query
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = documentation.requestBody {
            let type = body["format"] == "multipart" ? "multipart/form-data" : "application/json"
            let schema = body["format"] == "multipart" ? body["schema"] ?? [:] : body
            operation["requestBody"] = ["required": true, "content": .object([type: ["schema": schema]])]
        }
        operation["responses"] = responses(entry)
        operation["security"] = entry.access == .open ? [] : [["bearer": []], ["apiKey": []]]
        return .object(operation)
    }

    private static func responses(_ entry: RouteEntry) -> JSONValue {
        let documentation = entry.documentation
        var responses: JSONObject = [
            "200": [
                "description": "Success",
                "content": .object([documentation.responseType: ["schema": documentation.response ?? [:]]]),
            ]
        ]
        func add(_ status: String, _ description: String) {
            responses[status] = [
                "description": .string(description),
                "content": ["application/json": ["schema": ["$ref": "#/components/schemas/Error"]]],
            ]
        }
        if documentation.requestBody != nil || entry.path.contains("{") || !documentation.query.isEmpty {
            add("400", "The request cannot be carried out.")
        }
        if entry.access != .open {
            add("401", "Not signed in, or the role is too low.")
            add("403", "Not allowed, or the API key is limited.")
        }
        if entry.path.contains("{") { add("404", "There is no such thing, or it is somebody else's.") }
        if documentation.requestBody != nil { add("413", "The body is too large.") }
        if documentation.requestBody != nil || !documentation.query.isEmpty { add("422", "Fields are missing or of the wrong type.") }
        add("default", "Any other error.")
        return .object(responses)
    }

    private static func operationID(_ entry: RouteEntry) -> String {
        let words = entry.path.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        return ([entry.method.rawValue.lowercased()] + words).joined(separator: "_") + (entry.path.hasSuffix("/") ? "_" : "")
    }

    private static func pathParameters(_ path: String) -> [JSONValue] {
        path.split(separator: "/").compactMap { component in
            guard component.hasPrefix("{") else { return nil }
            let name = component.dropFirst().dropLast().replacing("+", with: "")
            return ["name": .string(String(name)), "in": "path", "required": true, "schema": ["type": "string"]]
        }
    }

    private static let schemas: JSONObject = [
        "Error": [
            "type": "object",
            "properties": [
                "detail": [
                    "anyOf": [
                        ["type": "string"],
                        [
                            "type": "array",
                            "items": [
                                "type": "object",
                                "properties": ["type": ["type": "string"], "loc": ["type": "array"], "msg": ["type": "string"]],
                            ],
                        ],
                    ]
                ]
            ],
        ]
    ]
}
