/// Opens, prolongs and ends sessions.
package struct SessionDesk: Sendable {
    /// A token as handed out.
    package struct Ticket: Sendable {
        package var token: String
        /// `nil`: never.
        package var expiresAt: EpochSeconds?
    }

    private let sessions: any SessionStore
    private let signer: any TokenSigner
    private let settings: Settings
    private let cache: PrincipalCache

    package init(sessions: any SessionStore, signer: any TokenSigner, settings: Settings, cache: PrincipalCache) {
        self.sessions = sessions
        self.signer = signer
        self.settings = settings
        self.cache = cache
    }

    package func open(userID: String, origin: RequestOrigin) async throws -> Ticket {
        let now = EpochSeconds.now()
        let session = Session(userID: userID, createdAt: now, expiresAt: expiry(now), origin: origin)
        try await sessions.insert(session)
        return sign(session.id, userID, now, session.expiresAt)
    }

    /// A fresh token of the same session; the earlier one goes on until it expires or the session ends.
    package func prolong(sessionID: String, userID: String) async throws -> Ticket {
        let now = EpochSeconds.now()
        let expiresAt = expiry(now)
        try await sessions.extend(id: sessionID, expiresAt: expiresAt)
        return sign(sessionID, userID, now, expiresAt)
    }

    /// - Returns: whether the account had such a session.
    @discardableResult
    package func end(sessionID: String, userID: String) async throws -> Bool {
        let ended = try await sessions.revoke(id: sessionID, userID: userID, at: .now())
        cache.forget(credential: .session(tokenID: sessionID))
        return ended
    }

    package func endAll(userID: String, except: String? = nil) async throws {
        try await sessions.revokeAll(userID: userID, except: except, at: .now())
        cache.forget(userID: userID)
    }

    package func list(userID: String) async throws -> [Session] { try await sessions.sessions(userID: userID, now: .now()) }

    private func expiry(_ now: EpochSeconds) -> EpochSeconds? {
        guard let seconds = DurationText.seconds(settings[.jwtExpiresIn]) ?? nil else { return nil }
        // Rounded up: a session of half a second is one of a second, not of none.
        return now + Int(min(seconds, 1e9).rounded(.up))
    }

    private func sign(_ sessionID: String, _ userID: String, _ now: EpochSeconds, _ expiresAt: EpochSeconds?) -> Ticket {
        Ticket(
            token: signer.sign(TokenClaims(userID: userID, sessionID: sessionID, issuedAt: now, expiresAt: expiresAt)), expiresAt: expiresAt)
    }
}
