/// Who is asking: the result of authentication, made once a request and never from anything the client says about itself.
package struct Principal: Sendable {
    package enum Credential: Sendable, Hashable {
        /// A signed-in person; the id of the session's token (`jti`).
        case session(tokenID: String)
        /// An API key, by the id of its record.
        case apiKey(id: String)
        /// The command line or a background job acting for the account.
        case system
    }

    package var userID: String
    package var name: String
    package var email: String
    package var role: Role
    package var groupIDs: [String]
    package var credential: Credential
    /// What the API key may do; `nil` for people and for keys without limits.
    package var restrictions: KeyRestrictions?

    package init(
        userID: String, name: String, email: String, role: Role, groupIDs: [String] = [], credential: Credential = .system,
        restrictions: KeyRestrictions? = nil
    ) {
        self.userID = userID
        self.name = name
        self.email = email
        self.role = role
        self.groupIDs = groupIDs
        self.credential = credential
        self.restrictions = restrictions
    }

    package var isAdmin: Bool { role == .admin }
}

/// Limits of one API key. Empty sets mean "no limit of this kind".
package struct KeyRestrictions: Sendable, Hashable {
    package enum Scope: String, Sendable, Hashable, CaseIterable { case chat, models, files, knowledge, chats, account, admin }

    package var scopes: Set<Scope>
    package var modelIDs: Set<String>
    package var knowledgeIDs: Set<String>
    /// Path prefixes (`API_KEYS_ALLOWED_ENDPOINTS`).
    package var pathPrefixes: [String]

    package init(scopes: Set<Scope> = [], modelIDs: Set<String> = [], knowledgeIDs: Set<String> = [], pathPrefixes: [String] = []) {
        self.scopes = scopes
        self.modelIDs = modelIDs
        self.knowledgeIDs = knowledgeIDs
        self.pathPrefixes = pathPrefixes
    }
}
