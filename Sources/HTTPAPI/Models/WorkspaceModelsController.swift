package import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// Stored models: workspace models and what is set for models of providers.
package struct WorkspaceModelsController: Controller {
    private static let prefix = "/api/v1/models"
    private static let pageSize = 30

    private let library: ModelLibrary
    private let users: any UserStore

    package init(library: ModelLibrary, users: any UserStore) {
        self.library = library
        self.users = users
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String, responseType: String = "application/json",
            _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, Self.prefix + path, access: access, scope: .models,
                RouteDocumentation("Workspace models", summary, responseType: responseType), handler: handler)
        }
        on(.get, "/list", .user, "Workspace models, 30 a page.", list)
        on(.get, "/base", .admin, "What is set for models of providers.") { _, context in try await rows(context, hasBase: false) }
        on(.get, "/base/tags", .admin, "Tags of models of providers.") { _, context in try await tags(context, hasBase: false) }
        on(.get, "/tags", .user, "Tags of the workspace models.") { _, context in try await tags(context, hasBase: true) }
        on(.get, "/export", .user, "All workspace models that the caller may read.", export)
        on(.post, "/import", .user, "Make or replace models.", importAll)
        on(.post, "/sync", .admin, "Make the stored models exactly these.", sync)
        on(.post, "/create", .user, "Make a model.", create)
        on(.get, "/model", .user, "One model.") { request, context in
            try await one(try await library.model(try Self.id(request), for: context.requirePrincipal()))
        }
        on(.post, "/model/update", .user, "Change a model; its grants stay.", update)
        on(.post, "/model/access/update", .user, "Say who may use a model.", share)
        on(.post, "/model/toggle", .user, "Switch a model on or off.") { request, context in
            .json(.object(try await library.toggle(try Self.id(request), by: context.requirePrincipal()).wire))
        }
        on(.post, "/model/delete", .user, "Delete a model.") { request, context in
            var fields = FieldReader(try await request.jsonObject())
            let id = fields.string("id")
            try fields.check()
            try await library.delete(id, by: context.requirePrincipal())
            return .json(true)
        }
        on(.get, "/model/profile/image", .user, "A model's picture.", responseType: "image/png") { request, context in
            let id = try Self.id(request)
            let shelved = try? await library.model(id, for: context.requirePrincipal())
            return ProfileImage.response(for: shelved?.model.meta["profile_image_url"]?.string)
        }
        on(.delete, "/delete/all", .admin, "Delete all stored models.") { _, _ in
            try await library.deleteAll()
            return .json(true)
        }
    }

    // MARK: Reading

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let page = query.int("page", default: 1, in: 1...Int(Int32.max))
        try query.check()
        let principal = try context.requirePrincipal()
        let text = query.optionalString("query")?.lowercased() ?? ""
        let tag = query.optionalString("tag") ?? ""
        let view = query.optionalString("view_option") ?? ""
        var found = try await library.all(for: principal).filter { shelved in
            let model = shelved.model
            if !text.isEmpty, ![model.name, model.id, model.baseModelID ?? ""].contains(where: { $0.lowercased().contains(text) }) { return false }
            if !tag.isEmpty, !model.tags.contains(where: { $0["name"]?.string?.lowercased() == tag.lowercased() }) { return false }
            switch view {
            case "created": return model.userID == principal.userID
            case "shared": return model.userID != principal.userID
            default: return true
            }
        }
        let order = query.optionalString("order_by") ?? "updated_at"
        found.sort { Self.isBefore($0.model, $1.model, order) }
        if (query.optionalString("direction")?.lowercased() ?? (order == "name" ? "asc" : "desc")) == "desc" { found.reverse() }
        let wanted = PageRequest(page: page, size: Self.pageSize)
        let items = try await withUsers(Array(found.dropFirst(wanted.offset).prefix(wanted.limit)))
        return .json(["items": .array(items.map(JSONValue.object)), "total": .int(found.count)])
    }

    private static func isBefore(_ left: WorkspaceModel, _ right: WorkspaceModel, _ order: String) -> Bool {
        switch order {
        case "name": (left.name.lowercased(), left.id) < (right.name.lowercased(), right.id)
        case "created_at": (left.createdAt, left.id) < (right.createdAt, right.id)
        default: (left.updatedAt, left.id) < (right.updatedAt, right.id)
        }
    }

    private func rows(_ context: AppRequestContext, hasBase: Bool) async throws -> Response {
        .json(.array(try await library.all(for: context.requirePrincipal(), hasBase: hasBase).map { .object($0.wire) }))
    }

    private func tags(_ context: AppRequestContext, hasBase: Bool) async throws -> Response {
        let names = try await library.all(for: context.requirePrincipal(), hasBase: hasBase).flatMap {
            $0.model.tags.compactMap { $0["name"]?.string }
        }
        return .json(.strings(Set(names).sorted()))
    }

    private func export(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard try context.requirePrincipal().may("workspace.models_export") else { throw AppError.prohibited }
        return try await rows(context, hasBase: true)
    }

    private func one(_ shelved: ModelLibrary.Shelved) async throws -> Response {
        .json(.object(try await withUsers([shelved])[0]))
    }

    /// Rows with who made them and whether the caller may change them.
    private func withUsers(_ shelved: [ModelLibrary.Shelved]) async throws -> [JSONObject] {
        let ids = Array(Set(shelved.map(\.model.userID)))
        let people = Dictionary(try await users.users(ids: ids).map { ($0.id, $0.shortWire) }, uniquingKeysWith: { first, _ in first })
        return shelved.map { item in
            var wire = item.wire
            wire["user"] = people[item.model.userID].map(JSONValue.object) ?? .null
            wire["write_access"] = .bool(item.isWritable)
            return wire
        }
    }

    // MARK: Changing

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let draft = ModelForm.draft(&fields)
        let grants = ModelForm.grants(&fields, on: draft.id) ?? []
        try fields.check()
        return .json(.object(try await library.create(draft, grants: grants, by: context.requirePrincipal()).wire))
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let draft = ModelForm.draft(&fields)
        try fields.check()
        return .json(.object(try await library.update(draft, by: context.requirePrincipal()).wire))
    }

    private func share(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let id = fields.string("id")
        _ = fields.array("access_grants")
        let grants = ModelForm.grants(&fields, on: id) ?? []
        let name = fields.optionalString("name")
        try fields.check()
        return .json(.object(try await library.share(id, name: name, grants: grants, by: context.requirePrincipal()).wire))
    }

    private func importAll(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        guard try context.requirePrincipal().may("workspace.models_import") else { throw AppError.prohibited }
        try await library.importAll(try await Self.drafts(request), by: context.requirePrincipal())
        return .json(true)
    }

    private func sync(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let drafts = try await Self.drafts(request)
        let principal = try context.requirePrincipal()
        let wanted = Set(drafts.map(\.draft.id))
        for hasBase in [true, false] {
            for old in try await library.all(for: principal, hasBase: hasBase) where !wanted.contains(old.model.id) {
                try await library.delete(old.model.id, by: principal)
            }
        }
        try await library.importAll(drafts, by: principal)
        let all = try await library.all(for: principal) + library.all(for: principal, hasBase: false)
        return .json(.array(all.map { .object($0.wire) }))
    }

    private static func drafts(_ request: Request) async throws -> [(draft: ModelLibrary.Draft, grants: [AccessGrant])] {
        var fields = FieldReader(try await request.jsonObject())
        let models = fields.array("models")
        try fields.check()
        return try models.enumerated().map { index, model in
            guard let object = model.object else {
                throw AppError.validation([
                    ValidationIssue(
                        type: "dict_type", location: ["body", "models", String(index)], message: "Input should be a valid dictionary", input: model)
                ])
            }
            var item = FieldReader(object, location: ["body", "models", String(index)])
            let draft = ModelForm.draft(&item)
            let grants = ModelForm.grants(&item, on: draft.id) ?? []
            try item.check()
            return (draft, grants)
        }
    }

    private static func id(_ request: Request) throws -> String {
        var query = QueryReader(request)
        let id = query.string("id")
        try query.check()
        return id
    }
}
