import Foundation

/// What people do with knowledge bases, and who may.
///
/// A knowledge base belongs to who made it; grants let others read or write it. What is wrong is said as the original does:
/// unknown or forbidden is a 400 everywhere but in `open`.
package struct KnowledgeLibrary: Sendable {
    package let store: any KnowledgeStore
    package let grants: any AccessGrantStore
    package let library: FileLibrary
    package let access: CollectionAccess
    /// Detaches a deleted knowledge base from the models that use it.
    private let detach: @Sendable (String) async throws -> Void

    package init(
        store: any KnowledgeStore, grants: any AccessGrantStore, library: FileLibrary, access: CollectionAccess,
        detach: @escaping @Sendable (String) async throws -> Void
    ) {
        self.store = store
        self.grants = grants
        self.library = library
        self.access = access
        self.detach = detach
    }

    private var files: any FileStore { library.files }

    /// A knowledge base as one principal sees it.
    package struct Entry: Sendable {
        package var base: KnowledgeBase
        package var grants: [AccessGrant]
        package var fileCount: Int
        package var mayWrite: Bool
    }

    private static let unknown = AppError(.badRequest, AppError.notFound.message)
    private static let refused = AppError(.badRequest, AppError.prohibited.message)

    // MARK: Bases

    /// - Throws: `AppError.notFound`, or `.prohibited` (401) without a grant.
    package func open(_ id: String, by principal: Principal) async throws -> Entry {
        guard let base = try await store.find(id) else { throw AppError.notFound }
        guard try await access.allows(.read, principal, base) else { throw AppError.prohibited }
        return try await entry(base, principal)
    }

    /// - Throws: `AppError(.badRequest)` for unknown ones and without a grant.
    package func base(_ id: String, _ permission: AccessGrant.Permission, by principal: Principal) async throws -> KnowledgeBase {
        guard let base = try await store.find(id) else { throw Self.unknown }
        guard try await access.allows(permission, principal, base) else { throw Self.refused }
        return base
    }

    package func entry(_ base: KnowledgeBase, _ principal: Principal) async throws -> Entry {
        Entry(
            base: base, grants: try await grants.grants(for: ResourceID(.knowledge, base.id)), fileCount: try await store.fileCount(of: base.id),
            mayWrite: try await access.allows(.write, principal, base))
    }

    /// What the principal may read, last changed first.
    /// - Parameter query: part of the name or description, any case.
    package func list(query: String = "", by principal: Principal, page: PageRequest) async throws -> Page<Entry> {
        let counts = try await store.fileCounts()
        let all = try await grants.grants(kind: .knowledge)
        let wanted = query.lowercased()
        let entries = try await store.all().compactMap { base -> Entry? in
            guard wanted.isEmpty || base.name.lowercased().contains(wanted) || base.description.lowercased().contains(wanted) else { return nil }
            let grants = all[base.id] ?? []
            let resource = ResourceID(.knowledge, base.id)
            guard Authorizer.allows(.read, principal, on: resource, ownerID: base.userID, grants: grants) else { return nil }
            return Entry(
                base: base, grants: grants, fileCount: counts[base.id] ?? 0,
                mayWrite: Authorizer.allows(.write, principal, on: resource, ownerID: base.userID, grants: grants))
        }
        return Page(items: Array(entries.dropFirst(page.offset).prefix(page.limit)), total: entries.count)
    }

    package func create(name: String, description: String, grants wanted: [AccessGrant], id: String, by principal: Principal) async throws -> Entry {
        // A key that is limited to some knowledge bases cannot make itself another.
        guard Authorizer.isWithinKey(principal, ResourceID(.knowledge, id)) else { throw AppError.prohibited }
        let base = KnowledgeBase(id: id, userID: principal.userID, name: name, description: description)
        try await store.insert(base)
        if !wanted.isEmpty { try await grants.replace(wanted, for: ResourceID(.knowledge, id)) }
        return try await entry(base, principal)
    }

    package func rename(_ base: KnowledgeBase, name: String, description: String, grants wanted: [AccessGrant]?) async throws -> KnowledgeBase {
        var base = base
        base.name = name
        base.description = description
        base.updatedAt = .now()
        try await store.update(base)
        if let wanted { try await grants.replace(wanted, for: ResourceID(.knowledge, base.id)) }
        return base
    }

    /// The files stay.
    package func delete(_ base: KnowledgeBase) async throws {
        guard try await store.delete(base.id) else { throw Self.unknown }
        try await forget(collection: base.id, among: [])
        try await detach(base.id)
    }

    /// Takes every file out and deletes those that the principal may delete, with the texts put in by name.
    package func reset(_ base: KnowledgeBase, withDirectories: Bool, by principal: Principal) async throws {
        for file in try await files.find(store.fileIDs(of: base.id)) {
            try await take(file, outOf: base, deleting: true, by: principal)
        }
        _ = try await access.collections.deleteTexts(of: base.id)
        if withDirectories { try await store.deleteDirectories(of: base.id) }
    }

    // MARK: Files in it

    /// Files of the base in the order in which they were added.
    package func contents(of base: KnowledgeBase) async throws -> [File] { try await files.find(store.fileIDs(of: base.id)) }

    /// Puts a file in. One that is not processed yet is processed; the caller waits for it, for a while at most: the file is in
    /// the knowledge base and becomes searchable when it is done.
    /// - Throws: `AppError(.badRequest)` for unknown files and failed ones (with the reason), `.forbidden` for files that the
    ///   principal may not pass on.
    package func add(_ fileID: String, to base: KnowledgeBase, directoryID: String? = nil, by principal: Principal) async throws {
        guard let file = try await files.find(fileID) else { throw Self.unknown }
        guard try await access.allows(.write, principal, file) else { throw AppError(.forbidden, AppError.prohibited.message) }
        let wasThere = try await store.bases(of: fileID).contains(base.id)
        if file.state == .failed { throw Self.failure(file) }
        let isSearchable = try await isSearchable(file)
        if file.state == .raw || (file.state == .completed && !isSearchable) { try await library.queue.submit(fileID) }
        try await store.add(fileIDs: [fileID], to: base.id, directoryID: directoryID)
        let processed = isSearchable ? file : try await waited(for: fileID)
        guard let processed else { return }
        if processed.state == .failed {
            if !wasThere { _ = try await store.remove(fileID: fileID, from: base.id) }
            throw Self.failure(processed)
        }
        _ = try await files.update(fileID) { if $0.documentID != nil, $0.collectionName != nil { $0.collectionName = base.id } }
    }

    private func isSearchable(_ file: File) async throws -> Bool {
        guard file.state == .completed, let id = file.documentID else { return false }
        return try await library.documents.find(id)?.state == .indexed
    }

    private static func failure(_ file: File) -> AppError {
        AppError(.badRequest, "400: \(file.failure ?? AppError.emptyContent.message)")
    }

    /// Longest a request waits for a file.
    private static let patience = Duration.seconds(60)

    /// The file when it is done; `nil` when it takes longer than a request should wait.
    private func waited(for fileID: String) async throws -> File? {
        try await withThrowingTaskGroup(of: File?.self) { group in
            group.addTask { try await library.queue.wait(for: fileID) }
            group.addTask {
                try await Task.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    /// Puts several in, all or none when one is unknown or forbidden. Those that fail to be processed are named in the result.
    package func add(_ fileIDs: [String], to base: KnowledgeBase, by principal: Principal) async throws -> [String: String] {
        let found = try await Dictionary(files.find(fileIDs).map { ($0.id, $0) }) { first, _ in first }
        for id in fileIDs {
            guard let file = found[id] else { throw AppError(.badRequest, "File \(id) not found") }
            guard try await access.allows(.write, principal, file) else { throw AppError(.forbidden, AppError.prohibited.message) }
        }
        var failures: [String: String] = [:]
        for id in fileIDs where found[id]?.state == .raw { try await library.queue.submit(id) }
        for id in fileIDs {
            do {
                try await add(id, to: base, by: principal)
            } catch let error as AppError where error.code == .badRequest {
                failures[id] = error.message
            }
        }
        return failures
    }

    /// - Returns: the file, which is in the base.
    /// - Throws: `AppError(.badRequest)` when it is not in it.
    package func member(_ fileID: String, of base: KnowledgeBase) async throws -> File {
        guard let file = try await files.find(fileID), try await store.bases(of: fileID).contains(base.id) else { throw Self.unknown }
        return file
    }

    /// Cuts and embeds the file anew and waits.
    package func reindex(_ file: File, in base: KnowledgeBase) async throws {
        try await library.queue.submit(file.id)
        guard let done = try await waited(for: file.id) else { return }
        if done.state == .failed { throw Self.failure(done) }
        _ = try await files.update(file.id) { if $0.collectionName != nil { $0.collectionName = base.id } }
    }

    /// - Parameter deleting: deletes the file itself, too, when the principal may and no other knowledge base needs it.
    package func take(_ file: File, outOf base: KnowledgeBase, deleting: Bool, by principal: Principal) async throws {
        let mayDelete = deleting ? try await access.allows(.write, principal, file) : false
        let others = try await store.bases(of: file.id).filter { $0 != base.id }
        // A file that is deleted leaves on its own.
        if mayDelete, others.isEmpty || file.userID == principal.userID || principal.isAdmin {
            do { try await library.delete(file.id) } catch let error as AppError where error.code == .notFound {}
        } else {
            _ = try await store.remove(fileID: file.id, from: base.id)
            try await forget(collection: base.id, among: [file.id], replacement: others.last)
        }
    }

    /// `meta.collection_name` must not name a knowledge base that the file has left.
    private func forget(collection: String, among fileIDs: [String], replacement: String? = nil) async throws {
        for id in fileIDs {
            _ = try await files.update(id) { if $0.collectionName == collection { $0.collectionName = replacement ?? "file-\(id)" } }
        }
    }

    // MARK: Directories

    /// - Throws: `AppError(.badRequest)` when it is not of this base.
    package func directory(_ id: String, of base: KnowledgeBase) async throws -> KnowledgeDirectory {
        guard let directory = try await store.directory(id), directory.knowledgeID == base.id else { throw Self.unknown }
        return directory
    }

    /// Names are single path components.
    package static func isDirectoryName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && name != "." && name != ".." && !name.contains("/")
            && !name.unicodeScalars.contains { $0.value < 0x20 }
    }

    /// Makes it, or finds the one with that name.
    package func makeDirectory(_ name: String, in parentID: String?, of base: KnowledgeBase, by principal: Principal) async throws
        -> KnowledgeDirectory
    {
        // As for file names: Hangul as macOS writes it is composed.
        let name = name.precomposedStringWithCanonicalMapping
        if let parentID { _ = try await directory(parentID, of: base) }
        if let there = try await store.directories(of: base.id).first(where: { $0.parentID == parentID && $0.name == name }) { return there }
        let directory = KnowledgeDirectory(knowledgeID: base.id, parentID: parentID, name: name, userID: principal.userID)
        try await store.insert(directory)
        return directory
    }

    /// - Throws: `AppError(.badRequest)` when it would be inside itself.
    package func change(_ directory: KnowledgeDirectory, name: String?, parentID: String??, of base: KnowledgeBase) async throws -> KnowledgeDirectory
    {
        var directory = directory
        if let name { directory.name = name.precomposedStringWithCanonicalMapping }
        if let parentID {
            var ancestor = parentID
            while let id = ancestor {
                guard id != directory.id else { throw AppError(.badRequest, "A directory cannot be moved into itself.") }
                ancestor = try await self.directory(id, of: base).parentID
            }
            directory.parentID = parentID
        }
        directory.updatedAt = .now()
        try await store.update(directory)
        return directory
    }
}
