package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Skills: instructions that models get when a chat or a workspace model names them.
package struct SkillsController: Controller {
    private static let prefix = "/api/v1/skills"
    private static let pageSize = 30
    /// The one file of a skill.
    private static let file = "SKILL.md"

    private let library: SkillLibrary
    private let users: any UserStore
    private let audit: AuditLog

    package init(library: SkillLibrary, users: any UserStore, audit: AuditLog) {
        self.library = library
        self.users = users
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ method: HTTPRequest.Method, _ path: String, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(method, Self.prefix + path, access: .user, scope: .models, RouteDocumentation("Skills", summary), handler: handler)
        }
        on(.get, "/", "Skills that the caller may use, without their instructions.", all)
        on(.get, "/list", "Skills that the caller may use, 30 a page.", list)
        on(.get, "/export", "Skills with their instructions.", export)
        on(.post, "/create", "Make a skill.", create)
        on(.get, "/id/{id}", "One skill.") { _, context in
            let entry = try await library.skill(context.parameters.require("id"), for: context.requirePrincipal())
            return .json(.object(Self.whole(entry).merging(["write_access": .bool(entry.isWritable)])))
        }
        on(.post, "/id/{id}/update", "Change a skill.", update)
        on(.post, "/id/{id}/access/update", "Say who may use a skill.", share)
        on(.post, "/id/{id}/toggle", "Switch a skill on or off.") { _, context in
            .json(.object(Self.whole(try await library.toggle(context.parameters.require("id"), by: context.requirePrincipal()))))
        }
        on(.delete, "/id/{id}/delete", "Delete a skill.") { request, context in
            let skill = try await library.delete(context.parameters.require("id"), by: context.requirePrincipal())
            await audit.record("skill.delete", request, context, objectID: skill.id, object: skill.name)
            return .json(true)
        }
    }

    // MARK: Reading

    private func all(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = SharedItemQuery(for: principal)
        query.isBrief = true
        let text = QueryReader(request).optionalString("query")?.lowercased() ?? ""
        let entries = try await library.page(query, for: principal).items.filter { text.isEmpty || $0.item.name.lowercased().contains(text) }
        let people = try await users.profiles(of: entries.map(\.item.userID))
        return .json(.array(entries.map { .object(Self.summary($0).merging(["user": people[$0.item.userID] ?? .null])) }))
    }

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = try SharedItemRequest.query(request, for: principal, pageSize: Self.pageSize)
        query.isBrief = true
        return try await SkillLibrary.Entry.list(try await library.page(query, for: principal), users: users, wire: Self.summary)
    }

    private func export(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        guard principal.may("workspace.skills_export") else { throw AppError(.forbidden, "Export permission required") }
        guard (QueryReader(request).optionalString("format") ?? "json") == "json" else {
            throw AppError(.badRequest, "Export format must be json")
        }
        guard let id = QueryReader(request).optionalString("ids") else {
            return .json(.array(try await library.page(SharedItemQuery(for: principal), for: principal).items.map { .object(Self.package($0)) }))
        }
        return .json(.object(Self.package(try await library.skill(id, for: principal))))
    }

    // MARK: Changing

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let draft = try Self.draft(&fields)
        let grants = fields.optionalArray("access_grants") ?? []
        try fields.check()
        let resource = ResourceID(.skill, SkillLibrary.id(draft.id))
        let entry = try await library.create(draft, grants: AccessGrant.list(grants, for: resource), by: context.requirePrincipal())
        await audit.record("skill.create", request, context, objectID: entry.item.id, object: entry.item.name)
        return .json(.object(Self.summary(entry)))
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        _ = try await library.skill(context.parameters.require("id"), .write, for: context.requirePrincipal())
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let draft = try Self.draft(&fields)
        try fields.check()
        let entry = try await library.update(context.parameters.require("id"), draft, by: context.requirePrincipal())
        await audit.record("skill.update", request, context, objectID: entry.item.id, object: entry.item.name)
        return .json(.object(Self.whole(entry)))
    }

    private func share(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let id = try context.parameters.require("id")
        let grants = try await SharedItemRequest.grants(request, for: ResourceID(.skill, id))
        let entry = try await library.share(id, grants: grants, by: context.requirePrincipal())
        await audit.record("skill.share", request, context, objectID: id, object: entry.item.name)
        return .json(.object(Self.whole(entry)))
    }

    /// The instructions are `content`, or the file `SKILL.md` of `files` or `data.files`.
    private static func draft(_ fields: inout FieldReader) throws -> SkillLibrary.Draft {
        let files = fields.optionalObject("data")?["files"]?.array ?? fields.optionalArray("files")
        var content = fields.optionalString("content")
        if let files {
            guard files.count == 1, files[0]["path"]?.string == file, files[0]["encoding"]?.string == nil, let text = files[0]["content"]?.string
            else { throw AppError(.badRequest, "A skill is one file, \(file): supporting files are not kept.") }
            content = text
        }
        return SkillLibrary.Draft(
            id: fields.string("id"), name: fields.string("name"),
            description: fields.object["description"] == nil ? nil : .some(fields.optionalString("description")), content: content,
            meta: fields.optionalObject("meta"), isActive: fields.optionalBool("is_active"),
            expectedVersionID: fields.optionalString("expected_version_id"))
    }

    // MARK: The wire

    private static func summary(_ entry: SkillLibrary.Entry) -> JSONObject {
        let skill = entry.item
        return [
            "id": .string(skill.id), "user_id": .string(skill.userID), "name": .string(skill.name), "description": .optional(skill.description),
            "meta": .object((["tags": []] as JSONObject).merging(skill.meta)), "is_active": .bool(skill.isActive),
            "version_id": .string(skill.versionID), "access_grants": .array(entry.grants.map { .object($0.wire) }),
            "updated_at": .int(skill.updatedAt), "created_at": .int(skill.createdAt),
        ]
    }

    private static func files(_ skill: Skill) -> JSONValue { [["path": .string(file), "content": .string(skill.content)]] }

    private static func whole(_ entry: SkillLibrary.Entry) -> JSONObject {
        summary(entry).merging(["content": .string(entry.item.content), "data": ["files": files(entry.item)]])
    }

    /// What can be given to `create` again.
    private static func package(_ entry: SkillLibrary.Entry) -> JSONObject {
        var package = summary(entry).merging(["content": .string(entry.item.content), "files": files(entry.item)])
        package["access_grants"] = nil
        return package
    }
}
