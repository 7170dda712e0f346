/// Buttons under messages, and what clients report when an answer is complete.
package struct FunctionActions: Sendable {
    private let registry: FunctionRegistry
    private let installer: PluginInstaller
    private let caller: FunctionCaller
    private let resolve: ResolveModel
    private let outlets: OutletFilters

    package init(
        registry: FunctionRegistry, installer: PluginInstaller, caller: FunctionCaller, resolve: ResolveModel, outlets: OutletFilters
    ) {
        self.registry = registry
        self.installer = installer
        self.caller = caller
        self.resolve = resolve
        self.outlets = outlets
    }

    /// Runs an action.
    /// - Parameters:
    ///   - id: `action`, or `action.sub` for one of several.
    ///   - body: `model`, `messages`, `chat_id`, `id`, `session_id`.
    ///   - events: where the action puts what it emits; `nil` when nobody reads it.
    /// - Throws: `AppError(.badRequest)` for an action that is not there or not offered by the model, `AppError.modelNotFound`.
    package func run(_ id: String, body: JSONObject, by principal: Principal, events: ChatEventQueue? = nil) async throws -> JSONValue {
        var request = ChatRequest(body: body, own: Self.own(in: body), principal: principal)
        request.events = events
        try await resolve.apply(to: &request)
        let functionID = String(id.prefix { $0 != "." })
        let sub = id.contains(".") ? String(id.dropFirst(functionID.count + 1)) : nil
        guard let active = registry.active(functionID), active.function.kind == .action, let model = request.model,
            principal.isAdmin || registry.isOffered(active, by: model.entry)
        else { throw AppError(.badRequest, "Action not found: \(id)") }
        let function = active.function
        if let problem = installer.problem(with: function.key, name: function.name, hasManifest: function.manifest != nil) { throw problem }
        do {
            let call = try await caller.call(active, for: request, context: ["__id__": .optional(sub)])
            return try await installer.host.runAction(body, actionID: sub, in: call)
        } catch {
            throw FunctionErrors.meaning(error, name: function.name)
        }
    }

    /// Lets the filters of the chat look at an answer that a client put together. Where the server did so itself, nothing happens.
    package func completed(_ body: JSONObject, by principal: Principal) async throws -> JSONObject {
        var request = ChatRequest(body: body, own: Self.own(in: body), principal: principal)
        try await resolve.apply(to: &request)
        guard let model = request.model else { return body }
        let filters = registry.filters(for: model, enabled: Set((request.own["filter_ids"]?.array ?? []).compactMap(\.string)))
        guard !filters.isEmpty, !outlets.haveSeen(request) else { return body }
        for active in filters where active.function.manifest?.hasOutlet == true {
            request.filters.append(FilterCall(function: active.function, call: try await caller.call(active, for: request)))
        }
        return try await outlets.run(body, request.filters)
    }

    private static func own(in body: JSONObject) -> JSONObject {
        let names: Set<String> = ["chat_id", "id", "session_id", "filter_ids", "files", "features"]
        return body.filter { key, _ in names.contains(key) }
    }
}
