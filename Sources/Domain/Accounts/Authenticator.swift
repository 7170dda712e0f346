/// Turns a bearer token (an API key `sk-...` or a session's JWT) into a principal.
///
/// Errors, all `AppError`: `.badToken` for what cannot be decoded or verified, `.revokedToken`, `.expiredKey` for an
/// unknown, replaced or deleted API key, `.forbidden` when API keys are off or not allowed for the account.
package protocol Authenticator: Sendable {
    /// The answer from memory alone, for the request path; `nil` means "ask `authenticate`", not "refused".
    func remembered(_ token: String) -> Principal?
    func authenticate(_ token: String) async throws -> Principal
}

/// Who may call a route at all. What they may do with one resource is the `Authorizer`'s decision.
package enum RouteAccess: String, Sendable, Hashable {
    /// Anybody, also without credentials.
    case open
    /// Any signed-in account, pending ones too.
    case session
    /// Role user or admin.
    case user
    case admin

    package func admits(_ principal: Principal) -> Bool {
        switch self {
        case .open, .session: true
        case .user: principal.role != .pending
        case .admin: principal.role == .admin
        }
    }
}
