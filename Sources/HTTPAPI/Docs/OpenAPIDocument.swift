package import Domain
import HTTPTypes

/// The OpenAPI 3.1 description, made from the route table and the descriptions beside the routes: what exists is described, and
/// nothing else.
package enum OpenAPIDocument {
    package static func make(
        title: String, version: String, entries: [RouteEntry], descriptions: [String: RouteDescription] = RouteDescriptions.whole
    ) -> JSONValue {
        var (paths, components) = (JSONObject(), JSONObject())
        var errors: Set<Int> = []
        for entry in entries {
            let path = entry.path.replacing("{path+}", with: "{path}")
            var operations = paths[path]?.object ?? [:]
            let description = descriptions["\(entry.method.rawValue) \(entry.path)"] ?? RouteDescription(entry.documentation)
            operations[entry.method.rawValue.lowercased()] = operation(entry, description, &components, &errors)
            paths[path] = .object(operations)
        }
        for shape in [ErrorShapes.plain, ErrorShapes.validation] { _ = shape.schema(&components) }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": .string(title), "version": .string(version),
                "description": """
                One API for every language model and every document. Paths are exact: a slash at the end counts. Another method \
                than those listed is answered with 405, every error with `{"detail": ...}`.
                """,
            ],
            "servers": [["url": "/"]],
            "tags": .array(tags(entries)),
            "paths": .object(paths),
            "components": [
                "securitySchemes": [
                    "bearer": ["type": "http", "scheme": "bearer", "description": "An API key (sk-...) or a session token."],
                    "apiKey": ["type": "apiKey", "in": "header", "name": "x-api-key"],
                ],
                "schemas": .object(JSONObject(components.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })),
                "responses": .object(JSONObject(errors.sorted().map { (ErrorShapes.name($0), ErrorShapes.response($0)) })),
            ],
        ]
    }

    private static func tags(_ entries: [RouteEntry]) -> [JSONValue] {
        var seen: Set<String> = []
        return entries.compactMap { entry in
            let tag = entry.documentation.tag
            return seen.insert(tag).inserted ? ["name": .string(tag)] : nil
        }
    }

    private static func operation(
        _ entry: RouteEntry, _ description: RouteDescription, _ components: inout JSONObject, _ errors: inout Set<Int>
    ) -> JSONValue {
        var operation: JSONObject = [
            "tags": [.string(entry.documentation.tag)],
            "summary": .string(entry.documentation.summary),
            "operationId": .string(operationID(entry)),
        ]
        let parameters = pathParameters(entry.path) + description.parameters.map { parameter($0, &components) }
        if !parameters.isEmpty { operation["parameters"] = .array(parameters) }
        if let body = description.body {
            var media: JSONObject = ["schema": body.shape.schema(&components)]
            if body.contentType == "application/json" { media["example"] = body.shape.example }
            operation["requestBody"] = [
                "required": .bool(body.isRequired), "content": .object([body.contentType: .object(media)]),
            ]
        }
        var responses = JSONObject()
        for answer in description.answers { add(answer, to: &responses, &components) }
        let statuses = self.errors(entry, description)
        if !description.relays { errors.formUnion(statuses) }
        for status in statuses.sorted() {
            // An upstream may refuse with any of them, in words of its own.
            responses[String(status)] =
                description.relays
                ? ["description": .string(ErrorShapes.meaning(status))]
                : ["$ref": .string("#/components/responses/" + ErrorShapes.name(status))]
        }
        if description.relays {
            responses["4XX"] = ["description": "The upstream refused; its own status and body."]
            responses["5XX"] = ["description": "The upstream failed; its own status and body."]
        }
        operation["responses"] = .object(responses)
        operation["security"] = entry.access == .open ? [] : [["bearer": []], ["apiKey": []]]
        return .object(operation)
    }

    private static func parameter(_ parameter: RouteDescription.Parameter, _ components: inout JSONObject) -> JSONValue {
        [
            "name": .string(parameter.name), "in": .string(parameter.place), "required": .bool(parameter.isRequired),
            "description": .string(parameter.note), "schema": parameter.shape.schema(&components), "example": parameter.shape.example,
        ]
    }

    private static func add(_ answer: RouteDescription.Answer, to responses: inout JSONObject, _ components: inout JSONObject) {
        let status = String(answer.status)
        var response = responses[status]?.object ?? ["description": .string(answer.note)]
        if !answer.contentType.isEmpty {
            var content = response["content"]?.object ?? [:]
            content[answer.contentType] =
                answer.shape.map { ["schema": $0.schema(&components), "example": $0.example] } ?? Self.unshaped(answer.contentType)
            response["content"] = .object(content)
        }
        responses[status] = .object(response)
    }

    /// A schema of a stream of events would be one of each event.
    private static func unshaped(_ contentType: String) -> JSONValue {
        contentType == "text/event-stream" ? [:] : ["schema": ["type": "string"]]
    }

    /// What a route can say beside its answers.
    package static func errors(_ entry: RouteEntry, _ description: RouteDescription) -> Set<Int> {
        var statuses = description.errors
        if entry.access != .open { statuses.formUnion([401, 403, 429]) }
        if description.body != nil { statuses.formUnion([400, 413, 422]) }
        if description.parameters.contains(where: { $0.place == "query" && ($0.isRequired || $0.shape.isParsed) }) { statuses.insert(422) }
        return statuses
    }

    private static func operationID(_ entry: RouteEntry) -> String {
        let words = entry.path.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        return ([entry.method.rawValue.lowercased()] + words).joined(separator: "_") + (entry.path.hasSuffix("/") ? "_" : "")
    }

    private static func pathParameters(_ path: String) -> [JSONValue] {
        path.split(separator: "/").compactMap { component in
            guard component.hasPrefix("{") else { return nil }
            let name = component.dropFirst().dropLast().replacing("+", with: "")
            return ["name": .string(String(name)), "in": "path", "required": true, "schema": ["type": "string", "minLength": 1]]
        }
    }
}

