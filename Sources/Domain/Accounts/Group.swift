/// Accounts that share permissions and access grants.
package struct Group: Sendable {
    package var id: String
    /// Who made it.
    package var userID: String
    package var name: String
    package var description: String
    /// A tree like the default permissions; `true` adds to what its members may do. `nil`: adds nothing.
    package var permissions: JSONObject?
    package var data: JSONObject?
    package var meta: JSONObject?
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(id: String = makeID(), userID: String, name: String, description: String, createdAt: EpochSeconds = .now()) {
        self.id = id
        self.userID = userID
        self.name = name
        self.description = description
        self.createdAt = createdAt
        updatedAt = createdAt
    }
}

/// Keeps groups and who is in them. Deleting a group deletes memberships and the grants given to it.
package protocol GroupStore: Sendable {
    func group(id: String) async throws -> Group?
    func group(name: String) async throws -> Group?
    /// By name.
    func groups() async throws -> [Group]
    func groups(memberID: String) async throws -> [Group]
    /// Group ids of each account; accounts without groups are absent.
    func groupIDs(memberIDs: [String]) async throws -> [String: [String]]
    /// In the order in which they joined.
    func memberIDs(groupID: String) async throws -> [String]
    /// Number of members by group id; empty groups are absent.
    func memberCounts() async throws -> [String: Int]
    func insert(_ group: Group) async throws
    func update(id: String, _ change: @escaping @Sendable (inout Group) throws -> Void) async throws -> Group?
    /// - Returns: whether there was one.
    @discardableResult
    func delete(id: String) async throws -> Bool
    /// Accounts that don't exist are left out.
    func add(memberIDs: [String], to groupID: String, at: EpochSeconds) async throws
    func remove(memberIDs: [String], from groupID: String) async throws
    /// Makes these the account's only groups.
    func setGroups(_ groupIDs: [String], memberID: String, at: EpochSeconds) async throws
}
