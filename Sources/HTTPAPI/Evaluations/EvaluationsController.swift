package import Domain
import HTTPTypes
import Hummingbird

/// `/api/v1/evaluations`: what people think of answers, and which models they like better. Everybody keeps their own; administrators
/// see and change all.
package struct EvaluationsController: Controller {
    private static let prefix = "/api/v1/evaluations"
    private static let pageSize = 30
    /// Feedback read at once where all of it is needed.
    private static let batch = 500

    private let store: any FeedbackStore
    private let users: any UserStore
    private let audit: AuditLog

    package init(store: any FeedbackStore, users: any UserStore, audit: AuditLog) {
        self.store = store
        self.users = users
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(
                method, Self.prefix + path, access: access, scope: access == .admin ? .admin : .chats,
                RouteDocumentation("Evaluations", summary), handler: handler)
        }
        on(.post, "/feedback", .user, "Say what you think of an answer.") { request, context in
            let feedback = try Self.read(try await request.jsonObject(limit: 16 << 20), userID: try context.requirePrincipal().userID)
            try await store.insert(feedback)
            return .json(.object(feedback.wire))
        }
        on(.get, "/feedback/{id}", .user, "One feedback.") { _, context in
            guard let feedback = try await store.find(try context.parameters.require("id"), ownerID: try Self.owner(context)) else {
                throw AppError.notFound
            }
            return .json(.object(feedback.wire))
        }
        on(.post, "/feedback/{id}", .user, "Replace a feedback.") { request, context in
            let read = try Self.read(try await request.jsonObject(limit: 16 << 20), userID: "")
            let changed = try await store.update(try context.parameters.require("id"), ownerID: try Self.owner(context)) { feedback in
                (feedback.kind, feedback.data, feedback.updatedAt) = (read.kind, read.data, .now())
                if let meta = read.meta { feedback.meta = meta }
                if let snapshot = read.snapshot { feedback.snapshot = snapshot }
            }
            guard let changed else { throw AppError.notFound }
            return .json(.object(changed.wire))
        }
        on(.delete, "/feedback/{id}", .user, "Delete a feedback.") { request, context in
            let id = try context.parameters.require("id")
            guard try await store.delete(id, ownerID: try Self.owner(context)) else { throw AppError.notFound }
            await audit.record("feedback.delete", request, context, objectID: id)
            return .json(true)
        }
        on(.get, "/feedbacks/user", .user, "The caller's own, 30 a page.") { request, context in
            try await page(request, FeedbackFilter(userID: try context.requirePrincipal().userID))
        }
        on(.delete, "/feedbacks", .user, "Delete all of the caller's own.") { _, context in
            .json(.bool(try await store.deleteAll(ownerID: try context.requirePrincipal().userID)))
        }
        addAdminRoutes(on)
    }

    private func addAdminRoutes(
        _ on: (HTTPRequest.Method, String, RouteAccess, String, @escaping RouteTable.Handler) -> Void
    ) {
        on(.get, "/feedbacks/list", .admin, "Everybody's, 30 a page.") { request, _ in
            let query = QueryReader(request)
            var filter = FeedbackFilter(modelID: query.optionalString("model_id").flatMap { $0.isEmpty ? nil : $0 })
            filter.order = query.optionalString("order_by").flatMap(FeedbackFilter.Order.init) ?? .updatedAt
            filter.isAscending = query.optionalString("direction") == "asc"
            return try await page(request, filter)
        }
        on(.get, "/feedbacks/models", .admin, "Models that there is feedback on.") { _, _ in .json(.strings(try await store.modelIDs())) }
        on(.get, "/feedbacks/all/ids", .admin, "Everybody's in short.") { _, _ in
            .json(
                .array(
                    try await all(FeedbackFilter(), withSnapshots: false).map {
                        [
                            "id": .string($0.id), "user_id": .string($0.userID), "created_at": .int($0.createdAt),
                            "updated_at": .int($0.updatedAt),
                        ]
                    }))
        }
        on(.get, "/feedbacks/all/export", .admin, "Everybody's, whole.") { request, context in
            let modelID = QueryReader(request).optionalString("model_id").flatMap { $0.isEmpty ? nil : $0 }
            await audit.record("feedback.export", request, context)
            return .json(.array(try await all(FeedbackFilter(modelID: modelID), withSnapshots: true).map { .object($0.wire) }))
        }
        on(.delete, "/feedbacks/all", .admin, "Delete everybody's.") { request, context in
            let isDone = try await store.deleteAll(ownerID: nil)
            await audit.record("feedback.delete", request, context, object: "all")
            return .json(.bool(isDone))
        }
        on(.get, "/leaderboard", .admin, "Models by how people like them.") { request, _ in
            let tag = QueryReader(request).optionalString("query")?.trimmed.lowercased() ?? ""
            var filter = FeedbackFilter()
            (filter.order, filter.isAscending) = (.createdAt, true)
            let feedback = try await all(filter, withSnapshots: false)
            // With words, only what is about them counts.
            let counted = tag.isEmpty ? feedback : feedback.filter { $0.tags.contains { $0.lowercased().contains(tag) } }
            let entries = Leaderboard(counted).entries.map { entry -> JSONValue in
                [
                    "model_id": .string(entry.modelID), "rating": .int(entry.rating), "won": .int(entry.won), "lost": .int(entry.lost),
                    "count": .int(entry.won + entry.lost),
                    "top_tags": .array(entry.tags.map { ["tag": .string($0.tag), "count": .int($0.count)] }),
                ]
            }
            return .json(["entries": .array(entries)])
        }
    }

    // MARK: Reading

    /// Administrators may reach everybody's, but not with a key that was made without that scope.
    private static func owner(_ context: AppRequestContext) throws -> String? {
        let principal = try context.requirePrincipal()
        return principal.actsAsAdmin ? nil : principal.userID
    }

    private static func read(_ body: JSONObject, userID: String) throws -> Feedback {
        var fields = FieldReader(body)
        let kind = fields.string("type")
        let data = fields.optionalObject("data")
        let feedback = Feedback(
            userID: userID, kind: kind, data: data, meta: fields.optionalObject("meta"), snapshot: fields.optionalObject("snapshot"))
        try fields.check()
        if let data {
            var members = FieldReader(data, location: ["body", "data"])
            if let rating = data["rating"], !rating.isNull, rating.string == nil, rating.int == nil {
                members.report("int_type", "rating", "Input should be a valid integer or string")
            }
            for name in ["model_id", "reason", "comment"] { _ = members.optionalString(name) }
            for name in ["sibling_model_ids", "tags"] where data[name].map({ !$0.isNull }) == true { _ = members.strings(name) }
            try members.check()
        }
        return feedback
    }

    private func page(_ request: Request, _ filter: FeedbackFilter) async throws -> Response {
        var query = QueryReader(request)
        let number = query.int("page", default: 1, in: 1...1_000_000)
        try query.check()
        let page = try await store.page(filter, PageRequest(page: number, size: Self.pageSize), withSnapshots: false)
        let people = Dictionary(try await users.users(ids: Array(Set(page.items.map(\.userID)))).map { ($0.id, $0) }) { first, _ in first }
        let items = page.items.map { feedback -> JSONValue in
            var wire = feedback.wire
            wire.removeValue(forKey: "snapshot")
            wire["user"] = people[feedback.userID].map { .object($0.shortFeedbackWire) } ?? .null
            return .object(wire)
        }
        return .json(["items": .array(items), "total": .int(page.total)])
    }

    private func all(_ filter: FeedbackFilter, withSnapshots: Bool) async throws -> [Feedback] {
        var found: [Feedback] = []
        while true {
            let page = try await store.page(filter, PageRequest(limit: Self.batch, offset: found.count), withSnapshots: withSnapshots)
            found += page.items
            if page.items.count < Self.batch { return found }
        }
    }
}

extension Feedback {
    fileprivate var wire: JSONObject {
        func object(_ value: JSONObject?) -> JSONValue { value.map(JSONValue.object) ?? .null }
        return [
            "id": .string(id), "user_id": .string(userID), "version": 0, "type": .string(kind), "data": object(data), "meta": object(meta),
            "snapshot": object(snapshot), "created_at": .int(createdAt), "updated_at": .int(updatedAt),
        ]
    }
}

extension User {
    fileprivate var shortFeedbackWire: JSONObject {
        [
            "id": .string(id), "name": .string(name), "email": .string(email), "role": .string(role.rawValue),
            "last_active_at": .int(lastActiveAt), "updated_at": .int(updatedAt), "created_at": .int(createdAt),
        ]
    }
}
