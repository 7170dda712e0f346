package import Domain
import Synchronization

/// Functions in memory.
package final class MemoryFunctionStore: FunctionStore {
    private let rows = Mutex<[Function]>([])

    package init() {}

    package func all() async throws -> [Function] { rows.withLock { $0 } }
    package func find(_ id: String) async throws -> Function? { rows.withLock { $0.first { $0.id == id } } }

    package func insert(_ function: Function) async throws {
        try rows.withLock { rows in
            guard !rows.contains(where: { $0.id == function.id }) else { throw AppError(.conflict, "There is a function with this id.") }
            rows.append(function)
        }
    }

    package func update(_ id: String, _ change: @escaping @Sendable (inout Function) throws -> Void) async throws -> Function? {
        try rows.withLock { rows in
            guard let index = rows.firstIndex(where: { $0.id == id }) else { return nil }
            var row = rows[index]
            try change(&row)
            rows[index] = row
            return row
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        rows.withLock { rows in
            guard let index = rows.firstIndex(where: { $0.id == id }) else { return false }
            rows.remove(at: index)
            return true
        }
    }
}

/// Toolkits in memory.
package final class MemoryToolkitStore: ToolkitStore {
    private let rows = Mutex<[Toolkit]>([])

    package init() {}

    package func all() async throws -> [Toolkit] { rows.withLock { $0 } }
    package func find(_ id: String) async throws -> Toolkit? { rows.withLock { $0.first { $0.id == id } } }

    package func insert(_ toolkit: Toolkit) async throws {
        try rows.withLock { rows in
            guard !rows.contains(where: { $0.id == toolkit.id }) else { throw AppError(.conflict, "There is a tool with this id.") }
            rows.append(toolkit)
        }
    }

    package func update(_ id: String, _ change: @escaping @Sendable (inout Toolkit) throws -> Void) async throws -> Toolkit? {
        try rows.withLock { rows in
            guard let index = rows.firstIndex(where: { $0.id == id }) else { return nil }
            var row = rows[index]
            try change(&row)
            rows[index] = row
            return row
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        rows.withLock { rows in
            guard let index = rows.firstIndex(where: { $0.id == id }) else { return false }
            rows.remove(at: index)
            return true
        }
    }
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
