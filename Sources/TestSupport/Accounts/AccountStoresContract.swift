package import Domain

/// What every implementation of the account stores must do. A backend's tests run each rule on fresh stores.
package struct AccountStoresContract: Sendable {
    /// A rule that was broken.
    package struct Violation: Error, CustomStringConvertible {
        package let description: String
    }

    /// Fresh, empty stores over one database.
    package struct Stores: Sendable {
        package var users: any UserStore
        package var sessions: any SessionStore
        package var keys: any APIKeyStore
        package var groups: any GroupStore
        package var grants: any AccessGrantStore
        package var usage: any KeyUsageStore
        package var audit: any AuditStore

        package init(
            users: any UserStore, sessions: any SessionStore, keys: any APIKeyStore, groups: any GroupStore, grants: any AccessGrantStore,
            usage: any KeyUsageStore, audit: any AuditStore
        ) {
            self.users = users
            self.sessions = sessions
            self.keys = keys
            self.groups = groups
            self.grants = grants
            self.usage = usage
            self.audit = audit
        }
    }

    package enum Rule: String, Sendable, CaseIterable {
        case firstAccount, emails, accountFields, passwordHash, pages, deletedAccounts, sessions, foreignSessions, accountKeys, namedKeys, groups
        case grants, usage, audit
    }

    package static func check(_ rule: Rule, _ stores: Stores) async throws {
        switch rule {
        case .firstAccount: try await firstAccount(stores)
        case .emails: try await emails(stores)
        case .accountFields: try await accountFields(stores)
        case .passwordHash: try await passwordHash(stores)
        case .pages: try await pages(stores)
        case .deletedAccounts: try await deletedAccounts(stores)
        case .sessions: try await sessions(stores)
        case .foreignSessions: try await foreignSessions(stores)
        case .accountKeys: try await accountKeys(stores)
        case .namedKeys: try await namedKeys(stores)
        case .groups: try await groups(stores)
        case .grants: try await grants(stores)
        case .usage: try await usage(stores)
        case .audit: try await audit(stores)
        }
    }

    static func require(_ condition: Bool, _ what: String) throws {
        if !condition { throw Violation(description: what) }
    }

    static func add(_ stores: Stores, _ email: String, _ role: Role = .user, name: String = "N", at: EpochSeconds = 100) async throws -> User {
        try await stores.users.insert(
            User(email: email, name: name, role: role, createdAt: at), passwordHash: "hash of \(email)", firstBecomesAdmin: false)
    }
}
