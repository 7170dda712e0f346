/// One sign-in. Its id is the `jti` of every token issued for it, so ending the session ends the tokens.
package struct Session: Sendable, Hashable {
    package var id: String
    package var userID: String
    package var createdAt: EpochSeconds
    package var lastSeenAt: EpochSeconds
    /// `nil`: never.
    package var expiresAt: EpochSeconds?
    /// Where the person signed in from, for the list of sessions.
    package var address: String
    package var agent: String
    package var revokedAt: EpochSeconds?

    package init(
        id: String = makeID(), userID: String, createdAt: EpochSeconds = .now(), expiresAt: EpochSeconds?, origin: RequestOrigin = RequestOrigin()
    ) {
        self.id = id
        self.userID = userID
        self.createdAt = createdAt
        lastSeenAt = createdAt
        self.expiresAt = expiresAt
        address = origin.address
        agent = String(origin.agent.prefix(300))
    }
}

/// Where a request came from, as far as the server can tell.
package struct RequestOrigin: Sendable, Hashable {
    /// The IP address without port; empty when unknown.
    package var address: String
    /// The `User-Agent` header.
    package var agent: String

    package init(address: String = "", agent: String = "") {
        self.address = address
        self.agent = agent
    }
}

package protocol SessionStore: Sendable {
    func session(id: String) async throws -> Session?
    /// Sessions that are neither ended nor expired, the last seen first.
    func sessions(userID: String, now: EpochSeconds) async throws -> [Session]
    /// Stores a session; one with the same id stays as it is.
    func insert(_ session: Session) async throws
    func extend(id: String, expiresAt: EpochSeconds?) async throws
    /// - Returns: whether there was such a session that had not ended.
    @discardableResult
    func revoke(id: String, userID: String, at: EpochSeconds) async throws -> Bool
    /// Ends all sessions of the account, and remembers the moment for tokens of sessions that were never stored here.
    /// - Parameter except: a session that goes on.
    func revokeAll(userID: String, except: String?, at: EpochSeconds) async throws
    /// The moment of the last `revokeAll`; 0 when there was none.
    func revokedBefore(userID: String) async throws -> EpochSeconds
    func touch(_ lastSeen: [String: EpochSeconds]) async throws
    /// Forgets sessions that expired before this.
    func purge(before: EpochSeconds) async throws
}
