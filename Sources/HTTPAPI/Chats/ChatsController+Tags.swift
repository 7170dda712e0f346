import Domain
import HTTPTypes
import Hummingbird

extension ChatsController {
    func addTagRoutes(to routes: RouteTable) {
        routes.on(.get, Self.prefix + "/all/tags", access: .user, scope: .chats, RouteDocumentation("Chats", "All own tags.")) { _, context in
            .json(.array(try await store.tags(ownerID: try context.requirePrincipal().userID).map(\.wire)))
        }
        routes.on(
            .post, Self.prefix + "/tags", access: .user, scope: .chats,
            RouteDocumentation("Chats", "Chats that carry a tag.")
        ) { request, context in
            let ownerID = try context.requirePrincipal().userID
            var fields = FieldReader(try await request.jsonObject())
            let name = fields.string("name")
            let skip = fields.optionalInt("skip") ?? 0
            let limit = fields.optionalInt("limit") ?? 50
            try fields.check()
            var filter = ChatFilter(ownerID: ownerID)
            filter.tags = [ChatTag.id(of: name)]
            let page = PageRequest(limit: min(max(limit, 1), 1000), offset: max(skip, 0))
            return .json(.array(try await store.list(filter, page: page).map(\.wire)))
        }
        routes.on(.get, Self.prefix + "/{id}/tags", access: .user, scope: .chats, RouteDocumentation("Chats", "A chat's tags.")) { _, context in
            try await tags(of: context.parameters.get("id") ?? "", context)
        }
        for (method, isAdded) in [(HTTPRequest.Method.post, true), (.delete, false)] {
            routes.on(
                method, Self.prefix + "/{id}/tags", access: .user, scope: .chats,
                RouteDocumentation(
                    "Chats", isAdded ? "Give a chat a tag." : "Take a tag from a chat.")
            ) { request, context in
                let ownerID = try context.requirePrincipal().userID
                var fields = FieldReader(try await request.jsonObject())
                let tag = ChatTag(name: fields.string("name"), userID: ownerID)
                try fields.check()
                guard !tag.id.isEmpty, tag.id != "none" else { throw AppError(.badRequest, "A tag cannot have this name.") }
                let id = context.parameters.get("id") ?? ""
                guard try await store.tag(id, tag, isAdded: isAdded) else { throw Self.notFound }
                return try await tags(of: id, context)
            }
        }
        routes.on(
            .delete, Self.prefix + "/{id}/tags/all", access: .user, scope: .chats, RouteDocumentation("Chats", "Take all tags from a chat.")
        ) { _, context in
            let ownerID = try context.requirePrincipal().userID
            let id = context.parameters.get("id") ?? ""
            guard let tags = try await store.tags(of: id, ownerID: ownerID) else { throw Self.notFound }
            for tag in tags { _ = try await store.tag(id, tag, isAdded: false) }
            return .json(true)
        }
    }

    private func tags(of id: String, _ context: AppRequestContext) async throws -> Response {
        guard let tags = try await store.tags(of: id, ownerID: try context.requirePrincipal().userID) else { throw Self.notFound }
        return .json(.array(tags.map(\.wire)))
    }
}
