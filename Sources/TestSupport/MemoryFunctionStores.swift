package import Domain
import Synchronization

/// Functions in memory.
package final class MemoryFunctionStore: FunctionStore {
    private let rows = MemoryRows<Function>(id: \.id, taken: "There is a function with this id.")

    package init() {}

    package func all() async throws -> [Function] { rows.all }
    package func find(_ id: String) async throws -> Function? { rows.find(id) }
    package func insert(_ row: Function) async throws { try rows.insert(row) }
    package func update(_ id: String, _ change: @escaping @Sendable (inout Function) throws -> Void) async throws -> Function? {
        try rows.update(id, change)
    }
    package func delete(_ id: String) async throws -> Bool { rows.delete(id) }
}

/// Toolkits in memory.
package final class MemoryToolkitStore: ToolkitStore {
    private let rows = MemoryRows<Toolkit>(id: \.id, taken: "There is a tool with this id.")

    package init() {}

    package func all() async throws -> [Toolkit] { rows.all }
    package func find(_ id: String) async throws -> Toolkit? { rows.find(id) }
    package func insert(_ row: Toolkit) async throws { try rows.insert(row) }
    package func update(_ id: String, _ change: @escaping @Sendable (inout Toolkit) throws -> Void) async throws -> Toolkit? {
        try rows.update(id, change)
    }
    package func delete(_ id: String) async throws -> Bool { rows.delete(id) }
}

/// Valves in memory.
package final class MemoryValveStore: ValveStore {
    private struct Place: Hashable {
        var plugin: PluginKey
        var userID: String?
    }

    private let rows = Mutex<[Place: String]>([:])

    package init() {}

    package func sealedValves(of plugin: PluginKey, userID: String?) async throws -> String? {
        rows.withLock { $0[Place(plugin: plugin, userID: userID)] }
    }

    package func allSealedValves() async throws -> [PluginKey: String] {
        rows.withLock { rows in
            Dictionary(rows.filter { $0.key.userID == nil }.map { ($0.key.plugin, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
    }

    package func put(_ sealed: String, for plugin: PluginKey, userID: String?) async throws {
        rows.withLock { $0[Place(plugin: plugin, userID: userID)] = sealed }
    }

    package func deleteAll(of plugin: PluginKey) async throws {
        rows.withLock { rows in rows = rows.filter { $0.key.plugin != plugin } }
    }
}
