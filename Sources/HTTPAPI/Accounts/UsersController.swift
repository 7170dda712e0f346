package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Accounts as administrators keep them, and what everybody may know of others.
package struct UsersController: Controller {
    private static let prefix = "/api/v1/users"
    private static let pageSize = 30

    private let accounts: AccountDirectory
    private let groups: any GroupStore
    private let audit: AuditLog

    package init(accounts: AccountDirectory, groups: any GroupStore, audit: AuditLog) {
        self.accounts = accounts
        self.groups = groups
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String, responseType: String = "application/json",
            _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, Self.prefix + path, access: access, scope: access == .admin ? .admin : .account,
                RouteDocumentation("Users", summary, responseType: responseType), handler: handler)
        }
        on(
            .get, "/", .admin, "Accounts, 30 a page, with their groups.", list)
        on(.get, "/all", .admin, "All accounts in short.", all)
        on(.get, "/search", .user, "Accounts in short whose name or e-mail contains the query.", self.search)
        on(.get, "/groups", .user, "The caller's groups.") { _, context in
            .json(.array(try await groups.groups(memberID: context.requirePrincipal().userID).map { .object($0.wire(memberCount: nil)) }))
        }
        on(.get, "/{id}", .admin, "One account.") { _, context in
            let user = try await user(context)
            let memberships = try await groups.groups(memberID: user.id).map { JSONValue.object(["id": .string($0.id), "name": .string($0.name)]) }
            return .json(.object(user.wire.merging(["is_active": .bool(user.isActive()), "groups": .array(memberships)])))
        }
        on(.get, "/{id}/info", .user, "One account in short.") { _, context in .json(.object(try await user(context).shortWire)) }
        on(.get, "/{id}/active", .user, "Whether the account was seen in the last minutes.") { _, context in
            .json(["active": .bool(try await user(context).isActive())])
        }
        on(.get, "/{id}/groups", .admin, "The account's groups.") { _, context in
            .json(.array(try await groups.groups(memberID: user(context).id).map { .object($0.wire(memberCount: nil)) }))
        }
        on(.get, "/{id}/oauth/sessions", .admin, "Sessions with identity providers; none are kept.") { _, context in
            _ = try await user(context)
            return .json([])
        }
        on(.get, "/{id}/profile/image", .user, "The account's picture.", responseType: "image/png") { _, context in
            ProfileImage.response(for: try await accounts.users.user(id: context.parameters.require("id"))?.profileImageURL)
        }
        on(.post, "/{id}/update", .admin, "Change an account. A new role acts at once.", update)
        on(.delete, "/{id}", .admin, "Delete an account with its sessions and keys.") { request, context in
            let id = try context.parameters.require("id")
            let user = try await accounts.users.user(id: id)
            try await accounts.delete(id: id, by: context.requirePrincipal())
            if let user { await audit.record("user.delete", request, context, objectID: id, object: user.email) }
            return .json(true)
        }
    }

    private func user(_ context: AppRequestContext) async throws -> User {
        guard let user = try await accounts.users.user(id: context.parameters.require("id")) else { throw AppError.userNotFound }
        return user
    }

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let number = query.int("page", default: 1, in: 1...Int(Int32.max))
        try query.check()
        let key = query.optionalString("order_by").flatMap(UserOrder.Key.init(rawValue:)) ?? .createdAt
        let order = UserOrder(key, ascending: query.optionalString("direction")?.lowercased() == "asc")
        let page = try await accounts.users.page(
            query: query.optionalString("query") ?? "", order: order, PageRequest(page: number, size: Self.pageSize))
        let groupIDs = try await groups.groupIDs(memberIDs: page.items.map(\.id))
        let users = page.items.map { user in JSONValue.object(user.wire.merging(["group_ids": .strings(groupIDs[user.id] ?? [])])) }
        return .json(["users": .array(users), "total": .int(page.total)])
    }

    private func all(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await short(query: "", limit: .max)
    }

    private func search(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await short(query: QueryReader(request).optionalString("query") ?? "", limit: Self.pageSize)
    }

    private func short(query: String, limit: Int) async throws -> Response {
        let page = try await accounts.users.page(query: query, order: UserOrder(), PageRequest(limit: limit, offset: 0))
        return .json(["users": .array(page.items.map { .object($0.shortWire) }), "total": .int(page.total)])
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 4 << 20))
        var revision = AccountDirectory.Revision(
            name: fields.optionalString("name"), email: fields.optionalString("email"), profileImageURL: fields.optionalString("profile_image_url"),
            password: fields.optionalString("password"))
        if let text = fields.optionalString("role") {
            revision.role = Role(rawValue: text)
            if revision.role == nil { fields.report("enum", "role", "Input should be 'pending', 'user' or 'admin'") }
        }
        try fields.check()
        // Forms send what was not filled in as an empty text.
        if revision.password == "" { revision.password = nil }
        if revision.profileImageURL == "" { revision.profileImageURL = User.defaultImageURL }
        let id = try context.parameters.require("id")
        if revision.profileImageURL == "/api/v1/users/\(id)/profile/image" { revision.profileImageURL = nil }
        let before = try await accounts.users.user(id: id)
        let user = try await accounts.revise(id: id, revision, by: context.requirePrincipal())
        var detail: JSONObject = [:]
        if let before, before.role != user.role { detail["role"] = .strings([before.role.rawValue, user.role.rawValue]) }
        if let before, before.email != user.email { detail["email"] = .strings([before.email, user.email]) }
        if let before, before.name != user.name { detail["name"] = .strings([before.name, user.name]) }
        if revision.password != nil { detail["password"] = "changed" }
        await audit.record("user.update", request, context, objectID: id, object: user.email, detail: detail)
        return .json(.object(user.wire))
    }
}
