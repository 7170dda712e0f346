package import Domain
import HTTPTypes
import Hummingbird

/// What somebody, or a group, can reach: for administrators who look before and after they change grants.
package struct AccessPreviewController: Controller {
    private let users: any UserStore
    private let groups: any GroupStore
    private let grants: any AccessGrantStore
    private let models: any WorkspaceModelStore
    private let knowledge: any KnowledgeStore
    private let toolkits: any ToolkitStore
    private let settings: Settings

    package init(
        users: any UserStore, groups: any GroupStore, grants: any AccessGrantStore, models: any WorkspaceModelStore, knowledge: any KnowledgeStore,
        toolkits: any ToolkitStore, settings: Settings
    ) {
        self.users = users
        self.groups = groups
        self.grants = grants
        self.models = models
        self.knowledge = knowledge
        self.toolkits = toolkits
        self.settings = settings
    }

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .get, "/api/v1/users/{id}/preview", access: .admin, scope: .admin,
            RouteDocumentation("Users", "Models, knowledge bases and tools that the account can use.")
        ) { _, context in
            guard let user = try await users.user(id: context.parameters.require("id")) else { throw AppError.userNotFound }
            let memberships = try await groups.groups(memberID: user.id)
            var answer = try await reach(
                of: Principal(userID: user.id, name: user.name, email: user.email, role: user.role, groupIDs: memberships.map(\.id)))
            answer["user"] = Self.item(user.id, user.name)
            answer["groups"] = .array(memberships.map { Self.item($0.id, $0.name) })
            return .json(.object(answer))
        }
        routes.on(
            .get, "/api/v1/groups/id/{id}/preview", access: .admin, scope: .admin,
            RouteDocumentation("Groups", "Models, knowledge bases and tools that the group's members can use by being in it.")
        ) { _, context in
            guard let group = try await groups.group(id: context.parameters.require("id")) else { throw AppError.notFound }
            // A member who owns nothing and has nothing else.
            var answer = try await reach(of: Principal(userID: "", name: "", email: "", role: .user, groupIDs: [group.id]))
            answer["group"] = Self.item(group.id, group.name)
            return .json(.object(answer))
        }
    }

    private func reach(of principal: Principal) async throws -> JSONObject {
        // Nobody without a role reaches anything, whatever was granted.
        func list(_ kind: ResourceID.Kind, _ all: [(id: String, name: String, ownerID: String)], isOpen: Bool = false) async throws -> JSONValue {
            let grants = try await grants.grants(kind: kind)
            let reached = all.filter { item in
                guard principal.role != .pending else { return false }
                return isOpen
                    || Authorizer.allows(.read, principal, on: ResourceID(kind, item.id), ownerID: item.ownerID, grants: grants[item.id] ?? [])
            }
            return ["items": .array(reached.map { Self.item($0.id, $0.name) }), "total": .int(all.count)]
        }
        return [
            "models": try await list(
                .model, try await models.all().filter(\.isActive).map { ($0.id, $0.name, $0.baseModelID == nil ? " " : $0.userID) },
                isOpen: settings[.bypassModelAccessControl]),
            "knowledge": try await list(.knowledge, try await knowledge.all().map { ($0.id, $0.name, $0.userID) }),
            "tools": try await list(.tool, try await toolkits.all().map { ($0.id, $0.name, $0.userID) }),
        ]
    }

    private static func item(_ id: String, _ name: String) -> JSONValue { ["id": .string(id), "name": .string(name)] }
}
