/// Keeps functions.
package protocol FunctionStore: Sendable {
    /// The oldest first.
    func all() async throws -> [Function]
    func find(_ id: String) async throws -> Function?
    /// - Throws: `AppError(.conflict)` when the id is taken.
    func insert(_ function: Function) async throws
    /// Reads, changes and writes one function in one transaction.
    /// - Returns: the function as stored; `nil` when there is none.
    func update(_ id: String, _ change: @escaping @Sendable (inout Function) throws -> Void) async throws -> Function?
    /// Whether there was one. What belongs to it (valves) is the caller's to delete.
    func delete(_ id: String) async throws -> Bool
}

/// Keeps toolkits. Their grants are the `AccessGrantStore`'s; whoever deletes a toolkit deletes them, too (`ToolkitLibrary`).
package protocol ToolkitStore: Sendable {
    /// The oldest first.
    func all() async throws -> [Toolkit]
    func find(_ id: String) async throws -> Toolkit?
    /// - Throws: `AppError(.conflict)` when the id is taken.
    func insert(_ toolkit: Toolkit) async throws
    /// - Returns: the toolkit as stored; `nil` when there is none.
    func update(_ id: String, _ change: @escaping @Sendable (inout Toolkit) throws -> Void) async throws -> Toolkit?
    /// Whether there was one.
    func delete(_ id: String) async throws -> Bool
}

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
