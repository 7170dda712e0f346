package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// What an account keeps for itself: settings of the page, info, text variables, status; and what it may do.
package struct OwnAccountController: Controller {
    /// The largest settings object that is kept, in bytes.
    private static let largest = 1 << 20

    private let accounts: AccountDirectory
    private let policy: PermissionPolicy
    private let settings: Settings
    private let audit: AuditLog

    package init(accounts: AccountDirectory, policy: PermissionPolicy, settings: Settings, audit: AuditLog) {
        self.accounts = accounts
        self.policy = policy
        self.settings = settings
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String, _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, "/api/v1/users" + path, access: access, scope: access == .admin ? .admin : .account,
                RouteDocumentation("Users", summary), handler: handler)
        }
        on(.get, "/permissions", .user, "What the caller may do.") { _, context in
            .json(.object(try await policy.permissions(userID: context.requirePrincipal().userID).tree))
        }
        on(.get, "/default/permissions", .admin, "What every user may do.") { _, _ in .json(.object(policy.defaults.tree)) }
        on(.get, "/default/permissions/defaults", .admin, "What every user may do where nobody changed it.") { _, _ in
            .json(.object(Permissions.standard.tree))
        }
        on(.post, "/default/permissions", .admin, "Change what every user may do.", updateDefaults)
        addObject(on, "/user/settings", "settings of the page", \.settings, absent: .null)
        addObject(on, "/user/info", "info", \.info, absent: .null)
        on(.get, "/user/variables", .user, "Texts that prompts may use as {{ user.variables.NAME }}.") { _, context in
            .json(["variables": .object(try await user(context).variables ?? [:])])
        }
        on(.post, "/user/variables/update", .user, "Replace the text variables.", updateVariables)
        on(.get, "/user/status", .user, "The caller's status.") { _, context in .json(.object(try await user(context).wire)) }
        on(.post, "/user/status/update", .user, "Say what the caller is doing.", updateStatus)
    }

    /// `GET path` and `POST path/update` of one object of the account. Writing merges top-level members.
    private func addObject(
        _ on: (HTTPRequest.Method, String, RouteAccess, String, @escaping RouteTable.Handler) -> Void, _ path: String, _ what: String,
        _ member: any (WritableKeyPath<User, JSONObject?> & Sendable), absent: JSONValue
    ) {
        on(.get, path, .user, "The caller's \(what).") { _, context in
            .json(try await user(context)[keyPath: member].map(JSONValue.object) ?? absent)
        }
        on(.post, path + "/update", .user, "Change the caller's \(what).") { request, context in
            let changes = try await request.jsonObject(limit: Self.largest)
            let updated = try await accounts.update(id: context.requirePrincipal().userID) { user in
                let merged = (user[keyPath: member] ?? [:]).merging(changes)
                guard JSONValue.object(merged).jsonBytes.count <= Self.largest else {
                    throw AppError(.tooLarge, "The \(what) are larger than \(Self.largest >> 10) KiB.")
                }
                user[keyPath: member] = merged
            }
            return .json(updated[keyPath: member].map(JSONValue.object) ?? absent)
        }
    }

    private func user(_ context: AppRequestContext) async throws -> User {
        guard let user = try await accounts.users.user(id: context.requirePrincipal().userID) else { throw AppError.userNotFound }
        return user
    }

    private func updateDefaults(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let object = try await request.jsonObject()
        var fields = FieldReader(object)
        for (area, leaves) in object {
            guard let leaves = leaves.object else {
                fields.report("dict_type", area, "Input should be a valid dictionary")
                continue
            }
            for (key, value) in leaves where value.bool == nil { fields.report("bool_type", "\(area).\(key)", "Input should be a valid boolean") }
        }
        try fields.check()
        try await settings.update(.userPermissions, .object(policy.defaults.overlaid(with: object).tree))
        await audit.record("settings.permissions", request, context)
        return .json(.object(policy.defaults.tree))
    }

    private func updateVariables(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: Self.largest))
        let variables = fields.object("variables")
        try fields.check()
        for (name, value) in variables {
            let isName = name.first.map { $0.isASCII && $0.isLowercase } ?? false
            guard isName, name.utf8.allSatisfy({ $0 == UInt8(ascii: "_") || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) }) else {
                throw AppError(.badRequest, "Variable names begin with a small letter and hold small letters, digits and underscores.")
            }
            guard let text = value.string, text.count <= 20_000 else {
                throw AppError(.badRequest, "A variable is a text of at most 20,000 characters.")
            }
        }
        guard JSONValue.object(variables).jsonBytes.count < 100_000 else { throw AppError(.badRequest, "The variables are too long together.") }
        _ = try await accounts.update(id: context.requirePrincipal().userID) { $0.variables = variables }
        return .json(["variables": .object(variables)])
    }

    private func updateStatus(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let status = User.Status(
            emoji: fields.optionalString("status_emoji").map { String($0.prefix(64)) },
            message: fields.optionalString("status_message").map { String($0.prefix(500)) }, expiresAt: fields.optionalInt("status_expires_at"))
        try fields.check()
        return .json(.object(try await accounts.update(id: context.requirePrincipal().userID) { $0.status = status }.wire))
    }
}
