/// What is the same for everything that people share: who may read and change an item, and who may say so.
package struct SharedShelf<Item: SharedItem>: Sendable {
    /// An item as one principal sees it.
    package struct Entry: Sendable {
        package var item: Item
        /// Empty for those who may only read: with whom else something is shared is nobody's business.
        package var grants: [AccessGrant]
        package var isWritable: Bool
    }

    private let store: any SharedItemStore<Item>
    private let grants: any AccessGrantStore

    package init(store: any SharedItemStore<Item>, grants: any AccessGrantStore) {
        self.store = store
        self.grants = grants
    }

    /// - Throws: `.notFound`, and the kind's refusal without a right.
    package func entry(_ id: String, _ permission: AccessGrant.Permission = .read, for principal: Principal) async throws -> Entry {
        guard let item = try await store.find(id) else { throw AppError.notFound }
        let own = try await grants.grants(for: item.resource)
        guard Authorizer.allows(permission, principal, on: item.resource, ownerID: item.userID, grants: own) else { throw Item.refusal }
        return Self.entry(item, own, principal)
    }

    package func page(_ query: SharedItemQuery, for principal: Principal) async throws -> Page<Entry> {
        let page = try await store.page(query)
        let grants = page.items.isEmpty ? [:] : try await grants.grants(kind: Item.kind)
        return Page(items: page.items.map { Self.entry($0, grants[$0.id] ?? [], principal) }, total: page.total)
    }

    /// Stores a new item. Grants that the principal may not give are left out, as the original does.
    package func insert(_ item: Item, limit: Int, grants wanted: [AccessGrant], by principal: Principal) async throws -> Entry {
        try await store.insert(item, limit: limit)
        let allowed = Self.allowed(wanted, by: principal)
        if !allowed.isEmpty { try await grants.replace(allowed, for: item.resource) }
        return Self.entry(item, allowed, principal)
    }

    package func update(_ id: String, by principal: Principal, _ change: @escaping @Sendable (inout Item) throws -> Void) async throws -> Entry {
        var entry = try await entry(id, .write, for: principal)
        guard let item = try await store.update(id, change) else { throw AppError.notFound }
        entry.item = item
        return entry
    }

    /// Replaces the grants.
    /// - Throws: `AppError(.forbidden)` when the principal may not give one of them; nothing changes then.
    package func share(_ id: String, grants wanted: [AccessGrant], by principal: Principal) async throws -> Entry {
        var entry = try await entry(id, .write, for: principal)
        guard Self.allowed(wanted, by: principal).count == wanted.count else {
            throw AppError(.forbidden, "You do not have permission to share with the requested audience")
        }
        try await grants.replace(wanted, for: entry.item.resource)
        entry.grants = wanted
        return entry
    }

    package func delete(_ id: String, by principal: Principal) async throws -> Item {
        let item = try await entry(id, .write, for: principal).item
        guard try await store.delete(id) else { throw AppError.notFound }
        return item
    }

    private static func entry(_ item: Item, _ grants: [AccessGrant], _ principal: Principal) -> Entry {
        let isWritable = Authorizer.allows(.write, principal, on: item.resource, ownerID: item.userID, grants: grants)
        return Entry(item: item, grants: isWritable ? grants : [], isWritable: isWritable)
    }

    private static func allowed(_ grants: [AccessGrant], by principal: Principal) -> [AccessGrant] {
        guard principal.may("sharing." + Item.plural) else { return [] }
        return grants.filter { grant in
            if grant.principalID == "*" { return principal.may("sharing.public_" + Item.plural) }
            return principal.may(grant.principalType == .group ? "access_grants.allow_groups" : "access_grants.allow_users")
        }
    }
}
