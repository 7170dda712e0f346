package import Domain
import HTTPTypes
import Hummingbird

/// Memories: what people want to be remembered in their chats. Everybody has their own and no others.
package struct MemoriesController: Controller {
    private static let prefix = "/api/v1/memories"

    private let library: MemoryLibrary
    private let audit: AuditLog

    package init(library: MemoryLibrary, audit: AuditLog) {
        self.library = library
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ summary: String, access: RouteAccess = .user, _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, Self.prefix + path, access: access, scope: access == .admin ? .admin : .account, RouteDocumentation("Memories", summary),
                handler: handler)
        }
        on(.get, "/", "The caller's memories, the oldest first.") { _, context in
            .json(.array(try await library.all(for: context.requirePrincipal()).map { .object(Self.wire($0)) }))
        }
        on(.post, "/add", "Remember something.", add)
        on(.post, "/update", "Several changes, all or none.", apply)
        on(.post, "/query", "The memories nearest to a question, in the shape of a vector search.", query)
        on(.post, "/search", "Memories by words and place.", search)
        on(.post, "/paths", "Places that memories belong to.", places)
        on(.post, "/path", "What is at a place.", read)
        on(.post, "/reset", "Make the vectors of the caller's memories anew.") { _, context in
            let principal = try context.requirePrincipal()
            try await context.whileClientWaits { try await library.reset(by: principal) }
            return .json(true)
        }
        on(.post, "/reindex", "Make everybody's vectors anew, each when it is next needed.", access: .admin) { _, _ in
            let count = try await library.resetAll()
            return .json(["status": true, "total_users": .int(count.owners), "total_memories": .int(count.memories)])
        }
        on(.delete, "/delete/user", "Forget everything that the caller wanted to be remembered.") { request, context in
            try await library.deleteAll(by: context.requirePrincipal())
            await audit.record("memories.delete", request, context)
            return .json(true)
        }
        on(.post, "/{id}/update", "Change a memory.", change)
        on(.delete, "/{id}", "Forget something; `false` when it is not there.") { _, context in
            .json(.bool(try await library.delete(context.parameters.require("id"), by: context.requirePrincipal())))
        }
    }

    // MARK: Handlers

    private func add(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (content, kind, path) = (fields.string("content"), Self.kind(&fields), fields.optionalString("path"))
        try fields.check()
        return .json(.object(Self.wire(try await library.add(content, kind: kind ?? .context, path: path, by: context.requirePrincipal()))))
    }

    private func change(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (content, kind, path) = (fields.optionalString("content"), Self.kind(&fields), fields.optionalString("path"))
        try fields.check()
        let memory = try await library.change(
            context.parameters.require("id"), content: content, kind: kind, path: path.map(Optional.some), by: context.requirePrincipal())
        return .json(.object(Self.wire(memory)))
    }

    private func apply(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let list = fields.array("operations")
        try fields.check()
        let operations = try list.map { value in
            guard let object = value.object else {
                throw AppError.validation([
                    ValidationIssue(type: "dict_type", location: ["body", "operations"], message: "Input should be a valid dictionary", input: value)
                ])
            }
            return try Self.operation(object)
        }
        let outcomes = try await library.apply(operations, by: context.requirePrincipal())
        return .json(
            .array(
                zip(operations, outcomes).map { operation, outcome in
                    var answer: JSONObject = ["action": .string(operation.action)]
                    func put(_ status: String, _ memory: Memory) {
                        answer["status"] = .string(status)
                        answer["memory"] = .object(Self.wire(memory, withMeta: false))
                    }
                    switch outcome {
                    case .created(let memory): put("created", memory)
                    case .updated(let memory): put("updated", memory)
                    case .skipped(let memory):
                        put("skipped", memory)
                        answer["reason"] = "duplicate"
                    case .deleted(let id):
                        answer["status"] = "deleted"
                        answer["id"] = .string(id)
                    }
                    return .object(answer)
                }))
    }

    private static func operation(_ object: JSONObject) throws -> MemoryLibrary.Operation {
        var fields = FieldReader(object, location: ["body", "operations"])
        let (action, kind, path) = (fields.string("action"), kind(&fields), fields.optionalString("path"))
        if !["add", "replace", "move", "remove"].contains(action) {
            fields.report("literal_error", "action", "Input should be 'add', 'replace', 'remove' or 'move'")
        }
        let (id, content) = (fields.optionalString("id"), fields.optionalString("content"))
        try fields.check()
        func requiredID() throws -> String {
            guard let id, !id.isEmpty else { throw AppError(.badRequest, "Memory id is required for \(action)") }
            return id
        }
        switch action {
        case "add": return .add(content: content ?? "", kind: kind ?? .context, path: path)
        case "replace": return .replace(id: try requiredID(), content: content ?? "", kind: kind, path: path)
        case "move": return .move(id: try requiredID(), path: path)
        default: return .remove(id: try requiredID())
        }
    }

    private func query(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (content, limit) = (fields.string("content"), fields.optionalInt("k") ?? 1)
        try fields.check()
        let principal = try context.requirePrincipal()
        let matches = try await context.whileClientWaits {
            try await library.nearest(to: content, limit: min(max(limit, 1), 100), for: principal)
        }
        return .json([
            "ids": [.strings(matches.map(\.memory.id))], "documents": [.strings(matches.map(\.memory.embeddedText))],
            "metadatas": [
                .array(
                    matches.map { match in
                        [
                            "created_at": .int(match.memory.createdAt), "updated_at": .int(match.memory.updatedAt),
                            "type": .string(match.memory.kind.rawValue), "path": .optional(match.memory.path),
                        ]
                    })
            ], "distances": [.array(matches.map { .double($0.score) })],
        ])
    }

    private func search(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (text, path, id) = (fields.optionalString("query"), fields.optionalString("path"), fields.optionalString("memory_id"))
        let (kind, limit) = (Self.kind(&fields, all: true), fields.optionalInt("limit") ?? 20)
        try fields.check()
        let memories = try await library.all(for: context.requirePrincipal())
        let found = try MemoryPaths.search(memories, text: text, path: path, id: id, kind: kind, limit: limit)
        return .json(.array(found.map { .object(Self.wire($0)) }))
    }

    private func places(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (text, kind, limit) = (fields.optionalString("query") ?? "", Self.kind(&fields, all: true), fields.optionalInt("limit") ?? 100)
        try fields.check()
        let places = MemoryPaths.places(try await library.all(for: context.requirePrincipal()), text: text, kind: kind)
        let listed = places.prefix(min(max(limit, 1), 500)).map { place -> JSONValue in
            [
                "path": .optional(place.path), "type": .string(place.kind.rawValue), "count": .int(place.count), "updated_at": .int(place.updatedAt),
                "children": .strings(place.children),
            ]
        }
        return .json(["paths": .array(listed), "count": .int(places.count)])
    }

    private func read(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (path, kind, limit) = (fields.string("path"), Self.kind(&fields, all: true), fields.optionalInt("limit") ?? 50)
        let withChildren = fields.optionalBool("include_children") ?? true
        try fields.check()
        let memories = try await library.all(for: context.requirePrincipal())
        let reading = try MemoryPaths.read(memories, path: path, kind: kind, withChildren: withChildren, limit: limit)
        return .json([
            "path": .string(reading.path), "parents": .strings(reading.parents), "children": .strings(reading.children),
            "memories": .array(reading.memories.map { .object(Self.wire($0, withMeta: false)) }),
        ])
    }

    // MARK: The wire

    /// `type`: `user` or `context`, and `all` where it selects.
    private static func kind(_ fields: inout FieldReader, all: Bool = false) -> Memory.Kind? {
        guard let text = fields.optionalString("type"), !(all && text == "all") else { return nil }
        if let kind = Memory.Kind(rawValue: text) { return kind }
        fields.report("literal_error", "type", all ? "Input should be 'user', 'context' or 'all'" : "Input should be 'user' or 'context'")
        return nil
    }

    private static func wire(_ memory: Memory, withMeta: Bool = true) -> JSONObject {
        var wire: JSONObject = [
            "id": .string(memory.id), "user_id": .string(memory.userID), "type": .string(memory.kind.rawValue), "path": .optional(memory.path),
            "content": .string(memory.content),
        ]
        if withMeta { wire["meta"] = memory.meta.map(JSONValue.object) ?? .null }
        wire["updated_at"] = .int(memory.updatedAt)
        wire["created_at"] = .int(memory.createdAt)
        return wire
    }
}
