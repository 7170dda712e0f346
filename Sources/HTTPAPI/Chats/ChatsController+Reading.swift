import Domain
import HTTPTypes
import Hummingbird

extension ChatsController {
    /// What its owner has seen of a chat, and lists of somebody's chats for administrators.
    func addReadingRoutes(to routes: RouteTable) {
        routes.on(
            .post, Self.prefix + "/{id}/unread", access: .user, scope: .chats, RouteDocumentation("Chats", "Take a chat as not looked at.")
        ) { _, context in
            let (id, ownerID) = (context.parameters.get("id") ?? "", try context.requirePrincipal().userID)
            guard try await store.setRead(id, ownerID: ownerID, at: nil), let chat = try await store.find(id, ownerID: ownerID) else {
                throw AppError.notFound
            }
            return .json([
                "chat_id": .string(id), "last_read_at": 0, "folder_id": .optional(chat.folderID),
                "folder_unread_counts": try await unreadCounts(ownerID: ownerID),
            ])
        }
        routes.on(
            .post, Self.prefix + "/read", access: .user, scope: .chats, RouteDocumentation("Chats", "Take all chats as looked at.")
        ) { _, context in
            let ownerID = try context.requirePrincipal().userID
            let count = try await store.setAllRead(ownerID: ownerID)
            return .json(["updated_count": .int(count), "folder_unread_counts": try await unreadCounts(ownerID: ownerID)])
        }
        routes.on(
            .get, Self.prefix + "/list/user/{id}", access: .admin, scope: .admin,
            RouteDocumentation("Chats", "Somebody's chats in short; only with ENABLE_ADMIN_CHAT_ACCESS.")
        ) { request, context in
            try requireAdminAccess()
            var query = QueryReader(request)
            let page = query.int("page", default: 1, in: 1...1_000_000)
            try query.check()
            var filter = ChatFilter(ownerID: try context.parameters.require("id"))
            filter.text = query.optionalString("query") ?? ""
            return .json(.array(try await store.list(filter, page: PageRequest(page: page, size: Self.pageSize)).map(\.wire)))
        }
        routes.on(
            .get, Self.prefix + "/shared/{id}/access", access: .user, scope: .chats,
            RouteDocumentation("Chats", "Who may read an own chat's shared copy: everybody who is signed in, or nobody.")
        ) { _, context in
            let chat = try await store.find(context.parameters.get("id") ?? "", ownerID: try context.requirePrincipal().userID)
            guard let chat else { throw AppError.notFound }
            guard let shareID = chat.shareID else { return .json([]) }
            return .json([["id": .string(shareID), "principal_type": "user", "principal_id": "*", "permission": "read"]])
        }
    }

    func requireAdminAccess() throws {
        guard allowsAdminAccess() else {
            throw AppError(.forbidden, "Reading other people's chats is off. ENABLE_ADMIN_CHAT_ACCESS turns it on.")
        }
    }

    /// By folder, those in folders within it included.
    private func unreadCounts(ownerID: String) async throws -> JSONValue {
        let own = try await folders.all(ownerID: ownerID)
        let parents = Dictionary(own.map { ($0.id, $0.parentID) }) { first, _ in first }
        var counts: [String: Int] = [:]
        var filter = ChatFilter(ownerID: ownerID)
        filter.isArchived = false
        for chat in try await store.list(filter, page: PageRequest(limit: 10_000, offset: 0)) where chat.updatedAt > chat.readAt ?? 0 {
            var (next, seen): (String?, Set<String>) = (chat.folderID, [])
            while let id = next, seen.insert(id).inserted {
                counts[id, default: 0] += 1
                next = parents[id] ?? nil
            }
        }
        return .object(JSONObject(own.map { ($0.id, .int(counts[$0.id] ?? 0)) }))
    }
}
