/// Something that a person makes, owns, and may let others read or write: a prompt, a note, a skill.
package protocol SharedItem: Sendable {
    static var kind: ResourceID.Kind { get }
    /// As the permission tree spells them: `prompts` for `sharing.prompts` and `sharing.public_prompts`.
    static var plural: String { get }
    /// What somebody hears who may not do a thing with one.
    static var refusal: AppError { get }

    var id: String { get }
    var userID: String { get }
}

extension SharedItem {
    var resource: ResourceID { ResourceID(Self.kind, id) }
}

/// Which items to list, and in which order.
package struct SharedItemQuery: Sendable {
    package enum Order: String, Sendable { case name, created = "created_at", updated = "updated_at" }
    package enum Owners: Sendable { case anybody, reader, others }

    /// Who asks, as far as grants go.
    package struct Reader: Sendable {
        package var userID: String
        package var groupIDs: [String]
        package var seesEverything: Bool

        package init(_ principal: Principal) {
            userID = principal.userID
            groupIDs = principal.groupIDs
            seesEverything = principal.isAdmin
        }
    }

    package var reader: Reader
    /// What the reader must be allowed to do with an item.
    package var permission = AccessGrant.Permission.read
    /// Each must be somewhere in an item's texts, in any case.
    package var texts: [String] = []
    package var tag: String?
    package var owners = Owners.anybody
    package var isActiveOnly = false
    /// Only these, of those that the reader may read.
    package var ids: [String]?
    /// Long texts are cut: what lists show.
    package var isBrief = false
    package var order = Order.updated
    package var isAscending = false
    /// `nil` for all.
    package var page: PageRequest?

    package init(reader: Reader) { self.reader = reader }
    package init(for principal: Principal) { reader = Reader(principal) }
}

/// Keeps items of one kind. A change and what follows from it are one transaction; deleting an item deletes its grants.
package protocol SharedItemStore<Item>: Sendable {
    associatedtype Item: SharedItem

    func find(_ id: String) async throws -> Item?
    /// Items that the reader owns or was granted.
    func page(_ query: SharedItemQuery) async throws -> Page<Item>
    /// - Parameter limit: how many one owner may have.
    /// - Throws: `AppError(.conflict)` when an id or another thing of which there is one is taken, `.badRequest` beyond the limit.
    func insert(_ item: Item, limit: Int) async throws
    /// - Returns: the changed item; `nil` when it is not there.
    /// - Throws: `AppError(.conflict)` as `insert`, and what `change` throws: nothing is changed then.
    func update(_ id: String, _ change: @escaping @Sendable (inout Item) throws -> Void) async throws -> Item?
    func delete(_ id: String) async throws -> Bool
}
