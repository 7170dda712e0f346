/// Hashes passwords with a memory-hard function, away from event loops and the cooperative pool.
package protocol PasswordHasher: Sendable {
    /// - Throws: `AppError(.unavailable)` when too many are waiting already.
    func hash(_ password: String) async throws -> String
    /// Takes about as long for a hash that is `nil` or not understood as for a real one, so that time says nothing about
    /// whether an account exists.
    func verify(_ password: String, against hash: String?) async throws -> PasswordVerdict
}

package enum PasswordVerdict: Sendable, Hashable {
    case wrong
    case right
    /// Right, and the hash is of an older kind: store a new one.
    case rightButStale
}

/// Signs and verifies the tokens of sessions.
package protocol TokenSigner: Sendable {
    func sign(_ claims: TokenClaims) -> String
    /// - Returns: the claims of a token with a good signature, expired or not; `nil` for everything else.
    func verify(_ token: String) -> TokenClaims?
}

/// What a session's token says.
package struct TokenClaims: Sendable, Hashable {
    package var userID: String
    /// The session. Tokens of other servers may lack it.
    package var sessionID: String?
    package var issuedAt: EpochSeconds?
    package var expiresAt: EpochSeconds?
    /// What Open WebUI puts into its tokens and changes with the password.
    package var stamp: String?

    package init(userID: String, sessionID: String?, issuedAt: EpochSeconds?, expiresAt: EpochSeconds?, stamp: String? = nil) {
        self.stamp = stamp
        self.userID = userID
        self.sessionID = sessionID
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
    }
}

/// One-way fingerprints of secrets that are random already (API keys), and random secrets.
package protocol SecretSource: Sendable {
    /// SHA-256 in lower-case hexadecimal.
    func digest(_ secret: String) -> String
    /// `bytes` random bytes in lower-case hexadecimal.
    func random(bytes: Int) -> String
}
