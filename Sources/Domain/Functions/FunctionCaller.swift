/// Prepares calls of functions: who calls, with which valves, about which chat. All of it comes from the request's principal, nothing
/// from what code says about itself.
package struct FunctionCaller: Sendable {
    private let valves: ValveBook
    private let access: @Sendable () -> ServerAccess

    /// - Parameter access: asked for each call, since the server is built after this.
    package init(valves: ValveBook, access: @escaping @Sendable () -> ServerAccess) {
        self.valves = valves
        self.access = access
    }

    package func call(
        _ active: ActiveFunction, for request: ChatRequest, context more: JSONObject = [:]
    ) async throws -> FunctionCall {
        let userValves = try await userValves(of: active.function.key, active.function.manifest, request.principal)
        return FunctionCall(
            code: active.function.code, valves: active.valves, userValves: userValves, user: Self.user(request.principal),
            context: Self.context(of: request).merging(more), services: CallerServices(access: access(), request: request))
    }

    package func call(_ toolkit: Toolkit, for request: ChatRequest) async throws -> FunctionCall {
        FunctionCall(
            code: toolkit.code, valves: try await valves.valves(of: toolkit.key),
            userValves: try await userValves(of: toolkit.key, toolkit.manifest, request.principal), user: Self.user(request.principal),
            context: Self.context(of: request), services: CallerServices(access: access(), request: request))
    }

    private func userValves(of key: PluginKey, _ manifest: FunctionManifest?, _ principal: Principal) async throws -> JSONObject {
        guard manifest?.userValves != nil else { return [:] }
        return try await valves.valves(of: key, userID: principal.userID)
    }

    /// `__user__`.
    static func user(_ principal: Principal) -> JSONObject {
        [
            "id": .string(principal.userID), "email": .string(principal.email), "name": .string(principal.name),
            "role": .string(principal.role.rawValue),
        ]
    }

    /// The special parameters that speak of the chat.
    static func context(of request: ChatRequest) -> JSONObject {
        let own = request.own
        let files: JSONValue = .array(request.items)
        let model: JSONValue = request.model.map { .object($0.entry.wire) } ?? .null
        return [
            "__metadata__": .object(metadata(of: request)), "__files__": files, "__model__": model, "__chat_id__": own["chat_id"] ?? .null,
            "__message_id__": own["id"] ?? .null, "__session_id__": own["session_id"] ?? .null,
            "__model_knowledge__": request.model?.entry.workspace?.meta["knowledge"] ?? .null, "__messages__": .array(request.messages),
            "__task__": request.task.map(JSONValue.string) ?? .null,
            "__task_body__": request.task == nil ? .null : .object(request.taskBody ?? request.body),
        ]
    }

    /// `__metadata__`, which filters also find in the body.
    static func metadata(of request: ChatRequest) -> JSONObject {
        let own = request.own
        var metadata: JSONObject = [
            "user_id": .string(request.principal.userID), "chat_id": own["chat_id"] ?? .null, "message_id": own["id"] ?? .null,
            "session_id": own["session_id"] ?? .null, "filter_ids": own["filter_ids"] ?? [], "tool_ids": own["tool_ids"] ?? .null,
            "files": .array(request.items), "features": own["features"] ?? [:], "variables": own["variables"] ?? [:], "direct": false,
            "params": own["params"] ?? [:],
        ]
        if let model = request.model { metadata["model"] = .object(model.entry.wire) }
        if let task = request.task {
            metadata["task"] = .string(task)
            metadata["task_body"] = .object(request.taskBody ?? request.body)
        }
        return metadata
    }
}
