/// Lets a user, a group or everybody read or write one resource.
package struct AccessGrant: Sendable, Hashable {
    package enum PrincipalType: String, Sendable, Hashable { case user, group }
    package enum Permission: String, Sendable, Hashable { case read, write }

    package var id: String
    package var resource: ResourceID
    package var principalType: PrincipalType
    /// A user's or group's id, or `*` for everybody.
    package var principalID: String
    package var permission: Permission
    package var createdAt: EpochSeconds

    package init(
        id: String = makeID(), resource: ResourceID, principalType: PrincipalType, principalID: String, permission: Permission,
        createdAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.resource = resource
        self.principalType = principalType
        self.principalID = principalID
        self.permission = permission
        self.createdAt = createdAt
    }

    /// Whether this grant speaks of the principal and gives at least the permission (`write` includes `read`).
    package func gives(_ wanted: Permission, to principal: Principal) -> Bool {
        guard permission == .write || wanted == .read else { return false }
        switch principalType {
        case .user: return principalID == "*" || principalID == principal.userID
        case .group: return principal.groupIDs.contains(principalID)
        }
    }
}

/// What a grant is about.
package struct ResourceID: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable { case model, knowledge, file, function, tool, folder, prompt, note, skill }

    package var kind: Kind
    package var id: String

    package init(_ kind: Kind, _ id: String) {
        self.kind = kind
        self.id = id
    }
}

/// Grants by resource. Deleting a resource deletes its grants.
package protocol AccessGrantStore: Sendable {
    func grants(for resource: ResourceID) async throws -> [AccessGrant]
    /// By resource id, for listing; resources without grants are absent.
    func grants(kind: ResourceID.Kind) async throws -> [String: [AccessGrant]]
    /// Replaces all grants of the resource in one transaction.
    func replace(_ grants: [AccessGrant], for resource: ResourceID) async throws
    func deleteAll(for resource: ResourceID) async throws
}

/// The one place that decides whether a principal may read or write a resource. Deny unless granted.
package struct Authorizer: Sendable {
    private let grants: any AccessGrantStore

    package init(grants: any AccessGrantStore) { self.grants = grants }

    /// - Parameter ownerID: owners may do everything with what is theirs; administrators with everything.
    package func allows(_ permission: AccessGrant.Permission, _ principal: Principal, on resource: ResourceID, ownerID: String) async throws -> Bool {
        if !Self.isWithinKey(principal, resource) { return false }
        if principal.isAdmin || principal.userID == ownerID { return true }
        return try await grants.grants(for: resource).contains { $0.gives(permission, to: principal) }
    }

    /// The same for grants already read.
    package static func allows(
        _ permission: AccessGrant.Permission, _ principal: Principal, on resource: ResourceID, ownerID: String, grants: [AccessGrant]
    ) -> Bool {
        guard isWithinKey(principal, resource) else { return false }
        return principal.isAdmin || principal.userID == ownerID || grants.contains { $0.gives(permission, to: principal) }
    }

    /// Whether the API key's own allow-lists let it reach the resource at all.
    package static func isWithinKey(_ principal: Principal, _ resource: ResourceID) -> Bool {
        guard let restrictions = principal.restrictions else { return true }
        switch resource.kind {
        case .model: return restrictions.modelIDs.isEmpty || restrictions.modelIDs.contains(resource.id)
        case .knowledge: return restrictions.knowledgeIDs.isEmpty || restrictions.knowledgeIDs.contains(resource.id)
        case .file, .function, .tool, .folder, .prompt, .note, .skill: return true
        }
    }
}
