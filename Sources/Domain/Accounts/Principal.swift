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
    /// What its groups and the defaults let the account do; administrators need not look here (`may`).
    package var permissions: Permissions

    package init(
        userID: String, name: String, email: String, role: Role, groupIDs: [String] = [], credential: Credential = .system,
        restrictions: KeyRestrictions? = nil, permissions: Permissions = .standard
    ) {
        self.userID = userID
        self.name = name
        self.email = email
        self.role = role
        self.groupIDs = groupIDs
        self.credential = credential
        self.restrictions = restrictions
        self.permissions = permissions
    }

    package var isAdmin: Bool { role == .admin }

    /// Whether what is everybody's is open to it: a key that was made without the scope `admin` does not see more than its account's own.
    package var actsAsAdmin: Bool {
        let scopes = restrictions?.scopes ?? []
        return isAdmin && (scopes.isEmpty || scopes.contains(.admin))
    }

    /// Whether the account has a permission of the tree, as `chat.file_upload`. Administrators have all, pending accounts none.
    package func may(_ permission: String) -> Bool {
        switch role {
        case .admin: true
        case .user: permissions[permission]
        case .pending: false
        }
    }

    /// The knowledge bases that an API key is limited to, and with them the files; `nil` without such a limit.
    package var knowledgeLimit: Set<String>? {
        guard let ids = restrictions?.knowledgeIDs, !ids.isEmpty else { return nil }
        return ids
    }

    /// The API key's id when a key asks.
    package var keyID: String? {
        if case .apiKey(let id) = credential { id } else { nil }
    }
}

/// Limits of one API key. Empty sets mean "no limit of this kind".
package struct KeyRestrictions: Sendable, Hashable {
    package enum Scope: String, Sendable, Hashable, CaseIterable { case chat, models, files, knowledge, chats, account, admin }

    package var scopes: Set<Scope>
    package var modelIDs: Set<String>
    package var knowledgeIDs: Set<String>
    /// Path prefixes (`API_KEYS_ALLOWED_ENDPOINTS`); `nil`: no such limit, empty: nothing may be called.
    package var pathPrefixes: [String]?
    /// Where the key may be used from; empty: anywhere.
    package var addressRanges: [AddressRange]
    package var requestsPerMinute: Int?
    package var tokensPerMinute: Int?
    package var tokensPerDay: Int?
    package var tokensPerMonth: Int?
    /// In `Money` units.
    package var costPerDay: Int?
    package var costPerMonth: Int?

    package init(
        scopes: Set<Scope> = [], modelIDs: Set<String> = [], knowledgeIDs: Set<String> = [], pathPrefixes: [String]? = nil,
        addressRanges: [AddressRange] = [], requestsPerMinute: Int? = nil, tokensPerMinute: Int? = nil, tokensPerDay: Int? = nil,
        tokensPerMonth: Int? = nil, costPerDay: Int? = nil, costPerMonth: Int? = nil
    ) {
        self.scopes = scopes
        self.modelIDs = modelIDs
        self.knowledgeIDs = knowledgeIDs
        self.pathPrefixes = pathPrefixes
        self.addressRanges = addressRanges
        self.requestsPerMinute = requestsPerMinute
        self.tokensPerMinute = tokensPerMinute
        self.tokensPerDay = tokensPerDay
        self.tokensPerMonth = tokensPerMonth
        self.costPerDay = costPerDay
        self.costPerMonth = costPerMonth
    }
}
