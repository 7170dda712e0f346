/// What people do with toolkits: keep, change, share, configure and delete them.
///
/// Errors beyond the host's: `.notFound` (404) when one is read, `.prohibited` (401) where a right is missing or a thing to change is not
/// there, `.pluginIDTaken` (400), 400 for code that does not load.
package struct ToolkitLibrary: Sendable {
    /// A toolkit as one principal sees it.
    package struct Shelved: Sendable {
        package var toolkit: Toolkit
        package var grants: [AccessGrant]
        package var isWritable: Bool
    }

    package let valves: ValveBook
    package let installer: PluginInstaller
    private let store: any PluginStore<Toolkit>
    private let grants: any AccessGrantStore
    private let patience: Duration
    private var host: any FunctionHost { installer.host }
    private var writer: PluginWriter<Toolkit> { PluginWriter(store: store, installer: installer) { try await install($0) } }

    package init(
        store: any PluginStore<Toolkit>, grants: any AccessGrantStore, valves: ValveBook, installer: PluginInstaller, patience: Duration = .seconds(10)
    ) {
        self.store = store
        self.grants = grants
        self.valves = valves
        self.installer = installer
        self.patience = patience
    }

    // MARK: Reading

    /// Those that the principal may use.
    package func all(for principal: Principal) async throws -> [Shelved] {
        let grants = try await grants.grants(kind: .tool)
        return try await store.all().compactMap { toolkit in
            let shelved = Self.shelved(toolkit, grants[toolkit.id] ?? [], principal)
            return Self.mayRead(shelved, principal) ? shelved : nil
        }
    }

    /// Those among `ids` that the principal may use, in order; the others are left out.
    package func toolkits(_ ids: [String], for principal: Principal) async throws -> [Toolkit] {
        var found: [Toolkit] = []
        for id in ids where !found.contains(where: { $0.id == id }) {
            if let shelved = try? await toolkit(id, for: principal) { found.append(shelved.toolkit) }
        }
        return found
    }

    /// - Throws: `.notFound` when there is none, `.prohibited` without a right to read.
    package func toolkit(_ id: String, for principal: Principal) async throws -> Shelved {
        guard let toolkit = try await store.find(id) else { throw AppError.notFound }
        let shelved = Self.shelved(toolkit, try await grants.grants(for: ResourceID(.tool, id)), principal)
        guard Self.mayRead(shelved, principal) else { throw AppError.prohibited }
        return shelved
    }

    /// The same for changes: an unknown id is 401, as in the original.
    package func writable(_ id: String, by principal: Principal) async throws -> Toolkit {
        guard let toolkit = try await store.find(id) else { throw AppError.functionNotFound }
        guard Self.shelved(toolkit, try await grants.grants(for: ResourceID(.tool, id)), principal).isWritable else { throw AppError.prohibited }
        return toolkit
    }

    // MARK: Changing

    package func create(_ draft: FunctionLibrary.Draft, grants wanted: [AccessGrant], by principal: Principal) async throws -> Shelved {
        guard principal.may("workspace.tools") || principal.may("workspace.tools_import") else { throw AppError.prohibited }
        let id = try await writer.create(draft) { id in
            Toolkit(id: id, userID: principal.userID, name: draft.name, content: draft.content, meta: Toolkit.stored(draft.meta))
        }.id
        let allowed = Self.allowed(wanted, by: principal)
        if !allowed.isEmpty { try await grants.replace(allowed, for: ResourceID(.tool, id)) }
        return try await self.toolkit(id, for: principal)
    }

    /// - Parameter wanted: `nil` leaves the grants as they are.
    package func update(
        _ id: String, _ draft: FunctionLibrary.Draft, grants wanted: [AccessGrant]?, by principal: Principal
    ) async throws -> Shelved {
        _ = try await writer.update(try await writable(id, by: principal), draft)
        if let wanted { try await grants.replace(Self.allowed(wanted, by: principal), for: ResourceID(.tool, id)) }
        return try await toolkit(id, for: principal)
    }

    package func share(_ id: String, grants wanted: [AccessGrant], by principal: Principal) async throws -> Shelved {
        _ = try await writable(id, by: principal)
        try await grants.replace(Self.allowed(wanted, by: principal), for: ResourceID(.tool, id))
        return try await toolkit(id, for: principal)
    }

    package func delete(_ id: String, by principal: Principal) async throws -> Toolkit {
        let toolkit = try await writable(id, by: principal)
        installer.forget(toolkit.key)
        try await grants.deleteAll(for: ResourceID(.tool, id))
        try await valves.deleteAll(of: toolkit.key)
        _ = try await store.delete(id)
        await host.forget(toolkit.code.id)
        return toolkit
    }

    package func reinstall(_ id: String, by principal: Principal) async throws -> Shelved {
        let toolkit = try await writable(id, by: principal)
        do { try await install(toolkit) } catch let error as AppError where error.code == .badRequest {}
        return try await self.toolkit(id, for: principal)
    }

    /// After a start: gets ready what is not.
    package func resume() async {
        for toolkit in (try? await store.all()) ?? [] {
            if Task.isCancelled { return }
            let isInstalled = await host.isInstalled(toolkit.code.requirements)
            if !isInstalled || toolkit.manifest == nil { Task { try? await install(toolkit) } }
        }
    }

    // MARK: Details

    private func install(_ toolkit: Toolkit) async throws {
        let store = store
        _ = try await installer.install(toolkit.code, for: toolkit.key, patience: patience) { manifest in
            var probe = toolkit
            try probe.settle(manifest)
            _ = try await store.update(toolkit.id) { row in if row.revision == toolkit.revision { try row.settle(manifest) } }
        }
    }

    private static func shelved(_ toolkit: Toolkit, _ grants: [AccessGrant], _ principal: Principal) -> Shelved {
        let resource = ResourceID(.tool, toolkit.id)
        return Shelved(
            toolkit: toolkit, grants: grants,
            isWritable: Authorizer.allows(.write, principal, on: resource, ownerID: toolkit.userID, grants: grants))
    }

    private static func mayRead(_ shelved: Shelved, _ principal: Principal) -> Bool {
        shelved.isWritable
            || Authorizer.allows(
                .read, principal, on: ResourceID(.tool, shelved.toolkit.id), ownerID: shelved.toolkit.userID, grants: shelved.grants)
    }

    /// The grants that the principal may give; the others are left out, as the original does.
    private static func allowed(_ grants: [AccessGrant], by principal: Principal) -> [AccessGrant] {
        grants.filter { grant in
            if grant.principalID == "*" { return principal.may("sharing.public_tools") }
            return grant.principalType == .group || principal.may("access_grants.allow_users")
        }
    }
}
