/// What functions and toolkits have in common, as far as keeping them goes.
package protocol StoredPlugin: Sendable {
    /// What in `meta` is worked out and not the client's to write.
    static var derivedMeta: Set<String> { get }
    var id: String { get }
    var name: String { get set }
    var content: String { get set }
    var meta: JSONObject { get set }
    var manifest: FunctionManifest? { get }
    var revision: String { get set }
    var updatedAt: EpochSeconds { get set }
    var key: PluginKey { get }

    /// Takes over what was found in the code, or what its text lets expect.
    /// - Throws: 400 for code of another kind.
    mutating func settle(_ manifest: FunctionManifest?) throws
}

extension StoredPlugin {
    package var code: FunctionCode { FunctionCode(id: key.workerID, content: content, version: revision) }

    /// What of a form's `meta` is kept.
    package static func stored(_ meta: JSONObject) -> JSONObject { meta.filter { key, _ in !derivedMeta.contains(key) } }

    mutating func take(_ draft: FunctionLibrary.Draft) {
        (name, content, meta) = (draft.name, draft.content, Self.stored(draft.meta))
    }
}

/// Stores plug-ins whose code loads, and takes back those whose packages cannot be installed.
struct PluginWriter<Plugin: StoredPlugin>: Sendable {
    let store: any PluginStore<Plugin>
    let installer: PluginInstaller
    /// Installs the packages, and stores what is found in the code then.
    let install: @Sendable (Plugin) async throws -> Void

    /// - Parameter make: a plug-in with this id.
    /// - Throws: `.pluginIDTaken`, 400 for an id or code that is no good.
    func create(_ draft: FunctionLibrary.Draft, _ make: (_ id: String) -> Plugin) async throws -> Plugin {
        let id = try PluginRules.id(draft.id)
        try PluginRules.check(content: draft.content)
        guard try await store.find(id) == nil else { throw AppError.pluginIDTaken }
        var plugin = make(id)
        let manifest = try await installer.load(plugin.code)
        try plugin.settle(manifest)
        do {
            try await store.insert(plugin)
        } catch let error as AppError where error.code == .conflict {
            throw AppError.pluginIDTaken
        }
        guard manifest == nil else { return plugin }
        do {
            try await install(plugin)
        } catch {
            installer.forget(plugin.key)
            _ = try await store.delete(id)
            throw error
        }
        return plugin
    }

    /// Replaces name, code and description. Code that does not load leaves everything as it was.
    /// - Returns: the plug-in, and whether its code is new and in force.
    func update(_ before: Plugin, _ draft: FunctionLibrary.Draft) async throws -> (plugin: Plugin, hasNewCode: Bool) {
        try PluginRules.check(content: draft.content)
        var changed = before
        changed.take(draft)
        let isSameCode = draft.content == before.content && before.manifest != nil
        if !isSameCode { changed.revision = makeID() }
        let manifest = isSameCode ? before.manifest : try await installer.load(changed.code)
        try changed.settle(manifest)
        changed.updatedAt = .now()
        try await put(changed)
        if !isSameCode { await installer.host.forget(changed.code.id) }
        if manifest == nil {
            do {
                try await install(changed)
            } catch {
                installer.forget(changed.key)
                try await put(before)
                throw error
            }
        } else if !isSameCode {
            installer.settle(changed.key, revision: changed.revision)
        }
        return (changed, manifest != nil && !isSameCode)
    }

    /// - Throws: `.functionNotFound` when it is gone.
    func put(_ plugin: Plugin) async throws {
        guard try await store.update(plugin.id, { $0 = plugin }) != nil else { throw AppError.functionNotFound }
    }
}
