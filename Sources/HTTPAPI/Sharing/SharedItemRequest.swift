import Domain
import Hummingbird
import Wire

/// What the routes of shared items have in common: how lists are asked for, how grants are sent.
enum SharedItemRequest {
    /// `query`, `view_option` (`created`, `shared`), `tag`, `order_by` (`name`, `created_at`, `updated_at`), `direction` and `page`.
    ///
    /// - Parameters:
    ///   - pageSize: of a page; without a `page` and without `alwaysPaged` everything is listed.
    ///   - splits: makes the texts to look for of `query`.
    static func query(
        _ request: Request, for principal: Principal, pageSize: Int, alwaysPaged: Bool = true, splits: (String) -> [String] = { [$0] }
    ) throws -> SharedItemQuery {
        var reader = QueryReader(request)
        let page = reader.int("page", default: 1, in: 1...Int(Int32.max))
        try reader.check()
        var query = SharedItemQuery(for: principal)
        if alwaysPaged || reader.optionalString("page") != nil { query.page = PageRequest(page: page, size: pageSize) }
        let text = reader.optionalString("query") ?? ""
        // Every text is a scan of everything; nobody looks for more than a few.
        if !text.isEmpty { query.texts = Array(splits(String(text.prefix(500))).prefix(10)) }
        query.tag = reader.optionalString("tag").flatMap { $0.isEmpty ? nil : $0 }
        switch reader.optionalString("view_option") {
        case "created": query.owners = .reader
        case "shared": query.owners = .others
        default: break
        }
        query.order = reader.optionalString("order_by").flatMap(SharedItemQuery.Order.init(rawValue:)) ?? .updated
        query.isAscending = reader.optionalString("direction")?.lowercased() == "asc"
        return query
    }

    /// `access_grants` of a body.
    static func grants(_ request: Request, for resource: ResourceID) async throws -> [AccessGrant] {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let wanted = fields.array("access_grants")
        try fields.check()
        guard wanted.count <= 1000 else { throw AppError(.badRequest, "There may be at most 1000 grants.") }
        return AccessGrant.list(wanted, for: resource)
    }
}

extension SharedShelf.Entry {
    /// `{"items", "total"}` with each item's owner and whether the reader may change it.
    static func list(_ page: Page<Self>, users: any UserStore, wire: (Self) -> JSONObject) async throws -> Response {
        let people = try await users.profiles(of: page.items.map(\.item.userID))
        let items = page.items.map { entry in
            JSONValue.object(
                wire(entry).merging(["user": people[entry.item.userID] ?? .null, "write_access": .bool(entry.isWritable)]))
        }
        return .json(["items": .array(items), "total": .int(page.total)])
    }
}

extension RouteDescription {
    /// The parameters of `SharedItemRequest.query`.
    func listing() -> RouteDescription {
        with(
            .text("query", "What to look for."), .page, .text("tag", "A tag."), .text("order_by", "`name`, `created_at` or `updated_at`."),
            .text("direction", "`asc` or `desc`."), .text("view_option", "`created` by the caller, or `shared` with them."))
    }
}
