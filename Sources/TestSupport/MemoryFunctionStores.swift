package import Domain
import Synchronization

/// Functions or toolkits in memory.
package final class MemoryPluginStore<Plugin: StoredPlugin>: PluginStore {
    private let rows = MemoryRows<Plugin>(id: { $0.id }, taken: "There is a plug-in with this id.")

    package init() {}

    package func all() async throws -> [Plugin] { rows.all }
    package func find(_ id: String) async throws -> Plugin? { rows.find(id) }
    package func insert(_ row: Plugin) async throws { try rows.insert(row) }
    package func update(_ id: String, _ change: @escaping @Sendable (inout Plugin) throws -> Void) async throws -> Plugin? {
        try rows.update(id, change)
    }
    package func delete(_ id: String) async throws -> Bool { rows.delete(id) }
}

extension MemoryPluginStore: FunctionStore where Plugin == Function {}
extension MemoryPluginStore: ToolkitStore where Plugin == Toolkit {}

package typealias MemoryFunctionStore = MemoryPluginStore<Function>
package typealias MemoryToolkitStore = MemoryPluginStore<Toolkit>

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
