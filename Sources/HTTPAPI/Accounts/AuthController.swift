package import Domain
import Foundation
import HTTPTypes
import Hummingbird
import Wire

/// Signing up, in and out, and the account's own session, profile and password.
package struct AuthController: Controller {
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

    package func addRoutes(to table: RouteTable) {
        let routes = AuthRoutes(routes: table)
        routes.on(
            .post, "/signup", access: .open, "Make an account. The first of all becomes the administrator.",
            handler: signUp)
        routes.on(
            .post, "/signin", access: .open, "Sign in with e-mail and password.", handler: signIn)
        routes.on(.post, "/signout", access: .open, "End the session.", handler: signOut)
        routes.on(.get, "/", access: .session, "The caller's session, with a fresh token.", handler: session)
        routes.on(
            .post, "/update/profile", access: .user, "Change name, picture and what the account says of itself.",
            handler: updateProfile)
        routes.on(
            .post, "/update/password", access: .session, "Change the password; all sessions end.", handler: updatePassword)
        routes.on(
            .post, "/update/timezone", access: .session, "Tell the server the time zone.",
            handler: updateTimezone)
        routes.on(
            .post, "/add", access: .admin, "Make an account for somebody.",
            handler: add)
    }

    // MARK: Coming and going

    private func signUp(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let (user, ticket) = try await accounts.signUp(try await Self.newAccount(request), origin: context.origin(request))
        await audit.record(
            "user.signup", request, context, actorID: user.id, actor: user.email, objectID: user.id, object: user.email,
            detail: ["role": .string(user.role.rawValue)])
        return try await answer(user, ticket, context, showsStoredImage: false)
    }

    private func signIn(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let header = settings[.trustedEmailHeader]
        if !header.isEmpty, context.isFromTrustedProxy, let email = HTTPField.Name(header).flatMap({ request.headers[$0] }) {
            return try await signIn(vouchedFor: email, request, context)
        }
        guard settings[.enableLoginForm] else { throw AppError.actionProhibited }
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (email, password) = (fields.string("email"), fields.string("password"))
        try fields.check()
        let user: User
        let ticket: SessionDesk.Ticket
        do {
            (user, ticket) = try await accounts.signIn(email: email, password: password, origin: context.origin(request))
        } catch let error as AppError where error.code == .badRequest {
            // Refusals beyond the limit are not written down: the log must not be a way to fill the disk.
            await audit.record("session.refused", request, context, actor: String(email.prefix(254)))
            throw error
        }
        await audit.record("session.start", request, context, actorID: user.id, actor: user.email, objectID: user.id, object: user.email)
        return try await answer(user, ticket, context, showsStoredImage: false)
    }

    /// A trusted proxy named the person; the body does not matter.
    private func signIn(vouchedFor email: String, _ request: Request, _ context: AppRequestContext) async throws -> Response {
        func header(_ setting: Setting<String>) -> String {
            (HTTPField.Name(settings[setting]).flatMap { request.headers[$0] } ?? "").percentDecoded
        }
        let person = AccountDirectory.VouchedPerson(
            email: email, name: header(.trustedNameHeader), role: Role(rawValue: header(.trustedRoleHeader).trimmed.lowercased()),
            groups: settings[.trustedGroupsHeader].isEmpty ? nil : header(.trustedGroupsHeader).split(separator: ",").map { String($0).trimmed })
        let (user, ticket) = try await accounts.signIn(person, origin: context.origin(request))
        await audit.record(
            "session.start", request, context, actorID: user.id, actor: user.email, objectID: user.id, object: user.email,
            detail: ["by": "trusted header"])
        return try await answer(user, ticket, context, showsStoredImage: false)
    }

    /// Works without credentials too: what matters is that nothing is left.
    private func signOut(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        if let principal = context.principal, case .session(let id) = principal.credential {
            try await accounts.sessions.end(sessionID: id, userID: principal.userID)
            await audit.record("session.end", request, context, objectID: id)
        }
        var response = Response.json(["status": true])
        SessionCookie(settings: settings, context).clear(on: &response)
        return response
    }

    private func session(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let (principal, sessionID) = try context.requireSession()
        guard let user = try await accounts.users.user(id: principal.userID) else { throw AppError.revokedToken }
        let ticket = try await accounts.sessions.prolong(sessionID: sessionID, userID: user.id)
        return try await answer(user, ticket, context, showsStoredImage: true)
    }

    private func answer(
        _ user: User, _ ticket: SessionDesk.Ticket, _ context: AppRequestContext, showsStoredImage: Bool
    ) async throws -> Response {
        let permissions = try await policy.permissions(userID: user.id)
        var response = Response.json(
            .object(
                user.sessionWire(
                    token: ticket.token, expiresAt: ticket.expiresAt, permissions: permissions, showsStoredImage: showsStoredImage)))
        SessionCookie(settings: settings, context).set(ticket, on: &response)
        return response
    }

    // MARK: The own account

    private func updateProfile(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var fields = FieldReader(try await request.jsonObject(limit: 4 << 20))
        let (name, image) = (fields.string("name"), fields.string("profile_image_url"))
        let (bio, gender, birth) = (fields.optionalString("bio"), fields.optionalString("gender"), fields.optionalString("date_of_birth"))
        try fields.check()
        guard image.isEmpty || UserRule.isImageURL(image) else { throw AppError.badImage }
        let user = try await accounts.update(id: principal.userID) { user in
            user.name = name
            // The path that serves the picture is no picture: who sends it back keeps the one there is.
            if image != user.imagePath { user.profileImageURL = image.isEmpty ? User.defaultImageURL : image }
            user.bio = bio
            user.gender = gender
            user.dateOfBirth = birth
        }
        await audit.record("user.profile", request, context, objectID: user.id, object: user.email)
        return .json(.object(user.profileWire))
    }

    private func updatePassword(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let (principal, _) = try context.requireSession()
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let (current, new) = (fields.string("password"), fields.string("new_password"))
        try fields.check()
        try await accounts.changePassword(userID: principal.userID, current: current, new: new, origin: context.origin(request))
        await audit.record("user.password", request, context, objectID: principal.userID, object: principal.email)
        return .json(true)
    }

    private func updateTimezone(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let timezone = fields.string("timezone")
        try fields.check()
        _ = try await accounts.update(id: principal.userID) { $0.timezone = String(timezone.prefix(100)) }
        return .json(["status": true])
    }

    // MARK: Administrators

    private func add(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let object = try await request.jsonObject(limit: 4 << 20)
        var fields = FieldReader(object)
        let role = fields.optionalString("role") ?? Role.pending.rawValue
        if Role(rawValue: role) == nil { fields.report("enum", "role", "Input should be 'pending', 'user' or 'admin'") }
        try fields.check()
        let user = try await accounts.add(try Self.newAccount(object), role: Role(rawValue: role) ?? .pending)
        let ticket = try await accounts.sessions.open(userID: user.id, origin: context.origin(request))
        await audit.record(
            "user.create", request, context, objectID: user.id, object: user.email, detail: ["role": .string(user.role.rawValue)])
        return .json(.object(user.profileWire.merging(["token": .string(ticket.token), "token_type": "Bearer"])))
    }

    private static func newAccount(_ request: Request) async throws -> AccountDirectory.NewAccount {
        try newAccount(try await request.jsonObject(limit: 4 << 20))
    }

    private static func newAccount(_ object: JSONObject) throws -> AccountDirectory.NewAccount {
        var fields = FieldReader(object)
        let account = AccountDirectory.NewAccount(
            name: fields.string("name"), email: fields.string("email"), password: fields.string("password"),
            profileImageURL: fields.optionalString("profile_image_url").flatMap { $0.isEmpty ? nil : $0 } ?? User.defaultImageURL)
        try fields.check()
        return account
    }
}
