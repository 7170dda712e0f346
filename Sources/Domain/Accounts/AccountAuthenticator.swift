/// Decides who a token belongs to: API keys by the digest of their secret, everything else as a session's signed token.
package struct AccountAuthenticator: Authenticator {
    private let users: any UserStore
    private let sessions: any SessionStore
    private let keys: any APIKeyStore
    private let groups: any GroupStore
    private let signer: any TokenSigner
    private let secrets: any SecretSource
    private let settings: Settings
    private let cache: PrincipalCache
    private let meter: KeyMeter
    private let imports: (any ImportLedger)?

    /// - Parameter imports: knows which tokens of imported accounts were good at the end.
    package init(
        users: any UserStore, sessions: any SessionStore, keys: any APIKeyStore, groups: any GroupStore, signer: any TokenSigner,
        secrets: any SecretSource, settings: Settings, cache: PrincipalCache, meter: KeyMeter, imports: (any ImportLedger)? = nil
    ) {
        self.imports = imports
        self.users = users
        self.sessions = sessions
        self.keys = keys
        self.groups = groups
        self.signer = signer
        self.secrets = secrets
        self.settings = settings
        self.cache = cache
        self.meter = meter
        settings.observe { [cache] _ in cache.forgetAll() }
    }

    package func remembered(_ token: String) -> Principal? { cache.find(token) }

    package func authenticate(_ token: String) async throws -> Principal {
        // Nothing that this server issues is longer; don't hash or store what an attacker sends.
        guard token.utf8.count <= 4096 else { throw AppError.badToken }
        return token.hasPrefix("sk-") ? try await byKey(token) : try await bySession(token)
    }

    // MARK: Sessions

    private func bySession(_ token: String) async throws -> Principal {
        let now = EpochSeconds.now()
        guard let claims = signer.verify(token) else { throw AppError.badToken }
        if let expiresAt = claims.expiresAt, expiresAt <= now { throw AppError.badToken }
        let ticket = cache.ticket()
        // A token of another server with the same secret has no session here yet: it gets one, under its own id.
        let sessionID = claims.sessionID ?? secrets.digest(token)
        guard let user = try await users.user(id: claims.userID) else { throw AppError.revokedToken }
        if let session = try await sessions.session(id: sessionID) {
            guard session.revokedAt == nil, session.userID == user.id else { throw AppError.revokedToken }
        } else {
            if let stamp = claims.stamp, let imports {
                guard try await imports.contains("\(user.id) \(stamp)", kind: ForeignSession.ledgerKind) else { throw AppError.revokedToken }
            }
            let issuedAt = claims.issuedAt ?? 1
            guard issuedAt > (try await sessions.revokedBefore(userID: user.id)) else { throw AppError.revokedToken }
            try await sessions.insert(Session(id: sessionID, userID: user.id, createdAt: issuedAt, expiresAt: claims.expiresAt))
        }
        let principal = try await principal(user, .session(tokenID: sessionID), nil)
        cache.keep(principal, for: token, until: claims.expiresAt, ticket)
        return principal
    }

    // MARK: API keys

    private func byKey(_ token: String) async throws -> Principal {
        let ticket = cache.ticket()
        guard let key = try await keys.key(digest: secrets.digest(token)), let user = try await users.user(id: key.userID) else {
            throw AppError.expiredKey
        }
        if let expiresAt = key.expiresAt, expiresAt <= .now() { throw AppError.expiredKey }
        var restrictions = key.restrictions
        if settings[.enableAPIKeyEndpointRestrictions] {
            restrictions.pathPrefixes = settings[.apiKeysAllowedEndpoints].split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
        }
        let principal = try await principal(user, .apiKey(id: key.id), restrictions == KeyRestrictions() ? nil : restrictions)
        try APIKeyRing.requireAllowed(principal, settings: settings, AppError.keysNotAllowed)
        if restrictions.tokensPerDay != nil || restrictions.tokensPerMonth != nil { try await meter.load(keyID: key.id) }
        cache.keep(principal, for: token, until: key.expiresAt, ticket)
        return principal
    }

    private func principal(_ user: User, _ credential: Principal.Credential, _ restrictions: KeyRestrictions?) async throws -> Principal {
        let memberships = try await groups.groups(memberID: user.id)
        let defaults = PermissionPolicy(settings: settings, groups: groups).defaults
        return Principal(
            userID: user.id, name: user.name, email: user.email, role: user.role, groupIDs: memberships.map(\.id), credential: credential,
            restrictions: restrictions, permissions: PermissionPolicy.permissions(defaults, groups: memberships))
    }
}

/// Sessions that began on another server.
package enum ForeignSession {
    /// Under which the ledger of imports keeps `<account id> <stamp>`.
    package static let ledgerKind = "session stamp"
}
