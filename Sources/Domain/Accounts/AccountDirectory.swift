/// Signing up and in, and what people and administrators do with accounts.
package struct AccountDirectory: Sendable {
    package let users: any UserStore
    package let sessions: SessionDesk
    private let hasher: any PasswordHasher
    private let limiter: SignInLimiter
    let settings: Settings
    let groups: any GroupStore
    let cache: PrincipalCache

    package init(
        users: any UserStore, sessions: SessionDesk, hasher: any PasswordHasher, limiter: SignInLimiter, groups: any GroupStore,
        settings: Settings, cache: PrincipalCache
    ) {
        self.users = users
        self.sessions = sessions
        self.hasher = hasher
        self.limiter = limiter
        self.groups = groups
        self.settings = settings
        self.cache = cache
    }

    /// What a new account is made of.
    package struct NewAccount: Sendable {
        package var name: String
        package var email: String
        package var password: String
        package var profileImageURL: String

        package init(name: String, email: String, password: String, profileImageURL: String = User.defaultImageURL) {
            self.name = name
            self.email = email
            self.password = password
            self.profileImageURL = profileImageURL
        }
    }

    // MARK: Coming in

    /// The first account of all becomes admin and closes sign-up behind itself.
    /// - Throws: `.signUpClosed`, `.badEmail`, `.emailTaken`, `.badImage`.
    package func signUp(_ account: NewAccount, origin: RequestOrigin) async throws -> (User, SessionDesk.Ticket) {
        let isFirst = try await users.count() == 0
        guard isFirst || settings[.enableSignup] && settings[.enableLoginForm] else { throw AppError.signUpClosed }
        let user = try await create(account, role: Role(rawValue: settings[.defaultUserRole]) ?? .pending, firstBecomesAdmin: true)
        if isFirst, user.role == .admin { try await settings.update(.enableSignup, false) }
        return (user, try await sessions.open(userID: user.id, origin: origin))
    }

    /// The same answer for a wrong password as for an unknown address.
    package func signIn(email: String, password: String, origin: RequestOrigin) async throws -> (User, SessionDesk.Ticket) {
        let email = email.trimmed.lowercased()
        try limiter.attempt(email: email, address: origin.address)
        let user = try await users.user(email: email)
        let hash = if let user { try await users.passwordHash(userID: user.id) } else { String?.none }
        let verdict = password.utf8.count <= 1024 ? try await hasher.verify(password, against: hash) : .wrong
        guard let user, verdict != .wrong else {
            limiter.failed(address: origin.address)
            throw AppError.wrongCredentials
        }
        limiter.succeeded(email: email, address: origin.address)
        if verdict == .rightButStale, let hash {
            try await users.setPasswordHash(try await hasher.hash(password), userID: user.id, replacing: hash)
        }
        return (user, try await sessions.open(userID: user.id, origin: origin))
    }

    /// A new account of somebody whom a proxy or an identity provider vouches for. It has no password.
    /// - Throws: `.emailTaken`.
    package func addVouched(_ user: User) async throws -> User {
        let isFirst = try await users.count() == 0
        let stored = try await store(user, passwordHash: nil, firstBecomesAdmin: true)
        if isFirst, stored.role == .admin { try await settings.update(.enableSignup, false) }
        return stored
    }

    // MARK: Accounts

    /// An account made by an administrator, whatever sign-up is set to.
    package func add(_ account: NewAccount, role: Role) async throws -> User {
        try await create(account, role: role, firstBecomesAdmin: false)
    }

    private func create(_ account: NewAccount, role: Role, firstBecomesAdmin: Bool) async throws -> User {
        let email = account.email.trimmed.lowercased()
        guard UserRule.isEmail(email) else { throw AppError.badEmail }
        guard UserRule.isImageURL(account.profileImageURL) else { throw AppError.badImage }
        if let problem = UserRule.passwordProblem(account.password) { throw problem }
        guard try await users.user(email: email) == nil else { throw AppError.emailTaken }
        let user = User(email: email, name: account.name, role: role, profileImageURL: account.profileImageURL)
        return try await store(user, passwordHash: try await hasher.hash(account.password), firstBecomesAdmin: firstBecomesAdmin)
    }

    /// A new account also joins the default group.
    private func store(_ user: User, passwordHash: String?, firstBecomesAdmin: Bool) async throws -> User {
        let stored = try await users.insert(user, passwordHash: passwordHash, firstBecomesAdmin: firstBecomesAdmin)
        let groupID = settings[.defaultGroupID]
        if !groupID.isEmpty, try await groups.group(id: groupID) != nil {
            try await groups.add(memberIDs: [stored.id], to: groupID, at: .now())
        }
        return stored
    }

    /// Guesses of the current password are limited like sign-ins. All sessions of the account end.
    /// - Throws: `.wrongPassword`, and 429 when there were too many attempts.
    package func changePassword(userID: String, current: String, new: String, origin: RequestOrigin) async throws {
        if let problem = UserRule.passwordProblem(new) { throw problem }
        try limiter.attempt(email: "password of " + userID, address: origin.address)
        let hash = try await users.passwordHash(userID: userID)
        guard current.utf8.count <= 1024, try await hasher.verify(current, against: hash) != .wrong else {
            limiter.failed(address: origin.address)
            throw AppError.wrongPassword
        }
        try await setPassword(new, userID: userID)
    }

    /// All sessions of the account end.
    package func setPassword(_ password: String, userID: String) async throws {
        if let problem = UserRule.passwordProblem(password) { throw problem }
        try await users.setPasswordHash(try await hasher.hash(password), userID: userID, replacing: nil)
        try await sessions.endAll(userID: userID)
    }

    /// Changes an account and puts the change in force at once.
    /// - Throws: `.userNotFound`, `.emailTaken`, and what `change` throws.
    package func update(id: String, _ change: @escaping @Sendable (inout User) throws -> Void) async throws -> User {
        let user = try await users.update(id: id) { user in
            try change(&user)
            user.updatedAt = .now()
        }
        guard let user else { throw AppError.userNotFound }
        cache.forget(userID: id)
        return user
    }

    /// What an administrator changes; `nil` leaves as it is.
    package struct Revision: Sendable {
        package var name: String?
        package var email: String?
        package var role: Role?
        package var profileImageURL: String?
        package var password: String?

        package init(name: String? = nil, email: String? = nil, role: Role? = nil, profileImageURL: String? = nil, password: String? = nil) {
            self.name = name
            self.email = email
            self.role = role
            self.profileImageURL = profileImageURL
            self.password = password
        }
    }

    /// - Throws: `.userNotFound`; `.actionProhibited` when the first administrator would lose the role, or another
    ///   administrator touches that account; `.badEmail`, `.emailTaken`.
    package func revise(id: String, _ revision: Revision, by actor: Principal) async throws -> User {
        let primary = try await users.firstAdmin()
        if id == primary?.id, actor.userID != id || (revision.role ?? .admin) != .admin { throw AppError.actionProhibited }
        let email = revision.email?.trimmed.lowercased()
        if let email, !UserRule.isEmail(email) { throw AppError.badEmail }
        if let image = revision.profileImageURL, !UserRule.isImageURL(image) { throw AppError.badImage }
        if let password = revision.password, let problem = UserRule.passwordProblem(password) { throw problem }
        let user = try await update(id: id) { user in
            if let name = revision.name { user.name = name }
            if let email { user.email = email }
            if let role = revision.role { user.role = role }
            if let image = revision.profileImageURL { user.profileImageURL = image }
        }
        if let password = revision.password { try await setPassword(password, userID: id) }
        return user
    }

    /// - Throws: `.actionProhibited` for the caller's own account and the first administrator's.
    package func delete(id: String, by actor: Principal) async throws {
        guard id != actor.userID, id != (try await users.firstAdmin())?.id else { throw AppError.actionProhibited }
        try await users.delete(id: id)
        cache.forget(userID: id)
    }
}
