/// What accounts do with their API keys.
package struct APIKeyRing: Sendable {
    private let keys: any APIKeyStore
    private let secrets: any SecretSource
    private let sealer: any SecretSealer
    private let settings: Settings
    private let cache: PrincipalCache

    package init(keys: any APIKeyStore, secrets: any SecretSource, sealer: any SecretSealer, settings: Settings, cache: PrincipalCache) {
        self.keys = keys
        self.secrets = secrets
        self.sealer = sealer
        self.settings = settings
        self.cache = cache
    }

    /// Whether keys are switched on and the account may have them.
    static func requireAllowed(_ principal: Principal, settings: Settings, _ refusal: AppError) throws {
        guard settings[.enableAPIKeys], principal.isAdmin || principal.permissions["features.api_keys"] else { throw refusal }
    }

    // MARK: The account's one key

    /// Makes the account's key; the earlier one stops working.
    package func replaceAccountKey(_ principal: Principal) async throws -> String {
        try Self.requireAllowed(principal, settings: settings, .keyCreationNotAllowed)
        let earlier = try await keys.accountKey(userID: principal.userID)
        let (secret, key) = mint(userID: principal.userID, kind: .account, name: "", KeyRestrictions(), nil)
        try await keys.insert(key, digest: secrets.digest(secret), sealed: try sealer.seal(secret))
        if let earlier { cache.forget(credential: .apiKey(id: earlier.key.id)) }
        return secret
    }

    /// - Throws: `.keyNotFound` when there is none.
    package func accountKey(_ principal: Principal) async throws -> String {
        try Self.requireAllowed(principal, settings: settings, .keyCreationNotAllowed)
        guard let (_, sealed) = try await keys.accountKey(userID: principal.userID), let secret = try? sealer.open(sealed) else {
            throw AppError.keyNotFound
        }
        return secret
    }

    package func deleteAccountKey(_ principal: Principal) async throws {
        try Self.requireAllowed(principal, settings: settings, .keyCreationNotAllowed)
        guard let (key, _) = try await keys.accountKey(userID: principal.userID) else { return }
        try await keys.delete(id: key.id)
        cache.forget(credential: .apiKey(id: key.id))
    }

    // MARK: Named keys

    /// - Returns: the key and its secret, which is never shown again.
    /// - Throws: `.keyCreationNotAllowed`, and 400 when the account has as many keys as it may have.
    package func create(
        _ principal: Principal, name: String, _ restrictions: KeyRestrictions, expiresAt: EpochSeconds?
    ) async throws -> (APIKey, String) {
        try Self.requireAllowed(principal, settings: settings, .keyCreationNotAllowed)
        guard try await keys.keys(userID: principal.userID).count < Self.mostKeys else {
            throw AppError(.badRequest, "An account has at most \(Self.mostKeys) API keys. Revoke one that is not needed.")
        }
        return try await create(userID: principal.userID, name: name, restrictions, expiresAt: expiresAt)
    }

    package static let mostKeys = 200

    /// The same without asking whether the account may: for whoever runs the server.
    package func create(userID: String, name: String, _ restrictions: KeyRestrictions, expiresAt: EpochSeconds?) async throws -> (APIKey, String) {
        let (secret, key) = mint(userID: userID, kind: .named, name: name, restrictions, expiresAt)
        try await keys.insert(key, digest: secrets.digest(secret), sealed: nil)
        return (key, secret)
    }

    /// Stops a key within the same moment.
    /// - Parameter userID: whose key it must be; `nil` for any.
    package func revoke(id: String, userID: String?) async throws -> APIKey {
        let key = try await key(id: id, userID: userID)
        try await keys.delete(id: id)
        cache.forget(credential: .apiKey(id: id))
        return key
    }

    package func update(id: String, userID: String?, _ change: @escaping @Sendable (inout APIKey) throws -> Void) async throws -> APIKey {
        _ = try await key(id: id, userID: userID)
        guard let key = try await keys.update(id: id, change) else { throw AppError.keyNotFound }
        cache.forget(credential: .apiKey(id: id))
        return key
    }

    package func list(userID: String?) async throws -> [APIKey] {
        guard let userID else { return try await keys.allKeys() }
        return try await keys.keys(userID: userID)
    }

    /// - Throws: `.keyNotFound` also for somebody else's key.
    package func key(id: String, userID: String?) async throws -> APIKey {
        guard let key = try await keys.key(id: id), userID == nil || key.userID == userID else { throw AppError.keyNotFound }
        return key
    }

    private func mint(
        userID: String, kind: APIKey.Kind, name: String, _ restrictions: KeyRestrictions, _ expiresAt: EpochSeconds?
    ) -> (String, APIKey) {
        let secret = "sk-" + secrets.random(bytes: 16)
        return (
            secret,
            APIKey(userID: userID, kind: kind, name: name, hint: String(secret.suffix(4)), restrictions: restrictions, expiresAt: expiresAt)
        )
    }
}
