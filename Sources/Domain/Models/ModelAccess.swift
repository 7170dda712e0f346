/// Who may read one model, prepared so that the question is answered without a search. The decision is the `Authorizer`'s: deny unless
/// granted.
struct ModelAccess: Sendable, Hashable {
    /// Owners may use the workspace models they made. Settings of a provider's model make nobody its owner.
    var ownerID: String?
    var isPublic = false
    var userIDs: Set<String> = []
    var groupIDs: Set<String> = []

    init(row: WorkspaceModel?, grants: [AccessGrant]) {
        guard let row else { return }
        ownerID = row.baseModelID == nil ? nil : row.userID
        for grant in grants {
            switch grant.principalType {
            case .user where grant.principalID == "*": isPublic = true
            case .user: userIDs.insert(grant.principalID)
            case .group: groupIDs.insert(grant.principalID)
            }
        }
    }

    func admits(_ principal: Principal) -> Bool {
        if principal.isAdmin || isPublic || userIDs.contains(principal.userID) { return true }
        if let ownerID, ownerID == principal.userID { return true }
        return !groupIDs.isEmpty && principal.groupIDs.contains { groupIDs.contains($0) }
    }
}
