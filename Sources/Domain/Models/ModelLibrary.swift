/// Everything people do with stored model rows: make, change, share, switch and delete them.
///
/// Errors are the contract's, odd statuses included: `.prohibited` (401) where a right is missing, `.modelIDTaken` (401), 401 for an
/// unknown id in changes but 404 when one is read.
package struct ModelLibrary: Sendable {
    private let rows: any WorkspaceModelStore
    private let grants: any AccessGrantStore
    private let catalog: ModelCatalog

    package init(rows: any WorkspaceModelStore, grants: any AccessGrantStore, catalog: ModelCatalog) {
        self.rows = rows
        self.grants = grants
        self.catalog = catalog
    }

    /// A row with who may use it, as one principal sees it.
    package struct Shelved: Sendable {
        package var model: WorkspaceModel
        package var grants: [AccessGrant]
        package var isWritable: Bool

        /// For those who may only use a model its parameters and who else uses it are nobody's business.
        package var wire: JSONObject {
            if isWritable { return model.wire(grants: grants) }
            var visible = model
            visible.params = [:]
            return visible.wire(grants: [])
        }
    }

    /// What a form says of a model.
    package struct Draft: Sendable {
        package var id: String
        package var baseModelID: String?
        package var name: String
        package var params: JSONObject
        package var meta: JSONObject
        package var isActive: Bool

        package init(id: String, baseModelID: String?, name: String, params: JSONObject, meta: JSONObject, isActive: Bool = true) {
            self.id = id
            self.baseModelID = baseModelID
            self.name = name
            self.params = params
            self.meta = meta
            self.isActive = isActive
        }
    }

    // MARK: Reading

    /// - Throws: `.notFound` (404) when there is none, `.prohibited` (401) without a right to read.
    package func model(_ id: String, for principal: Principal) async throws -> Shelved {
        guard let model = try await rows.find(id) else { throw AppError.notFound }
        let shelved = try await shelve(model, for: principal)
        guard Self.mayRead(model, shelved.grants, principal) else { throw AppError.prohibited }
        return shelved
    }

    /// The workspace models that the principal may read.
    /// - Parameters:
    ///   - hasBase: workspace models, or settings of providers' models.
    package func all(for principal: Principal, hasBase: Bool = true) async throws -> [Shelved] {
        let grants = try await grants.grants(kind: .model)
        return try await rows.all().filter { ($0.baseModelID != nil) == hasBase }.compactMap { model in
            let own = grants[model.id] ?? []
            guard Self.mayRead(model, own, principal) else { return nil }
            return Shelved(model: model, grants: own, isWritable: Self.mayWrite(model, own, principal))
        }
    }

    // MARK: Changing

    package func create(_ draft: Draft, grants wanted: [AccessGrant], by principal: Principal) async throws -> Shelved {
        guard principal.isAdmin || principal.may("workspace.models") else { throw AppError.prohibited }
        try Self.checkBase(draft.baseModelID, by: principal)
        if draft.baseModelID != nil, await catalog.isProvided(draft.id) { throw AppError.modelIDTaken }
        let model = Self.row(draft, by: principal)
        do {
            try await rows.insert(model)
        } catch let error as AppError where error.code == .conflict {
            throw AppError.modelIDTaken
        }
        let allowed = Self.allowed(wanted, by: principal)
        if !allowed.isEmpty { try await grants.replace(allowed, for: ResourceID(.model, model.id)) }
        try await catalog.rowsChanged()
        return try await shelve(model, for: principal)
    }

    /// Replaces everything but the grants.
    package func update(_ draft: Draft, by principal: Principal) async throws -> Shelved {
        var model = try await writable(draft.id, by: principal, refusal: AppError(.badRequest, AppError.prohibited.message))
        if draft.baseModelID != model.baseModelID { try Self.checkBase(draft.baseModelID, by: principal) }
        model.baseModelID = draft.baseModelID
        model.name = draft.name
        model.params = draft.params
        model.meta = draft.meta
        model.isActive = draft.isActive
        return try await store(&model, by: principal)
    }

    /// Replaces the grants. For a provider's model without a row an administrator's call makes one.
    package func share(_ id: String, name: String?, grants wanted: [AccessGrant], by principal: Principal) async throws -> Shelved {
        let model: WorkspaceModel
        if try await rows.find(id) == nil, principal.isAdmin {
            model = Self.row(Draft(id: id, baseModelID: nil, name: name ?? id, params: [:], meta: [:]), by: principal)
            do { try await rows.insert(model) } catch let error as AppError where error.code == .conflict {}
        } else {
            model = try await writable(id, by: principal, refusal: .prohibited)
        }
        try await grants.replace(Self.allowed(wanted, by: principal), for: ResourceID(.model, id))
        try await catalog.rowsChanged()
        return try await shelve(model, for: principal)
    }

    package func toggle(_ id: String, by principal: Principal) async throws -> Shelved {
        var model = try await writable(id, by: principal, refusal: .prohibited)
        model.isActive.toggle()
        return try await store(&model, by: principal)
    }

    package func delete(_ id: String, by principal: Principal) async throws {
        _ = try await writable(id, by: principal, refusal: .prohibited)
        try await grants.deleteAll(for: ResourceID(.model, id))
        _ = try await rows.delete(id)
        try await catalog.rowsChanged()
    }

    /// Takes a knowledge base that is gone out of the models that use it.
    package func detach(knowledgeID: String) async throws {
        var changed = false
        for var model in try await rows.all() {
            guard let knowledge = model.meta["knowledge"]?.array, knowledge.contains(where: { $0["id"]?.string == knowledgeID }) else { continue }
            model.meta["knowledge"] = .array(knowledge.filter { $0["id"]?.string != knowledgeID })
            model.versionID = makeID()
            model.updatedAt = .now()
            try await rows.update(model)
            changed = true
        }
        if changed { try await catalog.rowsChanged() }
    }

    /// For administrators.
    package func deleteAll() async throws {
        for model in try await rows.all() {
            try await grants.deleteAll(for: ResourceID(.model, model.id))
            _ = try await rows.delete(model.id)
        }
        try await catalog.rowsChanged()
    }

    /// Makes or replaces models. Rows of others are left alone unless the principal may write them.
    package func importAll(_ drafts: [(draft: Draft, grants: [AccessGrant])], by principal: Principal) async throws {
        for (draft, wanted) in drafts {
            if let existing = try await rows.find(draft.id) {
                let own = try await grants.grants(for: ResourceID(.model, draft.id))
                guard Self.mayWrite(existing, own, principal) else { continue }
                if draft.baseModelID != existing.baseModelID { try Self.checkBase(draft.baseModelID, by: principal) }
                var model = Self.row(draft, by: principal)
                (model.userID, model.createdAt) = (existing.userID, existing.createdAt)
                try await rows.update(model)
            } else {
                try Self.checkBase(draft.baseModelID, by: principal)
                try await rows.insert(Self.row(draft, by: principal))
            }
            let allowed = Self.allowed(wanted, by: principal)
            if !allowed.isEmpty { try await grants.replace(allowed, for: ResourceID(.model, draft.id)) }
        }
        try await catalog.rowsChanged()
    }

    // MARK: Rights

    private static func mayRead(_ model: WorkspaceModel, _ grants: [AccessGrant], _ principal: Principal) -> Bool {
        Authorizer.isWithinKey(principal, ResourceID(.model, model.id))
            && (ModelAccess(row: model, grants: grants).admits(principal))
    }

    /// Owning the settings of a provider's model gives no right to them: they decide who may use it.
    private static func mayWrite(_ model: WorkspaceModel, _ grants: [AccessGrant], _ principal: Principal) -> Bool {
        Authorizer.isWithinKey(principal, ResourceID(.model, model.id))
            && (principal.isAdmin || (model.baseModelID != nil && model.userID == principal.userID)
                || grants.contains { $0.gives(.write, to: principal) })
    }

    /// A row without a base changes a provider's model for everybody.
    private static func checkBase(_ baseID: String?, by principal: Principal) throws {
        if baseID == nil, !principal.isAdmin { throw AppError.prohibited }
    }

    /// The grants that the principal may give; the others are left out, as the original does.
    private static func allowed(_ grants: [AccessGrant], by principal: Principal) -> [AccessGrant] {
        grants.filter { grant in
            if grant.principalID == "*" { return principal.isAdmin || principal.may("sharing.public_models") }
            return grant.principalType == .group || principal.isAdmin || principal.may("access_grants.allow_users")
        }
    }

    private func writable(_ id: String, by principal: Principal, refusal: AppError) async throws -> WorkspaceModel {
        guard let model = try await rows.find(id) else { throw AppError(.unauthorized, AppError.notFound.message) }
        let own = try await grants.grants(for: ResourceID(.model, id))
        guard Self.mayWrite(model, own, principal) else { throw refusal }
        return model
    }

    private func store(_ model: inout WorkspaceModel, by principal: Principal) async throws -> Shelved {
        model.versionID = makeID()
        model.updatedAt = .now()
        try await rows.update(model)
        try await catalog.rowsChanged()
        return try await shelve(model, for: principal)
    }

    private func shelve(_ model: WorkspaceModel, for principal: Principal) async throws -> Shelved {
        let own = try await grants.grants(for: ResourceID(.model, model.id))
        return Shelved(model: model, grants: own, isWritable: Self.mayWrite(model, own, principal))
    }

    private static func row(_ draft: Draft, by principal: Principal) -> WorkspaceModel {
        WorkspaceModel(
            id: draft.id, userID: principal.userID, baseModelID: draft.baseModelID, name: draft.name, params: draft.params, meta: draft.meta,
            isActive: draft.isActive)
    }
}

extension AppError {
    package static let modelIDTaken = AppError(
        .unauthorized, "Uh-oh! This model id is already registered. Please choose another model id string.")
}
