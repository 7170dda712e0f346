package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Prompts: texts that people put into messages by a command.
package struct PromptsController: Controller {
    private static let prefix = "/api/v1/prompts"
    private static let pageSize = 30
    private static let versionsPageSize = 20

    private let library: PromptLibrary
    private let users: any UserStore
    private let audit: AuditLog

    package init(library: PromptLibrary, users: any UserStore, audit: AuditLog) {
        self.library = library
        self.users = users
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ method: HTTPRequest.Method, _ path: String, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(method, Self.prefix + path, access: .user, scope: .models, RouteDocumentation("Prompts", summary), handler: handler)
        }
        on(.get, "/", "Active prompts that the caller may use.", all)
        on(.get, "/tags", "Tags of these.") { _, context in .json(.strings(try await library.tags(for: context.requirePrincipal()))) }
        on(.get, "/list", "Prompts that the caller may use, 30 a page.", list)
        on(.post, "/create", "Make a prompt.", create)
        on(.get, "/command/{path+}", "One prompt, by its command.") { _, context in
            let command = context.parameters.getCatchAll().joined(separator: "/").percentDecoded
            return one(try await library.prompt(command: command, for: context.requirePrincipal()))
        }
        on(.get, "/id/{id}", "One prompt.") { _, context in
            one(try await library.prompt(context.parameters.require("id"), for: context.requirePrincipal()))
        }
        on(.post, "/id/{id}/update", "Change a prompt; a change of its text makes a version.", update)
        on(.post, "/id/{id}/update/meta", "Change what a prompt is called.", rename)
        on(.post, "/id/{id}/update/version", "Give a prompt the text of one of its versions.", restore)
        on(.post, "/id/{id}/access/update", "Say who may use a prompt.", share)
        on(.post, "/id/{id}/toggle", "Switch a prompt on or off.") { _, context in
            .json(.object(Self.wire(try await library.toggle(context.parameters.require("id"), by: context.requirePrincipal()))))
        }
        on(.delete, "/id/{id}/delete", "Delete a prompt with its versions.") { request, context in
            let prompt = try await library.delete(context.parameters.require("id"), by: context.requirePrincipal())
            await audit.record("prompt.delete", request, context, objectID: prompt.id, object: prompt.command)
            return .json(true)
        }
        on(.get, "/id/{id}/history", "Versions of a prompt, the newest first, 20 a page from 0.", versions)
        on(.get, "/id/{id}/history/diff", "What changed between two versions.", diff)
        on(.get, "/id/{id}/history/{version}", "One version.") { _, context in
            let version = try await library.version(
                context.parameters.require("version"), of: context.parameters.require("id"), for: context.requirePrincipal())
            return .json(.object(Self.wire(version)))
        }
        on(.delete, "/id/{id}/history/{version}", "Delete a version whose text the prompt does not have.") { _, context in
            try await library.deleteVersion(
                context.parameters.require("version"), of: context.parameters.require("id"), by: context.requirePrincipal())
            return .json(true)
        }
    }

    // MARK: Reading

    private func all(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = SharedItemQuery(for: principal)
        query.isActiveOnly = true
        return .json(.array(try await library.page(query, for: principal).items.map { .object(Self.wire($0)) }))
    }

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let query = try SharedItemRequest.query(request, for: principal, pageSize: Self.pageSize)
        return try await PromptLibrary.Entry.list(try await library.page(query, for: principal), users: users, wire: Self.wire)
    }

    private func one(_ entry: PromptLibrary.Entry) -> Response {
        .json(.object(Self.wire(entry).merging(["write_access": .bool(entry.isWritable)])))
    }

    private func versions(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let page = query.int("page", default: 0, in: 0...Int(Int32.max) - 1)
        try query.check()
        let versions = try await library.versions(
            of: context.parameters.require("id"), page: PageRequest(page: page + 1, size: Self.versionsPageSize), for: context.requirePrincipal())
        let people = try await users.profiles(of: versions.map(\.userID))
        return .json(.array(versions.map { .object(Self.wire($0).merging(["user": people[$0.userID] ?? .null])) }))
    }

    private func diff(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let (fromID, toID) = (query.string("from_id"), query.string("to_id"))
        let (id, principal) = (try context.parameters.require("id"), try context.requirePrincipal())
        _ = try await library.prompt(id, for: principal)
        try query.check()
        let from = try await library.version(fromID, of: id, for: principal).snapshot
        let to = try await library.version(toID, of: id, for: principal).snapshot
        let (old, new) = (from["content"]?.string ?? "", to["content"]?.string ?? "")
        let lines = UnifiedDiff.lines(from: old, to: new, oldName: "v\(fromID.prefix(8))", newName: "v\(toID.prefix(8))")
        return .json([
            "from_id": .string(fromID), "to_id": .string(toID), "from_snapshot": .object(from), "to_snapshot": .object(to),
            "content_diff": .strings(lines), "line_endings_only": .bool(lines.isEmpty && old != new),
            "name_changed": .bool(from["name"] != to["name"]),
        ])
    }

    // MARK: Changing

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let draft = Self.draft(&fields)
        let grants = fields.optionalArray("access_grants") ?? []
        try fields.check()
        let id = makeID()
        let entry = try await library.create(
            draft, grants: AccessGrant.list(grants, for: ResourceID(.prompt, id)), id: id, by: context.requirePrincipal())
        return .json(.object(Self.wire(entry)))
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let draft = Self.draft(&fields)
        try fields.check()
        return .json(.object(Self.wire(try await library.update(context.parameters.require("id"), draft, by: context.requirePrincipal()))))
    }

    private func rename(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (name, command) = (fields.string("name"), fields.string("command"))
        let tags = fields.object["tags"]?.isNull ?? true ? nil : fields.strings("tags")
        try fields.check()
        let entry = try await library.rename(
            context.parameters.require("id"), name: name, command: command, tags: tags, by: context.requirePrincipal())
        return .json(.object(Self.wire(entry)))
    }

    private func restore(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 16))
        let version = fields.string("version_id")
        try fields.check()
        return .json(
            .object(Self.wire(try await library.restore(context.parameters.require("id"), version: version, by: context.requirePrincipal()))))
    }

    private func share(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let grants = try await SharedItemRequest.grants(request, for: ResourceID(.prompt, id))
        let entry = try await library.share(id, grants: grants, by: context.requirePrincipal())
        await audit.record("prompt.share", request, context, objectID: id, object: entry.item.command)
        return .json(.object(Self.wire(entry)))
    }

    /// `title` is what clients of earlier versions send for `name`.
    private static func draft(_ fields: inout FieldReader) -> PromptLibrary.Draft {
        let title = fields.object["name"] == nil ? fields.object["title"]?.string : nil
        return PromptLibrary.Draft(
            command: fields.string("command"), name: title ?? fields.string("name"), content: fields.string("content"),
            data: fields.optionalObject("data"), meta: fields.optionalObject("meta"),
            tags: fields.object["tags"]?.isNull ?? true ? nil : fields.strings("tags"), message: fields.optionalString("commit_message"),
            isProduction: fields.optionalBool("is_production") ?? true)
    }

    // MARK: The wire

    static func wire(_ entry: PromptLibrary.Entry) -> JSONObject {
        let prompt = entry.item
        return [
            "id": .string(prompt.id), "command": .string(prompt.command), "user_id": .string(prompt.userID), "name": .string(prompt.name),
            "content": .string(prompt.content), "data": .object(prompt.data), "meta": .object(prompt.meta), "tags": .strings(prompt.tags),
            "is_active": .bool(prompt.isActive), "version_id": .optional(prompt.versionID), "created_at": .int(prompt.createdAt),
            "updated_at": .int(prompt.updatedAt), "access_grants": .array(entry.grants.map { .object($0.wire) }),
        ]
    }

    private static func wire(_ version: PromptVersion) -> JSONObject {
        [
            "id": .string(version.id), "prompt_id": .string(version.promptID), "parent_id": .optional(version.parentID),
            "snapshot": .object(version.snapshot), "user_id": .string(version.userID), "commit_message": .optional(version.message),
            "created_at": .int(version.createdAt),
        ]
    }
}
