/// Keeps accounts and their password hashes.
///
/// E-mail addresses are compared in lower case. Writing one that another account has throws `AppError.emailTaken`.
package protocol UserStore: Sendable {
    func user(id: String) async throws -> User?
    func user(email: String) async throws -> User?
    /// The account that an identity provider knows under this subject.
    func user(oauthProvider: String, subject: String) async throws -> User?
    func users(ids: [String]) async throws -> [User]
    /// - Parameters:
    ///   - query: part of the name or e-mail, any case; empty for all.
    func page(query: String, order: UserOrder, _ page: PageRequest) async throws -> Page<User>
    func count() async throws -> Int
    /// The oldest administrator.
    func firstAdmin() async throws -> User?

    /// Stores a new account. When it is the first of all and `firstBecomesAdmin`, its role becomes admin, decided in the
    /// same transaction so that two sign-ups at once don't both win.
    /// - Returns: the account as stored.
    func insert(_ user: User, passwordHash: String?, firstBecomesAdmin: Bool) async throws -> User
    /// Reads, changes and writes one account in one transaction.
    /// - Returns: the account as stored; `nil` when there is none.
    func update(id: String, _ change: @escaping @Sendable (inout User) throws -> Void) async throws -> User?
    /// With everything that hangs on it: sessions, keys, memberships, grants to it. Nothing happens when there is none.
    func delete(id: String) async throws

    /// The stored password hash (PHC or bcrypt); `nil` when the account has no password.
    func passwordHash(userID: String) async throws -> String?
    /// - Parameter replacing: writes only when this is still the stored hash; `nil` writes in any case.
    func setPasswordHash(_ hash: String, userID: String, replacing: String?) async throws
    /// Notes when accounts were last seen; never moves back.
    func touch(_ lastActive: [String: EpochSeconds]) async throws
}

/// Order of a list of accounts.
package struct UserOrder: Sendable, Hashable {
    package enum Key: String, Sendable, CaseIterable {
        case name, email, role
        case createdAt = "created_at"
        case updatedAt = "updated_at"
        case lastActiveAt = "last_active_at"
    }

    package var key: Key
    package var ascending: Bool

    package init(_ key: Key = .createdAt, ascending: Bool = false) {
        self.key = key
        self.ascending = ascending
    }
}
