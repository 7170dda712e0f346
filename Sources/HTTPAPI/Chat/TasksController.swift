package import Domain
import HTTPTypes
import Hummingbird

/// Completions in the background, and what models do beside answering.
package struct TasksController: Controller {
    private let tasks: ChatTaskRegistry
    private let settings: Settings

    package init(tasks: ChatTaskRegistry, settings: Settings) {
        self.tasks = tasks
        self.settings = settings
    }

    package func addRoutes(to routes: RouteTable) {
        routes.on(.get, "/api/tasks", access: .admin, scope: .admin, RouteDocumentation("Tasks", "All running completions.")) { _, _ in
            .json(["tasks": .strings(tasks.ids)])
        }
        routes.on(
            .get, "/api/tasks/chat/{chat}", access: .user, scope: .chat, RouteDocumentation("Tasks", "Completions running for a chat.")
        ) { _, context in
            let ownerID = try context.requirePrincipal().userID
            return .json(["task_ids": .strings(tasks.ids(chatID: context.parameters.get("chat") ?? "", ownerID: ownerID))])
        }
        routes.on(
            .post, "/api/tasks/stop/{task}", access: .admin, scope: .admin, RouteDocumentation("Tasks", "Stop a completion.")
        ) { _, context in
            let id = context.parameters.get("task") ?? ""
            guard tasks.stop(id) else { throw AppError.notFound }
            return .json(["status": true, "message": .string("Task \(id) successfully stopped.")])
        }
        routes.on(
            .get, "/api/v1/tasks/config", access: .user, scope: .chat, RouteDocumentation("Tasks", "What models do beside answering.")
        ) { _, _ in
            .json(.object(TaskSettings.current(settings)))
        }
        routes.on(
            .post, "/api/v1/tasks/config/update", access: .admin, scope: .admin,
            RouteDocumentation("Tasks", "Change what models do beside answering.")
        ) { request, _ in
            try await update(try await request.jsonObject())
        }
    }

    /// Known keys only; a value of another type than its default is refused, `null` and absent keys leave things as they are.
    private func update(_ body: JSONObject) async throws -> Response {
        var fields = FieldReader(body)
        var config = TaskSettings.current(settings)
        for (key, standard) in TaskSettings.defaults {
            let value: JSONValue? =
                switch standard {
                case .bool: fields.optionalBool(key).map(JSONValue.bool)
                case .number: fields.optionalInt(key).map(JSONValue.int)
                case .object: fields.optionalObject(key).map(JSONValue.object)
                default: fields.optionalString(key).map(JSONValue.string)
                }
            if let value { config[key] = value }
        }
        try fields.check()
        try await settings.update(.taskConfig, .object(config))
        return .json(.object(TaskSettings.current(settings)))
    }
}
