package import Domain
import HTTPTypes
import Hummingbird

/// Functions as administrators keep them, and the own valves of everybody.
package struct FunctionsController: Controller {
    static let prefix = "/api/v1/functions"

    private let library: FunctionLibrary
    private let users: any UserStore
    private let download: PluginDownload
    private let audit: AuditLog
    private var wire: PluginWire { PluginWire(installer: library.installer) }

    package init(library: FunctionLibrary, users: any UserStore, download: PluginDownload, audit: AuditLog) {
        self.library = library
        self.users = users
        self.download = download
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String,
            _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, Self.prefix + path, access: access, scope: access == .admin ? .admin : .chat,
                RouteDocumentation("Functions", summary), handler: handler)
        }
        on(.get, "/", .user, "Functions without their code.", list)
        on(.get, "/list", .admin, "Functions without their code, with who made them.", listWithUsers)
        on(.get, "/export", .admin, "Functions with their code.", export)
        on(.get, "/host", .admin, "What runs functions, and what protects the server from them.", host)
        on(.post, "/load/url", .admin, "Read code from an address; nothing is stored.", load)
        on(.post, "/sync", .admin, "Make the functions exactly these.", sync)
        on(.post, "/create", .admin, "Make a function.", create)
        on(.get, "/id/{id}", .admin, "One function.") { _, context in answer(try await function(context)) }
        on(.post, "/id/{id}/update", .admin, "Change a function.", update)
        on(.delete, "/id/{id}/delete", .admin, "Delete a function.", delete)
        on(.post, "/id/{id}/toggle", .admin, "Switch a function on or off.") { try await toggle($0, $1, "function.toggle", library.toggle) }
        on(.post, "/id/{id}/toggle/global", .admin, "Apply a filter or an action to every model, or no longer.") {
            try await toggle($0, $1, "function.toggle_global", library.toggleGlobal)
        }
        on(.post, "/id/{id}/install", .admin, "Install the packages of a function again.") { request, context in
            let function = try await library.reinstall(try context.parameters.require("id"))
            await audit.record("function.install", request, context, objectID: function.id, object: function.name)
            return answer(function)
        }
        on(.get, "/id/{id}/log", .admin, "What a function printed lately.") { _, context in
            let function = try await function(context)
            return .json(["lines": .strings(await library.installer.host.log(of: function.code.id))])
        }
        on(.get, "/id/{id}/valves", .admin, "The valves as they were set.") { _, context in
            .json(.object(try await library.valves(of: try context.parameters.require("id"))))
        }
        on(.get, "/id/{id}/valves/spec", .admin, "JSON schema of the valves.") { _, context in
            .json(try await function(context).manifest?.valves.map(JSONValue.object) ?? .null)
        }
        on(.post, "/id/{id}/valves/update", .admin, "Set the valves.") { request, context in
            let function = try await function(context)
            let stored = try await library.putValves(try await request.jsonObject(limit: 1 << 20), of: function.id)
            await audit.record(
                "function.valves", request, context, objectID: function.id, object: function.name, detail: ["keys": .strings(stored.keys)])
            return .json(.object(stored))
        }
        on(.get, "/id/{id}/valves/user", .user, "The caller's own valves.") { _, context in
            let principal = try context.requirePrincipal()
            let function = try await library.usable(try context.parameters.require("id"), by: principal)
            return .json(.object(try await library.valves.valves(of: function.key, userID: principal.userID)))
        }
        on(.get, "/id/{id}/valves/user/spec", .user, "JSON schema of the own valves.") { _, context in
            let function = try await library.usable(try context.parameters.require("id"), by: try context.requirePrincipal())
            return .json(function.manifest?.userValves.map(JSONValue.object) ?? .null)
        }
        on(.post, "/id/{id}/valves/user/update", .user, "Set the own valves.") { request, context in
            let principal = try context.requirePrincipal()
            let function = try await library.usable(try context.parameters.require("id"), by: principal)
            let stored = try await library.valves.put(
                try await request.jsonObject(limit: 1 << 20), schema: function.manifest?.userValves, for: function.key,
                userID: principal.userID)
            return .json(.object(stored))
        }
    }

    private func function(_ context: AppRequestContext) async throws -> Function {
        try await library.function(try context.parameters.require("id"))
    }

    private func answer(_ function: Function) -> Response { .json(.object(wire.object(function, withContent: true, isAdmin: true))) }

    // MARK: Reading

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let isAdmin = try context.requirePrincipal().isAdmin
        let visible = try await library.all().filter { isAdmin || $0.isActive }
        return .json(.array(visible.map { .object(wire.object($0, withContent: false, isAdmin: isAdmin)) }))
    }

    private func listWithUsers(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let functions = try await library.all()
        let people = try await users.profiles(of: functions.map(\.userID))
        return .json(
            .array(
                functions.map { function in
                    .object(
                        wire.object(function, withContent: false, isAdmin: true).merging(["user": people[function.userID] ?? .null]))
                }))
    }

    private func export(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let withValves = query.bool("include_valves", default: false)
        try query.check()
        var items: [JSONValue] = []
        for function in try await library.all() {
            var item = wire.object(function, withContent: true, isAdmin: false)
            if withValves { item["valves"] = .object(try await library.valves.valves(of: function.key)) }
            items.append(.object(item))
        }
        if withValves { await audit.record("function.export", request, context, detail: ["valves": true]) }
        return .json(.array(items))
    }

    private func host(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let protections = await library.installer.host.protections()
        return .json([
            "python": .optional(protections.python), "active": .strings(protections.active), "missing": .strings(protections.missing),
            "protects_files": .bool(protections.protectsFiles),
        ])
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
        var fields = FieldReader(try await request.jsonObject(limit: PluginForm.limit))
        let draft = PluginForm.draft(&fields)
        try fields.check()
        let function = try await library.create(draft, by: try context.requirePrincipal())
        await audit.record("function.create", request, context, objectID: function.id, object: function.name)
        return answer(function)
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let id = try await function(context).id
        var fields = FieldReader(try await request.jsonObject(limit: PluginForm.limit))
        let draft = PluginForm.draft(&fields)
        try fields.check()
        let function = try await library.update(id, draft)
        await audit.record("function.update", request, context, objectID: function.id, object: function.name)
        return answer(function)
    }

    private func toggle(
        _ request: Request, _ context: AppRequestContext, _ action: String, _ change: (String) async throws -> Function
    ) async throws -> Response {
        let function = try await change(try context.parameters.require("id"))
        await audit.record(
            action, request, context, objectID: function.id, object: function.name,
            detail: ["is_active": .bool(function.isActive), "is_global": .bool(function.isGlobal)])
        return answer(function)
    }

    private func delete(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let function = try await function(context)
        let existed = try await library.delete(function.id)
        if existed { await audit.record("function.delete", request, context, objectID: function.id, object: function.name) }
        return .json(.bool(existed))
    }

    private func sync(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 64 << 20))
        let list = fields.array("functions")
        try fields.check()
        let imports = try list.enumerated().map { index, value -> FunctionLibrary.Import in
            let place = ["body", "functions", String(index)]
            guard let object = value.object else {
                throw AppError.validation([
                    ValidationIssue(type: "dict_type", location: place, message: "Input should be a valid dictionary", input: value)
                ])
            }
            var item = FieldReader(object, location: place)
            let draft = PluginForm.draft(&item)
            let entry = FunctionLibrary.Import(
                draft: draft, valves: item.optionalObject("valves"), isActive: item.optionalBool("is_active") ?? false,
                isGlobal: item.optionalBool("is_global") ?? false, createdAt: item.optionalInt("created_at"))
            try item.check()
            return entry
        }
        let functions = try await library.sync(imports, by: try context.requirePrincipal())
        await audit.record("function.sync", request, context, detail: ["ids": .strings(functions.map(\.id))])
        var items: [JSONValue] = []
        for function in functions {
            var item = wire.object(function, withContent: true, isAdmin: true)
            item["valves"] = .object(try await library.valves.valves(of: function.key))
            items.append(.object(item))
        }
        return .json(.array(items))
    }
}
