/// Keeps plug-ins of one kind. What belongs to one (valves, grants) is the caller's to delete.
package protocol PluginStore<Plugin>: Sendable {
    associatedtype Plugin: StoredPlugin
    /// The oldest first.
    func all() async throws -> [Plugin]
    func find(_ id: String) async throws -> Plugin?
    /// - Throws: `AppError(.conflict)` when the id is taken.
    func insert(_ plugin: Plugin) async throws
    /// Reads, changes and writes one in one transaction.
    /// - Returns: the plug-in as stored; `nil` when there is none.
    func update(_ id: String, _ change: @escaping @Sendable (inout Plugin) throws -> Void) async throws -> Plugin?
    /// Whether there was one.
    func delete(_ id: String) async throws -> Bool
}

/// Keeps functions.
package protocol FunctionStore: PluginStore<Function> {}

/// Keeps toolkits. Their grants are the `AccessGrantStore`'s; whoever deletes a toolkit deletes them, too (`ToolkitLibrary`).
package protocol ToolkitStore: PluginStore<Toolkit> {}

/// Keeps valves as sealed texts: they hold keys of other services. A user's are gone with the user.
package protocol ValveStore: Sendable {
    /// - Parameter userID: `nil` for the valves that administrators set for everybody.
    func sealedValves(of plugin: PluginKey, userID: String?) async throws -> String?
    /// Everybody's valves, by plug-in.
    func allSealedValves() async throws -> [PluginKey: String]
    func put(_ sealed: String, for plugin: PluginKey, userID: String?) async throws
    /// Everybody's and all users'.
    func deleteAll(of plugin: PluginKey) async throws
}
