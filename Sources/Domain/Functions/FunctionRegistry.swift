import Synchronization

/// A function that may be called, with what administrators set for it.
package struct ActiveFunction: Sendable, Hashable {
    package var function: Function
    package var valves: JSONObject

    package init(function: Function, valves: JSONObject) {
        self.function = function
        self.valves = valves
    }

    package var id: String { function.id }
    var priority: Double { function.manifest?.priority(valves) ?? 0 }
}

/// The functions that are switched on, in memory: what chats ask for. Read again after every change.
package final class FunctionRegistry: ExtraModelSource {
    private struct Snapshot {
        var active: [String: ActiveFunction] = [:]
        /// From the lowest priority to the highest.
        var filters: [ActiveFunction] = []
        var actions: [ActiveFunction] = []
        var models: [ModelEntry] = []
        var hasGlobalFilter = false
    }

    private struct State {
        var snapshot = Snapshot()
        /// Reads may overtake each other; the one that began last counts.
        var ticket = 0
        var inForce = 0
        var changed: @Sendable () -> Void = {}
        var refreshedAt: ContinuousClock.Instant?
    }

    private let store: any FunctionStore
    private let valves: ValveBook
    private let state = Mutex(State())

    package init(store: any FunctionStore, valves: ValveBook) {
        self.store = store
        self.valves = valves
    }

    /// - Parameter changed: called when the models may be others.
    package func observe(_ changed: @escaping @Sendable () -> Void) { state.withLock { $0.changed = changed } }

    /// Call after every change of functions or their valves. It is in force when this returns.
    package func reload() async throws {
        let ticket = state.withLock { state in
            state.ticket += 1
            return state.ticket
        }
        let rows = try await store.all()
        let stored = try await valves.all()
        let snapshot = Self.snapshot(rows.filter(\.isActive).map { ActiveFunction(function: $0, valves: stored[$0.key] ?? [:]) })
        let changed = state.withLock { state -> (@Sendable () -> Void)? in
            guard ticket > state.inForce else { return nil }
            state.inForce = ticket
            state.snapshot = snapshot
            return state.changed
        }
        changed?()
    }

    /// Whether models should be asked for; then nobody else is told so for the interval.
    func isRefreshDue(every interval: Duration) -> Bool {
        state.withLock { state in
            if let last = state.refreshedAt, ContinuousClock.now - last < interval { return false }
            state.refreshedAt = .now
            return true
        }
    }

    package var models: [ModelEntry] { state.withLock { $0.snapshot.models } }

    /// Whether there is a filter that every chat has to pass.
    package var hasGlobalFilter: Bool { state.withLock { $0.snapshot.hasGlobalFilter } }

    package func active(_ id: String) -> ActiveFunction? { state.withLock { $0.snapshot.active[id] } }

    /// The pipe that serves a model: `pipe`, or `pipe.model` of a manifold.
    package func pipe(serving modelID: String) -> ActiveFunction? {
        let id = modelID.prefix { $0 != "." }
        guard let found = active(String(id)), found.function.kind == .pipe else { return nil }
        return found
    }

    /// The filters of a chat: global ones and those of the model. A filter that people turn on themselves counts when `enabled` names it.
    package func filters(for model: ResolvedModel, enabled: @autoclosure () -> Set<String>) -> [ActiveFunction] {
        let filters = state.withLock { $0.snapshot.filters }
        guard !filters.isEmpty else { return [] }
        let own = Self.ids("filterIds", of: model.entry)
        let candidates = filters.filter { $0.function.isGlobal || own.contains($0.id) }
        guard candidates.contains(where: { $0.function.manifest?.isToggle == true }) else { return candidates }
        let enabled = enabled()
        return candidates.filter { $0.function.manifest?.isToggle != true || enabled.contains($0.id) }
    }

    /// Whether an action belongs to the model: a global one, or one of its own.
    package func isOffered(_ action: ActiveFunction, by entry: ModelEntry) -> Bool {
        action.function.isGlobal || Self.ids("actionIds", of: entry).contains(action.id)
    }

    /// `actions` and `filters` of an entry of the model list: the buttons, and the filters that people turn on themselves.
    package func decorated(_ entry: ModelEntry) -> JSONObject {
        let (filters, actions) = state.withLock { ($0.snapshot.filters, $0.snapshot.actions) }
        guard !filters.isEmpty || !actions.isEmpty else { return entry.wire }
        var wire = entry.wire
        let own = Self.ids("filterIds", of: entry)
        wire["filters"] = .array(
            filters.filter { ($0.function.isGlobal || own.contains($0.id)) && $0.function.manifest?.isToggle == true }.map(Self.item))
        wire["actions"] = .array(actions.filter { isOffered($0, by: entry) }.flatMap(Self.actionItems))
        return wire
    }

    private static func ids(_ key: String, of entry: ModelEntry) -> Set<String> {
        Set((entry.workspace?.meta[key]?.array ?? []).compactMap(\.string))
    }

    private static func item(_ found: ActiveFunction) -> JSONValue {
        [
            "id": .string(found.id), "name": .string(found.function.name), "description": found.function.meta["description"] ?? "",
            "icon": icon(of: found), "has_user_valves": .bool(found.function.manifest?.userValves != nil),
        ]
    }

    private static func icon(of found: ActiveFunction) -> JSONValue {
        let manifest = found.function.manifest
        return .optional(manifest?.icon ?? manifest?.frontMatter["icon_url"]?.string)
    }

    /// One button, or those of a class with several.
    private static func actionItems(_ found: ActiveFunction) -> [JSONValue] {
        let several = found.function.manifest?.actions ?? []
        guard !several.isEmpty else { return [item(found)] }
        return several.compactMap { action in
            guard let id = action["id"]?.string else { return nil }
            return [
                "id": .string("\(found.id).\(id)"), "name": action["name"] ?? .string("\(found.function.name) (\(id))"),
                "description": found.function.meta["description"] ?? "", "icon": action["icon_url"] ?? icon(of: found),
            ]
        }
    }

    private static func snapshot(_ active: [ActiveFunction]) -> Snapshot {
        var snapshot = Snapshot()
        snapshot.active = Dictionary(active.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        snapshot.filters = active.filter { $0.function.kind == .filter }.sorted { ($0.priority, $0.id) < ($1.priority, $1.id) }
        snapshot.actions = active.filter { $0.function.kind == .action }.sorted { ($0.priority, $0.id) < ($1.priority, $1.id) }
        snapshot.models = active.filter { $0.function.kind == .pipe }.flatMap(entries)
        // One that people turn on themselves is named in the request, which the relay leaves to the long way.
        snapshot.hasGlobalFilter = snapshot.filters.contains { $0.function.isGlobal && $0.function.manifest?.isToggle != true }
        return snapshot
    }

    private static func entries(of pipe: ActiveFunction) -> [ModelEntry] {
        let function = pipe.function
        let models = function.manifest?.isManifold == true ? function.models : [FunctionModel(id: "", name: "")]
        return models.map { model in
            let id = model.id.isEmpty ? function.id : "\(function.id).\(model.id)"
            let name = model.name.isEmpty ? (model.id.isEmpty ? function.name : model.id) : model.name
            let wire: JSONObject = [
                "id": .string(id), "name": .string(name), "object": "model", "created": .int(function.createdAt), "owned_by": "openai",
                "pipe": ["type": "pipe"], "has_user_valves": .bool(function.manifest?.userValves != nil), "actions": [], "filters": [],
                "tags": [],
            ]
            return ModelEntry(id: id, name: name, route: .function(id: id), wire: wire)
        }
    }
}