extension Shape {
    /// Whether a text may be none of these.
    fileprivate var isParsed: Bool {
        switch kind {
        case .integer, .number, .boolean: true
        default: false
        }
    }
}

extension RouteDescription {
    /// Of a route that has no description of its own yet: nothing is promised of its answer.
    init(_ documentation: RouteDocumentation) {
        self.init(answers: [Answer(contentType: documentation.responseType, shape: nil)])
    }
}

/// Errors as every route gives them.
enum ErrorShapes {
    static let plain = Shape.named("Error", ["detail": .text("We could not find what you're looking for :/")])

    static let validation = Shape.named(
        "ValidationError",
        [
            "detail": .either(
                .list([
                    "type": .text("missing"), "loc": .list(.either(.string, .integer)).showing(["body", "name"]), "msg": .text("Field required"),
                    "input": .any,
                ]), .string)
        ])

    static func name(_ status: Int) -> String { "Error\(status)" }

    static func response(_ status: Int) -> JSONValue {
        let shape = status == 422 ? validation : plain
        var ignored = JSONObject()
        let example: JSONValue = status == 422 ? shape.example : ["detail": .string(detail(status))]
        return [
            "description": .string(meaning(status)),
            "content": ["application/json": ["schema": shape.schema(&ignored), "example": example]],
        ]
    }

    static func meaning(_ status: Int) -> String {
        switch status {
        case 400: "The request makes no sense as it is."
        case 401: "Not signed in, the role is too low, or there is no such thing."
        case 403: "Not allowed, or the API key is limited."
        case 404: "There is no such thing, or it is somebody else's."
        case 409: "The state of the thing does not allow it."
        case 410: "It was there once."
        case 413: "The body is too large."
        case 415: "The content type is not one that is taken."
        case 416: "There are no such bytes."
        case 422: "Fields are missing or of the wrong type."
        case 429: "A limit is used up; Retry-After says when to come back."
        case 500: "An upstream failed, or the server did."
        case 503: "Switched off, or not ready."
        case 504: "An upstream took too long."
        default: "An error."
        }
    }

    private static func detail(_ status: Int) -> String {
        switch status {
        case 400: AppError.emptyContent.message
        case 401: AppError.notAuthenticated.message
        case 403: "This API key is not allowed to call this endpoint."
        case 404: AppError.notFound.message
        case 413: "The request body is larger than 32 MiB."
        case 429: "Too many requests. Try again in 30 seconds."
        case 500: AppError.internalError.message
        default: meaning(status)
        }
    }
}
