package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Knowledge bases: made, listed, shared, renamed, emptied, deleted. What is in them: `KnowledgeFilesController`.
package struct KnowledgeController: Controller {
    static let prefix = "/api/v1/knowledge"
    private static let pageSize = 30

    private let knowledge: KnowledgeLibrary
    private let users: any UserStore

    package init(knowledge: KnowledgeLibrary, users: any UserStore) {
        self.knowledge = knowledge
        self.users = users
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String,
            _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, Self.prefix + path, access: access, scope: access == .admin ? .admin : .knowledge,
                RouteDocumentation("Knowledge", summary), handler: handler)
        }
        on(.get, "/", .user, "Knowledge bases that the caller may read, 30 a page.") { try await list($0, $1) }
        on(.get, "/search", .user, "The same, by name or description.") { try await list($0, $1) }
        on(.get, "/list", .user, "All knowledge bases that the caller may write, as clients of older versions ask for them.") { _, context in
            let all = try await knowledge.list(by: context.requirePrincipal(), page: PageRequest(limit: .max, offset: 0)).items
            return .json(.array(all.filter(\.mayWrite).map { .object(wire($0)) }))
        }
        on(.post, "/create", .user, "Make a knowledge base.") { try await create($0, $1) }
        on(.get, "/{id}", .user, "One knowledge base.") { _, context in
            let entry = try await knowledge.open(context.parameters.require("id"), by: context.requirePrincipal())
            return .json(.object(wire(entry)))
        }
        on(.post, "/{id}/update", .user, "Change name and description.") { try await update($0, $1) }
        on(
            .post, "/{id}/access/update", .user, "Replace who may read and write."
        ) { try await share($0, $1) }
        on(.post, "/{id}/reset", .user, "Take every file out and delete it.") {
            try await reset($0, $1)
        }
        on(.delete, "/{id}/delete", .user, "Delete a knowledge base; its files stay.") { _, context in
            let base = try await base(context, .write)
            try await knowledge.delete(base)
            return .json(true)
        }
    }

    private func base(_ context: AppRequestContext, _ permission: AccessGrant.Permission) async throws -> KnowledgeBase {
        try await knowledge.base(context.parameters.require("id"), permission, by: context.requirePrincipal())
    }

    private func wire(_ entry: KnowledgeLibrary.Entry) -> JSONObject {
        KnowledgeWire.object(entry.base, grants: entry.grants).merging(["write_access": .bool(entry.mayWrite)])
    }

    private func list(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let number = query.int("page", default: 1, in: 1...Int(Int32.max))
        try query.check()
        let page = try await knowledge.list(
            query: query.optionalString("query") ?? "", by: context.requirePrincipal(), page: PageRequest(page: number, size: Self.pageSize))
        let owners = try await users.profiles(of: page.items.map(\.base.userID))
        let items = page.items.map { entry in
            JSONValue.object(
                wire(entry).merging(["user": owners[entry.base.userID] ?? .null, "file_count": .int(entry.fileCount)]))
        }
        return .json(["items": .array(items), "total": .int(page.total)])
    }

    private func create(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let (name, description) = (fields.string("name"), fields.string("description"))
        let grants = fields.optionalArray("access_grants") ?? []
        try fields.check()
        let principal = try context.requirePrincipal()
        guard principal.may("workspace.knowledge") else { throw AppError.prohibited }
        let id = makeID()
        let entry = try await knowledge.create(
            name: name, description: description, grants: shareable(grants, id, principal), id: id, by: principal)
        return .json(.object(KnowledgeWire.object(entry.base, grants: entry.grants)))
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let (name, description) = (fields.string("name"), fields.string("description"))
        let wanted = fields.optionalArray("access_grants")
        try fields.check()
        let principal = try context.requirePrincipal()
        let base = try await base(context, .write)
        let grants = wanted.map { shareable($0, base.id, principal) }
        return try await answer(knowledge.rename(base, name: name, description: description, grants: grants))
    }

    private func share(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let wanted = fields.array("access_grants")
        try fields.check()
        let base = try await base(context, .write)
        try await knowledge.grants.replace(
            shareable(wanted, base.id, context.requirePrincipal()), for: ResourceID(.knowledge, base.id))
        return try await answer(base)
    }

    private func reset(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var query = QueryReader(request)
        let withDirectories = query.bool("include_directories", default: true)
        try query.check()
        let base = try await base(context, .write)
        try await knowledge.reset(base, withDirectories: withDirectories, by: context.requirePrincipal())
        return .json(.object(KnowledgeWire.object(base, grants: try await knowledge.grants.grants(for: ResourceID(.knowledge, base.id)))))
    }

    private func answer(_ base: KnowledgeBase) async throws -> Response {
        let grants = try await knowledge.grants.grants(for: ResourceID(.knowledge, base.id))
        return .json(.object(KnowledgeWire.object(base, grants: grants, files: try await knowledge.contents(of: base))))
    }

    /// The grants that the principal may give; the others are left out, as the original does.
    private func shareable(_ values: [JSONValue], _ id: String, _ principal: Principal) -> [AccessGrant] {
        AccessGrant.list(values, for: ResourceID(.knowledge, id)).filter { grant in
            if grant.principalID == "*" { return principal.may("sharing.public_knowledge") }
            return grant.principalType == .group || principal.may("access_grants.allow_users")
        }
    }
}

extension UserStore {
    /// Accounts in short, by id.
    func profiles(of ids: [String]) async throws -> [String: JSONValue] {
        let users = try await users(ids: Array(Set(ids)))
        return Dictionary(users.map { ($0.id, JSONValue.object($0.profileWire)) }) { first, _ in first }
    }
}
