package import Logging

/// A filter on its way with one chat.
package struct FilterCall: Sendable {
    package var function: Function
    package var call: FunctionCall
}

/// Finds the filters of a chat and lets their `inlet` change the request, one after the other. Requests that no plug-in has a part in pay a
/// look into memory.
///
/// What the filters give back counts: the body, and of our own keys `files`, `tool_ids`, `features`, `variables`. Another `model` is
/// resolved with the caller's rights.
package struct RunInletFilters: ChatStep {
    private let registry: FunctionRegistry
    private let installer: PluginInstaller
    private let caller: FunctionCaller
    private let resolve: ResolveModel
    private let tools: (any ToolSource)?
    private let skipsFailures: @Sendable () -> Bool
    private let logger: Logger

    /// Our own keys that filters see in the body and may change.
    private static let shared = ["files", "tool_ids", "features", "variables", "filter_ids"]

    package init(
        registry: FunctionRegistry, installer: PluginInstaller, caller: FunctionCaller, resolve: ResolveModel, tools: (any ToolSource)? = nil,
        skipsFailures: @escaping @Sendable () -> Bool, logger: Logger
    ) {
        self.registry = registry
        self.installer = installer
        self.caller = caller
        self.resolve = resolve
        self.tools = tools
        self.skipsFailures = skipsFailures
        self.logger = logger
    }

    package func apply(to request: inout ChatRequest) async throws {
        guard let model = request.model else { return }
        // What functions ask for themselves is not filtered again: a filter that asks a model would never end. Nor is what is no chat.
        if request.depth == 0, request.task == nil {
            let filters = registry.filters(
                for: model, enabled: Set((request.own["filter_ids"]?.array ?? []).compactMap(\.string)))
            if !filters.isEmpty { try await run(filters, on: &request) }
            if case .function = request.route, request.events == nil { request.events = ChatEventQueue() }
        }
        if let tools {
            let ids = ToolLoop.toolIDs(of: request)
            guard !ids.isEmpty else { return }
            if request.events == nil, request.depth == 0 { request.events = ChatEventQueue() }
            request.pluginTools = try await tools.tools(ids, for: request)
        }
    }

    private func run(_ filters: [ActiveFunction], on request: inout ChatRequest) async throws {
        request.events = ChatEventQueue()
        let wanted = request.modelID
        for active in filters {
            let function = active.function
            do {
                if let problem = installer.problem(with: function.key, name: function.name, hasManifest: function.manifest != nil) {
                    throw problem
                }
                let filter = FilterCall(function: function, call: try await caller.call(active, for: request))
                if function.manifest?.hasInlet == true {
                    let sent = Self.body(of: request)
                    let back = try await installer.host.inlet(sent, in: filter.call)
                    if back != sent { Self.take(back, sent: sent, into: &request) }
                }
                if function.manifest?.handlesFiles == true { request.own["files"] = [] }
                request.filters.append(filter)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                guard skipsFailures() else { throw FunctionErrors.meaning(error, name: function.name) }
                logger.warning("a filter failed and was skipped", metadata: ["filter": "\(function.id)", "error": "\(error)"])
            }
        }
        if request.modelID != wanted { try await resolve.apply(to: &request) } else { try request.checkMessages() }
        request.filteredMessages = request.messages
    }

    /// The request as filters see it.
    static func body(of request: ChatRequest) -> JSONObject {
        var body = request.body
        for key in shared { if let value = request.own[key] { body[key] = value } }
        body["metadata"] = .object(FunctionCaller.metadata(of: request))
        return body
    }

    private static func take(_ back: JSONObject, sent: JSONObject, into request: inout ChatRequest) {
        var body = back
        body.removeValue(forKey: "metadata")
        for key in shared {
            if let value = body[key] { request.own[key] = value } else { request.own.removeValue(forKey: key) }
            body.removeValue(forKey: key)
        }
        // A filter cannot say who asks, nor address another chat.
        for key in ["chat_id", "id", "session_id", "user"] where sent[key] == nil { body.removeValue(forKey: key) }
        if body != request.body { request.body = body }
    }
}
