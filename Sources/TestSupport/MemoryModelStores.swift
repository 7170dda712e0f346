package import Domain
import Synchronization

/// Model rows in memory.
package final class MemoryWorkspaceModelStore: WorkspaceModelStore {
    private let rows = Mutex<[WorkspaceModel]>([])

    package init() {}

    package func all() async throws -> [WorkspaceModel] { rows.withLock { $0 } }
    package func find(_ id: String) async throws -> WorkspaceModel? { rows.withLock { $0.first { $0.id == id } } }

    package func insert(_ model: WorkspaceModel) async throws {
        try rows.withLock { rows in
            guard !rows.contains(where: { $0.id == model.id }) else { throw AppError(.conflict, "There is a model with this id.") }
            rows.append(model)
        }
    }

    package func update(_ model: WorkspaceModel) async throws {
        try rows.withLock { rows in
            guard let index = rows.firstIndex(where: { $0.id == model.id }) else { throw AppError.notFound }
            rows[index] = model
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        rows.withLock { rows in
            let count = rows.count
            rows.removeAll { $0.id == id }
            return rows.count < count
        }
    }
}

/// Grants in memory.
package final class MemoryAccessGrantStore: AccessGrantStore {
    private let all = Mutex<[ResourceID: [AccessGrant]]>([:])

    package init() {}

    package func grants(for resource: ResourceID) async throws -> [AccessGrant] { all.withLock { $0[resource] ?? [] } }

    package func grants(kind: ResourceID.Kind) async throws -> [String: [AccessGrant]] {
        all.withLock { all in
            all.reduce(into: [:]) { found, entry in if entry.key.kind == kind { found[entry.key.id] = entry.value } }
        }
    }

    package func replace(_ grants: [AccessGrant], for resource: ResourceID) async throws {
        all.withLock { $0[resource] = grants.isEmpty ? nil : grants }
    }

    package func deleteAll(for resource: ResourceID) async throws { all.withLock { $0[resource] = nil } }
}

/// Lists models as a test says.
package final class ScriptedLister: ModelLister {
    package typealias Script = @Sendable (Connection) async throws -> [ListedModel]

    private let script: Mutex<Script>
    private let count = Mutex(0)

    package init(_ script: @escaping Script) { self.script = Mutex(script) }

    /// How often any upstream was asked.
    package var asked: Int { count.withLock { $0 } }

    package func answer(_ script: @escaping Script) { self.script.withLock { $0 = script } }

    package func models(of connection: Connection, within seconds: Int) async throws -> [ListedModel] {
        count.withLock { $0 += 1 }
        let script = script.withLock { $0 }
        return try await script(connection)
    }
}

extension Principal {
    package static func make(_ id: String, role: Role = .user, groups: [String] = [], models: Set<String>? = nil) -> Principal {
        Principal(
            userID: id, name: id, email: id + "@example.com", role: role, groupIDs: groups,
            restrictions: models.map { KeyRestrictions(modelIDs: $0) })
    }
}

extension ListedModel {
    package static func make(_ id: String) -> ListedModel {
        ListedModel(id: id, raw: ["id": .string(id), "model": .string(id), "name": .string(id)])
    }
}
