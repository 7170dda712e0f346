/// What an account is allowed to be.
package enum Role: String, Sendable, Hashable, CaseIterable {
    /// Signed up, not yet let in.
    case pending
    case user
    case admin
}
