/// The whole catalog at one moment. Never changes; the next change makes a new one.
final class ModelSnapshot: Sendable {
    private struct Item: Sendable {
        var entry: ModelEntry
        /// The same without the names of those who may use it.
        var publicEntry: ModelEntry
        var access: ModelAccess
        var isListed: Bool
    }

    private struct Usable: Sendable {
        var model: ResolvedModel
        var access: ModelAccess
        /// Of the base of a workspace model.
        var baseAccess: ModelAccess?
    }

    private let items: [Item]
    private let usable: [String: Usable]
    private let provided: [(item: ProviderModels.Item, access: ModelAccess, isActive: Bool)]
    private let isOpenToAll: Bool

    static let empty = ModelSnapshot(provided: ProviderModels(), rows: [], grants: [:], isOpenToAll: false)

    /// - Parameters:
    ///   - rows: in the order in which they are listed.
    ///   - isOpenToAll: every user may use every model.
    init(provided: ProviderModels, rows: [WorkspaceModel], grants: [String: [AccessGrant]], isOpenToAll: Bool) {
        let settings = Dictionary(rows.filter { $0.baseModelID == nil }.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var items: [Item] = []
        var usable: [String: Usable] = [:]
        var all: [(item: ProviderModels.Item, access: ModelAccess, isActive: Bool)] = []
        for item in provided.items {
            let row = settings[item.entry.id] ?? Self.shortName(of: item.entry).flatMap { settings[$0] }
            let rowGrants = row.map { grants[$0.id] ?? [] } ?? []
            let access = ModelAccess(row: row, grants: rowGrants)
            all.append((item, access, row?.isActive ?? true))
            if let row, !row.isActive { continue }
            let entry = row.map { Self.overridden(item.entry, by: $0, grants: rowGrants) } ?? item.entry
            let publicEntry = row.map { Self.overridden(item.entry, by: $0, grants: []) } ?? item.entry
            items.append(Item(entry: entry, publicEntry: publicEntry, access: access, isListed: item.isListed))
            usable[entry.id] = Usable(model: ResolvedModel(entry: entry, base: entry), access: access)
        }
        for (id, found) in usable {
            if let short = Self.shortName(of: found.model.entry), usable[short] == nil { usable[short] = usable[id] }
        }
        for row in rows {
            guard let baseID = row.baseModelID, row.isActive, provided[row.id] == nil else { continue }
            let base = usable[baseID].flatMap { $0.baseAccess == nil ? $0 : nil }
            let rowGrants = grants[row.id] ?? []
            let access = ModelAccess(row: row, grants: rowGrants)
            let entry = Self.preset(row, base: base?.model.entry, grants: rowGrants)
            items.append(Item(entry: entry, publicEntry: Self.preset(row, base: base?.model.entry, grants: []), access: access, isListed: true))
            if let base {
                usable[row.id] = Usable(model: ResolvedModel(entry: entry, base: base.model.entry), access: access, baseAccess: base.access)
            }
        }
        self.items = items
        self.usable = usable
        self.provided = all
        self.isOpenToAll = isOpenToAll
    }

    /// What the principal may see.
    func list(for principal: Principal) -> [ModelEntry] {
        items.compactMap { item in
            guard item.isListed, admits(principal, item.access), isWithinKey(principal, item.entry.id) else { return nil }
            return principal.isAdmin ? item.entry : item.publicEntry
        }
    }

    /// Models as their providers list them, without what is stored here.
    /// - Parameter principal: `nil` for all of them, switched off ones, too.
    func providerEntries(for principal: Principal?) -> [ModelEntry] {
        provided.compactMap { item, access, isActive in
            guard item.isListed else { return nil }
            if let principal {
                guard isActive, admits(principal, access), isWithinKey(principal, item.entry.id) else { return nil }
            }
            return item.entry
        }
    }

    /// What is there under the id, whoever asks.
    func find(_ id: String) -> ResolvedModel? { usable[id]?.model }

    func resolve(_ id: String, for principal: Principal) -> ResolvedModel? {
        guard let found = usable[id], admits(principal, found.access), isWithinKey(principal, found.model.entry.id) else { return nil }
        if let baseAccess = found.baseAccess, !admits(principal, baseAccess) { return nil }
        return found.model
    }

    private func admits(_ principal: Principal, _ access: ModelAccess) -> Bool { isOpenToAll || access.admits(principal) }

    private func isWithinKey(_ principal: Principal, _ id: String) -> Bool {
        principal.restrictions == nil || Authorizer.isWithinKey(principal, ResourceID(.model, id))
    }

    /// Ollama's models may be called without their `:latest`.
    private static func shortName(of entry: ModelEntry) -> String? {
        guard case .ollama = entry.route, entry.id.hasSuffix(":latest") else { return nil }
        return String(entry.id.dropLast(7))
    }

    private static func overridden(_ entry: ModelEntry, by row: WorkspaceModel, grants: [AccessGrant]) -> ModelEntry {
        var entry = entry
        entry.name = row.name
        entry.workspace = row
        entry.wire["name"] = .string(row.name)
        entry.wire["info"] = .object(row.listedWire(grants: grants))
        if !row.tags.isEmpty { entry.wire["tags"] = .array(row.tags) }
        return entry
    }

    private static func preset(_ row: WorkspaceModel, base: ModelEntry?, grants: [AccessGrant]) -> ModelEntry {
        var wire: JSONObject = [
            "id": .string(row.id), "name": .string(row.name), "object": "model", "created": .int(row.createdAt),
            "owned_by": base?.wire["owned_by"] ?? "openai",
        ]
        for key in ["connection_type", "pipe"] { wire[key] = base?.wire[key] }
        wire["preset"] = true
        wire["info"] = .object(row.listedWire(grants: grants))
        wire["actions"] = []
        wire["filters"] = []
        wire["tags"] = .array(row.tags)
        return ModelEntry(id: row.id, name: row.name, route: base?.route ?? .missing, wire: wire, workspace: row)
    }
}
