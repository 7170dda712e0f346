package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Tools: Python classes whose methods models may call.
package struct ToolsController: Controller {
    static let prefix = "/api/v1/tools"

    private let library: ToolkitLibrary
    private let users: any UserStore
    private let download: PluginDownload
    private let audit: AuditLog
    private var wire: PluginWire { PluginWire(installer: library.installer) }

    package init(library: ToolkitLibrary, users: any UserStore, download: PluginDownload, audit: AuditLog) {
        self.library = library
        self.users = users
        self.download = download
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String,
            scope: KeyRestrictions.Scope = .models, _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, Self.prefix + path, access: access, scope: access == .admin ? .admin : scope,
                RouteDocumentation("Tools", summary), handler: handler)
        }
        on(.get, "/", .user, "Tools that the caller may use.", scope: .chat) { _, context in try await list(context) { _ in true } }
        on(.get, "/list", .user, "Tools that the caller may change.") { _, context in try await list(context) { $0.isWritable } }
        on(.get, "/export", .user, "Tools with their code.", export)
        on(.post, "/load/url", .admin, "Read code from an address; nothing is stored.", load)
        on(.post, "/create", .user, "Make a tool.", create)
        on(.get, "/id/{id}", .user, "One tool.") { _, context in
            let principal = try context.requirePrincipal()
            let shelved = try await library.toolkit(try context.parameters.require("id"), for: principal)
            var object = answer(shelved, principal)
            // Those who may only use a tool need not see how it is made.
            if !shelved.isWritable { object["content"] = "" }
            return .json(.object(object.merging(["write_access": .bool(shelved.isWritable)])))
        }
        on(.post, "/id/{id}/update", .user, "Change a tool.", update)
        on(.post, "/id/{id}/access/update", .user, "Say who may use a tool.", share)
        on(.post, "/id/{id}/install", .user, "Install the packages of a tool again.") { _, context in
            let principal = try context.requirePrincipal()
            return .json(.object(answer(try await library.reinstall(try context.parameters.require("id"), by: principal), principal)))
        }
        on(.get, "/id/{id}/log", .user, "What a tool printed lately.") { _, context in
            .json(["lines": .strings(await library.installer.host.log(of: try await writable(context).code.id))])
        }
        on(.delete, "/id/{id}/delete", .user, "Delete a tool.") { request, context in
            let toolkit = try await library.delete(try context.parameters.require("id"), by: try context.requirePrincipal())
            await audit.record("tool.delete", request, context, objectID: toolkit.id, object: toolkit.name)
            return .json(true)
        }
        on(.get, "/id/{id}/valves", .user, "The valves as they were set.") { _, context in
            .json(.object(try await library.valves.valves(of: try await writable(context).key)))
        }
        on(.get, "/id/{id}/valves/spec", .user, "JSON schema of the valves.") { _, context in
            .json(try await writable(context).manifest?.valves.map(JSONValue.object) ?? .null)
        }
        on(.post, "/id/{id}/valves/update", .user, "Set the valves.") { request, context in
            let toolkit = try await writable(context)
            let stored = try await library.valves.put(
                try await request.jsonObject(limit: 1 << 20), schema: toolkit.manifest?.valves, for: toolkit.key)
            await audit.record("tool.valves", request, context, objectID: toolkit.id, object: toolkit.name, detail: ["keys": .strings(stored.keys)])
            return .json(.object(stored))
        }
        on(.get, "/id/{id}/valves/user", .user, "The caller's own valves.", scope: .chat) { _, context in
            .json(.object(try await library.valves.valves(of: try await usable(context).key, userID: try context.requirePrincipal().userID)))
        }
        on(.get, "/id/{id}/valves/user/spec", .user, "JSON schema of the own valves.", scope: .chat) { _, context in
            .json(try await usable(context).manifest?.userValves.map(JSONValue.object) ?? .null)
        }
        on(.post, "/id/{id}/valves/user/update", .user, "Set the own valves.", scope: .chat) { request, context in
            let toolkit = try await usable(context)
            let stored = try await library.valves.put(
                try await request.jsonObject(limit: 1 << 20), schema: toolkit.manifest?.userValves, for: toolkit.key,
                userID: try context.requirePrincipal().userID)
            return .json(.object(stored))
        }
    }

    private func writable(_ context: AppRequestContext) async throws -> Toolkit {
        try await library.writable(try context.parameters.require("id"), by: try context.requirePrincipal())
    }

    /// - Throws: 401 for a tool that is not there, too: what the original says about valves.
    private func usable(_ context: AppRequestContext) async throws -> Toolkit {
        do {
            return try await library.toolkit(try context.parameters.require("id"), for: try context.requirePrincipal()).toolkit
        } catch let error as AppError where error.code == .notFound {
            throw AppError.functionNotFound
        }
    }

    private func answer(_ shelved: ToolkitLibrary.Shelved, _ principal: Principal) -> JSONObject {
        wire.object(shelved, withContent: true, isAdmin: principal.isAdmin)
    }

    // MARK: Reading

    private func list(_ context: AppRequestContext, _ isWanted: (ToolkitLibrary.Shelved) -> Bool) async throws -> Response {
        let principal = try context.requirePrincipal()
        let tools = try await library.all(for: principal).filter(isWanted)
        let people = try await users.profiles(of: tools.map(\.toolkit.userID))
        return .json(
            .array(
                tools.map { shelved in
                    .object(
                        wire.object(shelved, withContent: false, isAdmin: principal.isAdmin).merging([
                            "user": people[shelved.toolkit.userID] ?? .null, "write_access": .bool(shelved.isWritable),
                            "has_user_valves": .bool(shelved.toolkit.manifest?.userValves != nil),
                        ]))
                }))
    }

    private func export(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        guard principal.may("workspace.tools_export") else { throw AppError.prohibited }
        // The code of others' tools is theirs.
        let tools = try await library.all(for: principal).filter(\.isWritable)
        return .json(.array(tools.map { .object(answer($0, principal)) }))
    }

    private func load(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 16))
        let url = fields.string("url")
        try fields.check()
        let download = download
        let (name, content) = try await context.whileClientWaits { try await download.load(url) }
        return .json(["name": .string(name), "content": .string(content)])
    }

    // MARK: Changing

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        guard principal.may("workspace.tools") || principal.may("workspace.tools_import") else { throw AppError.prohibited }
        var fields = FieldReader(try await request.jsonObject(limit: PluginForm.limit))
        let draft = PluginForm.draft(&fields)
        let grants = fields.optionalArray("access_grants") ?? []
        try fields.check()
        let shelved = try await library.create(
            draft, grants: AccessGrant.list(grants, for: ResourceID(.tool, draft.id.lowercased())), by: principal)
        await audit.record("tool.create", request, context, objectID: shelved.toolkit.id, object: shelved.toolkit.name)
        return .json(.object(answer(shelved, principal)))
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let id = try await writable(context).id
        let principal = try context.requirePrincipal()
        var fields = FieldReader(try await request.jsonObject(limit: PluginForm.limit))
        let draft = PluginForm.draft(&fields)
        let grants = fields.optionalArray("access_grants")
        try fields.check()
        let shelved = try await library.update(
            id, draft, grants: grants.map { AccessGrant.list($0, for: ResourceID(.tool, id)) }, by: principal)
        await audit.record("tool.update", request, context, objectID: id, object: shelved.toolkit.name)
        return .json(.object(answer(shelved, principal)))
    }

    private func share(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let id = try await writable(context).id
        let principal = try context.requirePrincipal()
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let wanted = fields.array("access_grants")
        try fields.check()
        let shelved = try await library.share(id, grants: AccessGrant.list(wanted, for: ResourceID(.tool, id)), by: principal)
        await audit.record("tool.share", request, context, objectID: id, object: shelved.toolkit.name)
        return .json(.object(answer(shelved, principal)))
    }
}
