package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Groups: administrators keep them; users see those they are in.
package struct GroupsController: Controller {
    private let groups: any GroupStore
    private let users: any UserStore
    private let cache: PrincipalCache
    private let audit: AuditLog

    package init(groups: any GroupStore, users: any UserStore, cache: PrincipalCache, audit: AuditLog) {
        self.groups = groups
        self.users = users
        self.cache = cache
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String,
            _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, "/api/v1/groups" + path, access: access, scope: access == .admin ? .admin : .account,
                RouteDocumentation("Groups", summary), handler: handler)
        }
        on(
            .get, "/", .user, "Groups: all for administrators, else the caller's own.", list)
        on(.post, "/create", .admin, "Make a group.", create)
        on(.get, "/id/{id}", .admin, "One group.") { _, context in .json(.object(try await wire(group(context)))) }
        on(.get, "/id/{id}/info", .user, "One group without its permissions.", info)
        on(.get, "/id/{id}/export", .admin, "One group with the ids of its members.") { _, context in
            let group = try await group(context)
            var object = try await wire(group)
            object["user_ids"] = .strings(try await groups.memberIDs(groupID: group.id))
            return .json(.object(object))
        }
        on(.post, "/id/{id}/update", .admin, "Change a group.", update)
        on(.delete, "/id/{id}/delete", .admin, "Delete a group.") { request, context in
            let group = try await group(context)
            try await groups.delete(id: group.id)
            cache.forgetAll()
            await audit.record("group.delete", request, context, objectID: group.id, object: group.name)
            return .json(true)
        }
        on(.post, "/id/{id}/users", .admin, "The members of a group.") { _, context in
            let ids = try await groups.memberIDs(groupID: group(context).id)
            return .json(.array(try await users.users(ids: ids).map { .object($0.shortWire) }))
        }
        on(.post, "/id/{id}/users/add", .admin, "Add members.") { request, context in
            try await changeMembers(request, context, "group.add") { try await groups.add(memberIDs: $0, to: $1, at: .now()) }
        }
        on(.post, "/id/{id}/users/remove", .admin, "Remove members.") { request, context in
            try await changeMembers(request, context, "group.remove") { try await groups.remove(memberIDs: $0, from: $1) }
        }
    }

    private func group(_ context: AppRequestContext) async throws -> Group {
        // The original answers 401 for a group that is not there, and clients know it.
        guard let group = try await groups.group(id: context.parameters.require("id")) else {
            throw AppError(.unauthorized, "We could not find what you're looking for :/")
        }
        return group
    }

    private func wire(_ group: Group) async throws -> JSONObject {
        group.wire(memberCount: try await groups.memberCounts()[group.id] ?? 0)
    }

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var query = QueryReader(request)
        let forSharing = query.bool("share", default: false)
        try query.check()
        let visible = principal.isAdmin || forSharing ? try await groups.groups() : try await groups.groups(memberID: principal.userID)
        let counts = try await groups.memberCounts()
        return .json(
            .array(
                visible.filter { group in !forSharing || group.isSharedWith(principal) }.map { group in
                    var object = group.wire(memberCount: counts[group.id] ?? 0)
                    if !principal.isAdmin { object["permissions"] = .null }
                    return .object(object)
                }))
    }

    private func info(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let group = try await group(context)
        guard group.isSharedWith(principal) else { throw AppError.prohibited }
        var object = try await wire(group)
        object.removeValue(forKey: "permissions")
        return .json(.object(object))
    }

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let form = try GroupForm(try await request.jsonObject(limit: 1 << 20))
        var group = Group(userID: try context.requirePrincipal().userID, name: form.name, description: form.description)
        form.apply(to: &group)
        try await groups.insert(group)
        await audit.record("group.create", request, context, objectID: group.id, object: group.name)
        return .json(.object(try await wire(group)))
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let id = try await group(context).id
        let form = try GroupForm(try await request.jsonObject(limit: 1 << 20))
        let updated = try await groups.update(id: id) { group in
            form.apply(to: &group)
            group.updatedAt = .now()
        }
        guard let updated else { throw AppError.notFound }
        cache.forgetAll()
        await audit.record("group.update", request, context, objectID: id, object: updated.name)
        return .json(.object(try await wire(updated)))
    }

    private func changeMembers(
        _ request: Request, _ context: AppRequestContext, _ action: String, _ change: ([String], String) async throws -> Void
    ) async throws -> Response {
        let group = try await group(context)
        var fields = FieldReader(try await request.jsonObject(limit: 4 << 20))
        let ids = fields.optionalArray("user_ids") == nil ? [] : fields.strings("user_ids")
        try fields.check()
        try await change(ids, group.id)
        for id in ids { cache.forget(userID: id) }
        await audit.record(action, request, context, objectID: group.id, object: group.name, detail: ["user_ids": .strings(ids)])
        return .json(.object(try await wire(group)))
    }
}

extension Group {
    /// Whether somebody may name the group when sharing: `data.config.share` is `true` (default), `false`, or `members`.
    fileprivate func isSharedWith(_ principal: Principal) -> Bool {
        if principal.isAdmin || principal.groupIDs.contains(id) { return true }
        return data?["config"]?["share"]?.bool ?? true && data?["config"]?["share"]?.string == nil
    }
}

/// What a group is made of.
private struct GroupForm {
    let name: String
    let description: String
    let permissions: JSONObject?
    let data: JSONObject?

    init(_ object: JSONObject) throws {
        var fields = FieldReader(object)
        name = fields.string("name").trimmed
        description = fields.string("description")
        permissions = fields.optionalObject("permissions")
        data = fields.optionalObject("data")
        try fields.check()
        guard !name.isEmpty, name.count <= 200 else { throw AppError(.badRequest, "A group's name has 1 to 200 characters.") }
    }

    /// What the form leaves out stays.
    func apply(to group: inout Group) {
        group.name = name
        group.description = description
        if let permissions { group.permissions = permissions }
        if let data { group.data = data }
    }
}
