/// What administrators do with functions: keep, change, switch, configure and delete them.
///
/// Errors beyond the host's: `.functionNotFound` (401), `.pluginIDTaken` (400), 400 for code that does not load, with the Python error.
package struct FunctionLibrary: Sendable {
    /// What a form says of a function.
    package struct Draft: Sendable {
        package var id: String
        package var name: String
        package var content: String
        package var meta: JSONObject

        package init(id: String, name: String, content: String, meta: JSONObject) {
            self.id = id
            self.name = name
            self.content = content
            self.meta = meta
        }
    }

    /// How long a manifold has to say which models it has.
    private static let modelsPatience = Duration.seconds(20)

    package let valves: ValveBook
    package let installer: PluginInstaller
    package let registry: FunctionRegistry
    private let store: any PluginStore<Function>
    private let patience: Duration
    private var host: any FunctionHost { installer.host }
    private var writer: PluginWriter<Function> { PluginWriter(store: store, installer: installer) { try await install($0) } }

    /// - Parameter patience: how long a request waits for packages to be installed; after that it goes on in the background.
    package init(
        store: any PluginStore<Function>, valves: ValveBook, installer: PluginInstaller, registry: FunctionRegistry, patience: Duration = .seconds(10)
    ) {
        self.store = store
        self.valves = valves
        self.installer = installer
        self.registry = registry
        self.patience = patience
    }

    // MARK: Reading

    package func all() async throws -> [Function] { try await store.all() }

    package func function(_ id: String) async throws -> Function {
        guard let function = try await store.find(id) else { throw AppError.functionNotFound }
        return function
    }

    // MARK: Changing

    package func create(_ draft: Draft, by principal: Principal) async throws -> Function {
        let function = try await writer.create(draft) { id in
            Function(
                id: id, userID: principal.userID, name: draft.name, kind: .pipe, content: draft.content, meta: Function.stored(draft.meta))
        }
        return try await inForce(function.id)
    }

    /// Replaces name, code and description. Code that does not load leaves everything as it was.
    package func update(_ id: String, _ draft: Draft) async throws -> Function {
        do {
            let (function, hasNewCode) = try await writer.update(try await function(id), draft)
            if hasNewCode { await refreshModels(of: function) }
        } catch {
            // What was in force may have been changed and taken back.
            try await registry.reload()
            throw error
        }
        return try await inForce(id)
    }

    package func toggle(_ id: String) async throws -> Function {
        guard
            let function = try await store.update(
                id,
                {
                    $0.isActive.toggle(); $0.updatedAt = .now()
                })
        else { throw AppError.functionNotFound }
        if function.isActive { await refreshModels(of: function) } else { await host.forget(function.code.id) }
        return try await inForce(id)
    }

    package func toggleGlobal(_ id: String) async throws -> Function {
        guard
            try await store.update(
                id,
                {
                    $0.isGlobal.toggle(); $0.updatedAt = .now()
                }) != nil
        else { throw AppError.functionNotFound }
        return try await inForce(id)
    }

    /// - Returns: whether there was one.
    package func delete(_ id: String) async throws -> Bool {
        let key = PluginKey(.function, id)
        installer.forget(key)
        guard try await store.delete(id) else { return false }
        try await valves.deleteAll(of: key)
        await host.forget(key.workerID)
        try await registry.reload()
        return true
    }

    /// One function of a set that replaces all others.
    package struct Import: Sendable {
        package var draft: Draft
        package var valves: JSONObject?
        package var isActive: Bool
        package var isGlobal: Bool
        package var createdAt: EpochSeconds?

        package init(draft: Draft, valves: JSONObject?, isActive: Bool, isGlobal: Bool, createdAt: EpochSeconds?) {
            self.draft = draft
            self.valves = valves
            self.isActive = isActive
            self.isGlobal = isGlobal
            self.createdAt = createdAt
        }
    }

    /// Makes the functions exactly these. Every code is loaded before anything changes; packages are installed in the background.
    package func sync(_ imports: [Import], by principal: Principal) async throws -> [Function] {
        var functions: [Function] = []
        for item in imports {
            let id = try PluginRules.id(item.draft.id)
            try PluginRules.check(content: item.draft.content)
            guard !functions.contains(where: { $0.id == id }) else { throw AppError(.badRequest, "\(id) is named twice.") }
            let known = try await store.find(id)
            var function =
                known ?? Function(id: id, userID: principal.userID, name: "", kind: .pipe, content: "", createdAt: item.createdAt ?? .now())
            let isSameCode = known?.content == item.draft.content && known?.manifest != nil
            if !isSameCode { function.revision = makeID() }
            function.take(item.draft)
            (function.isActive, function.isGlobal, function.updatedAt) = (item.isActive, item.isGlobal, .now())
            do {
                try function.settle(isSameCode ? known?.manifest : try await installer.load(function.code))
            } catch let error as AppError where error.code == .badRequest {
                throw AppError(.badRequest, "\(id): \(error.message)", cause: error)
            }
            functions.append(function)
        }
        let kept = Set(functions.map(\.id))
        for old in try await store.all() where !kept.contains(old.id) { _ = try await delete(old.id) }
        for (function, item) in zip(functions, imports) {
            if try await store.find(function.id) == nil { try await store.insert(function) } else { try await writer.put(function) }
            if let values = item.valves { try await valves.putUnchecked(values, for: function.key) }
            await host.forget(function.code.id)
            if function.manifest == nil { installInBackground(function) }
        }
        for function in functions where function.isActive { await refreshModels(of: function) }
        try await registry.reload()
        return try await store.all()
    }

    // MARK: Valves

    package func valves(of id: String) async throws -> JSONObject { try await valves.valves(of: try await function(id).key) }

    package func putValves(_ values: JSONObject, of id: String) async throws -> JSONObject {
        let function = try await function(id)
        let stored = try await valves.put(values, schema: function.manifest?.valves, for: function.key)
        // A manifold's models may depend on them (keys, addresses).
        if function.isActive { await refreshModels(of: function) }
        try await registry.reload()
        return stored
    }

    /// A function whose own settings a user may see: one that is in use.
    package func usable(_ id: String, by principal: Principal) async throws -> Function {
        let function = try await function(id)
        guard function.isActive || principal.isAdmin else { throw AppError.functionNotFound }
        return function
    }

    // MARK: In the background

    /// After a start: gets ready what is not, and asks pipes for their models.
    package func resume() async {
        for function in (try? await store.all()) ?? [] {
            if Task.isCancelled { return }
            let isInstalled = await host.isInstalled(function.code.requirements)
            if isInstalled, function.manifest != nil {
                if function.isActive { await refreshModels(of: function) }
            } else {
                installInBackground(function)
            }
        }
        try? await registry.reload()
    }

    /// Asks every manifold for its models again, when that was not done just now.
    package func refreshModels() async {
        guard registry.isRefreshDue(every: .seconds(10)) else { return }
        for function in (try? await store.all()) ?? [] where function.isActive { await refreshModels(of: function) }
        try? await registry.reload()
    }

    /// Tries again what failed.
    package func reinstall(_ id: String) async throws -> Function {
        let function = try await function(id)
        do { try await install(function) } catch let error as AppError where error.code == .badRequest {}
        return try await inForce(id)
    }

    private func install(_ function: Function) async throws {
        let (store, registry) = (store, registry)
        _ = try await installer.install(function.code, for: function.key, patience: patience) { manifest in
            var probe = function
            try probe.settle(manifest)
            let updated = try await store.update(function.id) { row in
                // Changed meanwhile: that change has its own installation.
                guard row.revision == function.revision else { return }
                try row.settle(manifest)
            }
            if let updated, updated.isActive { await refreshModels(of: updated) }
            try await registry.reload()
        }
    }

    private func installInBackground(_ function: Function) {
        Task { try? await install(function) }
    }

    /// The models of a manifold stay as they were when it cannot say.
    private func refreshModels(of function: Function) async {
        guard function.kind == .pipe, function.manifest?.isManifold == true else { return }
        do {
            let stored = try await valves.valves(of: function.key)
            let models = try await Deadline.run(within: Self.modelsPatience) { [host] in
                try await host.models(of: function.code, valves: stored)
            }
            var seen = Set<String>()
            let distinct = models.filter { seen.insert($0.id).inserted }.prefix(1000)
            _ = try await store.update(function.id) { row in if row.revision == function.revision { row.models = Array(distinct) } }
            installer.settle(function.key, revision: function.revision)
        } catch {
            installer.complain(error, about: function.key, revision: function.revision)
        }
    }

    // MARK: Details

    private func inForce(_ id: String) async throws -> Function {
        try await registry.reload()
        return try await function(id)
    }
}
