/// Which account here belongs to somebody whom the identity provider vouches for, and what the provider's claims make of it.
package struct ProviderAccounts: Sendable {
    private let accounts: AccountDirectory
    private let groups: any GroupStore
    private let settings: Settings
    private let cache: PrincipalCache

    /// As the stored accounts name the provider.
    private static let provider = "oidc"

    package init(accounts: AccountDirectory, groups: any GroupStore, settings: Settings, cache: PrincipalCache) {
        self.accounts = accounts
        self.groups = groups
        self.settings = settings
        self.cache = cache
    }

    /// - Throws: `AppError(.forbidden)` for people who may not come in, 400 when the e-mail is another account's.
    package func signIn(_ claims: JSONObject, origin: RequestOrigin) async throws -> (User, SessionDesk.Ticket) {
        guard let subject = claims["sub"]?.string else { throw AppError.wrongCredentials }
        let email = (claims[settings[.oauthEmailClaim]]?.string ?? "").trimmed.lowercased()
        try checkDomain(email)
        let role = try role(claims)
        var user = try await account(subject, email, claims, role)
        if let role, role != user.role, try await mayBecome(role, user) {
            user = try await accounts.update(id: user.id) { $0.role = role }
        }
        if settings[.enableOAuthGroups] { try await setGroups(claims, user) }
        return (user, try await accounts.sessions.open(userID: user.id, origin: origin))
    }

    private func account(_ subject: String, _ email: String, _ claims: JSONObject, _ role: Role?) async throws -> User {
        if let known = try await accounts.users.user(oauthProvider: Self.provider, subject: subject) { return known }
        guard UserRule.isEmail(email) else { throw AppError.badEmail }
        if let same = try await accounts.users.user(email: email) {
            // Whoever could name any address at the provider would be anybody here.
            guard settings[.oauthMergesByEmail], claims["email_verified"] == true, same.oauth?[Self.provider] == nil else {
                throw AppError.emailTaken
            }
            return try await accounts.update(id: same.id) { $0.oauth = Self.linked($0.oauth, subject) }
        }
        guard settings[.enableOAuthSignup] else { throw AppError.signUpClosed }
        let name = claims[settings[.oauthNameClaim]]?.string ?? ""
        var user = User(
            email: email, name: name.isEmpty ? email : String(name.prefix(200)), role: role ?? Role(rawValue: settings[.defaultUserRole]) ?? .pending)
        if let picture = claims[settings[.oauthPictureClaim]]?.string, picture.hasPrefix("https://"), UserRule.isImageURL(picture) {
            user.profileImageURL = picture
        }
        user.oauth = Self.linked(nil, subject)
        return try await accounts.addVouched(user)
    }

    private static func linked(_ oauth: JSONObject?, _ subject: String) -> JSONObject {
        var oauth = oauth ?? [:]
        oauth[provider] = ["sub": .string(subject)]
        return oauth
    }

    private func checkDomain(_ email: String) throws {
        let domains = list(settings[.oauthAllowedDomains])
        guard domains.contains("*") || domains.contains(where: { email.hasSuffix("@" + $0.lowercased()) }) else { throw AppError.signUpClosed }
    }

    /// - Returns: `nil` when the provider does not decide.
    private func role(_ claims: JSONObject) throws -> Role? {
        guard settings[.enableOAuthRoles] else { return nil }
        let roles = Set(Self.names(at: settings[.oauthRolesClaim], in: claims))
        if !roles.isDisjoint(with: list(settings[.oauthAdminRoles])) { return .admin }
        guard !roles.isDisjoint(with: list(settings[.oauthAllowedRoles])) else { throw AppError.signUpClosed }
        return .user
    }

    /// The first administrator stays one, so that a wrong claim locks nobody out of their own server.
    private func mayBecome(_ role: Role, _ user: User) async throws -> Bool {
        if role == .admin { return true }
        return try await accounts.users.firstAdmin()?.id != user.id
    }

    private func setGroups(_ claims: JSONObject, _ user: User) async throws {
        var ids: [String] = []
        for name in Set(Self.names(at: settings[.oauthGroupsClaim], in: claims)).sorted() where !name.isEmpty {
            if let group = try await groups.group(name: name) {
                ids.append(group.id)
            } else if settings[.enableOAuthGroupCreation] {
                let group = Group(userID: user.id, name: String(name.prefix(200)), description: "")
                try await groups.insert(group)
                ids.append(group.id)
            }
        }
        try await groups.setGroups(ids, memberID: user.id, at: .now())
        cache.forget(userID: user.id)
    }

    /// A claim's list of texts (or the one text); dots go into objects.
    static func names(at path: String, in claims: JSONObject) -> [String] {
        var value = JSONValue.object(claims)
        if let whole = claims[path] {
            value = whole
        } else {
            for part in path.split(separator: ".") {
                guard let inner = value[String(part)] else { return [] }
                value = inner
            }
        }
        return value.string.map { [$0] } ?? value.array?.compactMap(\.string) ?? []
    }

    private func list(_ text: String) -> [String] { text.split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty } }
}
