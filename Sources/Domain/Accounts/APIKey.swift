/// A key that programs sign in with. The secret itself is not part of it.
package struct APIKey: Sendable {
    package enum Kind: String, Sendable {
        /// The one key per account that `/api/v1/auths/api_key` speaks of; it can be shown again.
        case account
        /// One of any number, shown once.
        case named
    }

    package var id: String
    package var userID: String
    package var kind: Kind
    package var name: String
    /// The last four characters, to tell keys apart.
    package var hint: String
    package var restrictions: KeyRestrictions
    /// `nil`: never.
    package var expiresAt: EpochSeconds?
    package var lastUsedAt: EpochSeconds?
    package var createdAt: EpochSeconds

    package init(
        id: String = makeID(), userID: String, kind: Kind, name: String, hint: String, restrictions: KeyRestrictions = KeyRestrictions(),
        expiresAt: EpochSeconds? = nil, lastUsedAt: EpochSeconds? = nil, createdAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.userID = userID
        self.kind = kind
        self.name = name
        self.hint = hint
        self.restrictions = restrictions
        self.expiresAt = expiresAt
        self.lastUsedAt = lastUsedAt
        self.createdAt = createdAt
    }
}

/// Keeps keys by the digest of their secret; only the account key's secret is kept, sealed.
package protocol APIKeyStore: Sendable {
    func key(digest: String) async throws -> APIKey?
    func key(id: String) async throws -> APIKey?
    /// Newest first.
    func keys(userID: String) async throws -> [APIKey]
    /// Of all accounts, newest first.
    func allKeys() async throws -> [APIKey]
    /// The account's key with its sealed secret.
    func accountKey(userID: String) async throws -> (key: APIKey, sealed: String)?
    /// Stores a key. An account key takes the place of the earlier one in the same transaction.
    func insert(_ key: APIKey, digest: String, sealed: String?) async throws
    /// - Returns: the key as stored; `nil` when there is none.
    func update(id: String, _ change: @escaping @Sendable (inout APIKey) throws -> Void) async throws -> APIKey?
    /// - Returns: whether there was one.
    @discardableResult
    func delete(id: String) async throws -> Bool
    func touch(_ lastUsed: [String: EpochSeconds]) async throws
}
