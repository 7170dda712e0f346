/// Reads collection names from clients and decides who may search them. Deny unless owned, granted, or an administrator.
package struct CollectionAccess: Sendable {
    private let files: any FileStore
    private let knowledge: any KnowledgeStore
    package let collections: any CollectionStore
    private let authorizer: Authorizer

    package init(files: any FileStore, knowledge: any KnowledgeStore, collections: any CollectionStore, authorizer: Authorizer) {
        self.files = files
        self.knowledge = knowledge
        self.collections = collections
        self.authorizer = authorizer
    }

    package static let refusal = AppError(.forbidden, AppError.prohibited.message)

    /// What the name means for this principal.
    /// - Returns: `nil` when there is no such collection and the principal may know that (administrators).
    /// - Throws: `AppError(.forbidden)` when it may not be used, for names with other characters than `[A-Za-z0-9_-]`, and for
    ///   unknown names: who may not see a collection does not learn whether it exists.
    package func resolve(_ name: String, for principal: Principal, permission: AccessGrant.Permission = .read) async throws -> CollectionKey? {
        guard !name.isEmpty, name.utf8.count <= 256, name.utf8.allSatisfy(Self.isAllowed) else { throw Self.refusal }
        if name.hasPrefix("file-") {
            let id = String(name.dropFirst(5))
            if let file = try await files.find(id) {
                guard try await allows(permission, principal, file) else { throw Self.refusal }
                return .file(id)
            }
        } else if let base = try await knowledge.find(name) {
            guard try await allows(permission, principal, base) else { throw Self.refusal }
            return .knowledge(name)
        } else {
            let owners = try await collections.textOwners(of: name)
            if !owners.isEmpty {
                // Texts are in no knowledge base: a key that is limited to some has no business with them.
                guard principal.knowledgeLimit == nil, principal.isAdmin || owners.contains(principal.userID) else { throw Self.refusal }
                return .text(name)
            }
        }
        guard principal.isAdmin else { throw Self.refusal }
        return nil
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }

    package func allows(_ permission: AccessGrant.Permission, _ principal: Principal, _ base: KnowledgeBase) async throws -> Bool {
        try await authorizer.allows(permission, principal, on: ResourceID(.knowledge, base.id), ownerID: base.userID)
    }

    /// A file may be read by its owner, administrators, and everybody who may read a knowledge base that holds it; changed by
    /// its owner, administrators, and everybody who may change such a knowledge base.
    package func allows(_ permission: AccessGrant.Permission, _ principal: Principal, _ file: File) async throws -> Bool {
        // A key that is limited to some knowledge bases reaches files only through them.
        if principal.knowledgeLimit == nil, principal.isAdmin || principal.userID == file.userID { return true }
        for id in try await knowledge.bases(of: file.id) {
            if let base = try await knowledge.find(id), try await allows(permission, principal, base) { return true }
        }
        return false
    }

    /// The files that a list for this principal shows.
    /// - Parameter onlyOwn: leaves out what an administrator sees of others.
    package func listing(for principal: Principal, onlyOwn: Bool = false) async throws -> FileFilter {
        var filter = FileFilter(ownerID: principal.isAdmin && !onlyOwn ? nil : principal.userID)
        if let limit = principal.knowledgeLimit { filter.knowledgeIDs = limit.sorted() }
        return filter
    }

    /// A knowledge base that the principal may write; `nil` for all others.
    package func writable(_ id: String, for principal: Principal) async throws -> KnowledgeBase? {
        guard let base = try await knowledge.find(id), try await allows(.write, principal, base) else { return nil }
        return base
    }

    /// For what touches everybody's files at once.
    /// - Throws: `AppError.prohibited` for keys that are limited to some knowledge bases.
    package static func requireUnlimited(_ principal: Principal) throws {
        guard principal.knowledgeLimit == nil else { throw AppError.prohibited }
    }

    /// All that the principal may search: the own files, and every knowledge base with a grant.
    package func readable(by principal: Principal) async throws -> [CollectionKey] {
        var keys: [CollectionKey] = principal.knowledgeLimit == nil ? [.owner(principal.userID)] : []
        for base in try await knowledge.all() where try await allows(.read, principal, base) { keys.append(.knowledge(base.id)) }
        return keys
    }
}
