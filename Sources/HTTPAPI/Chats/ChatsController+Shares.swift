import Domain
import HTTPTypes
import Hummingbird

extension ChatsController {
    func addShareRoutes(to routes: RouteTable) {
        routes.on(
            .post, Self.prefix + "/{id}/share", access: .user, scope: .chats,
            RouteDocumentation("Chats", "Share a chat as it is now; again renews the snapshot.")
        ) { _, context in
            try Self.chat(try await store.share(context.parameters.get("id") ?? "", ownerID: try context.requirePrincipal().userID))
        }
        routes.on(
            .delete, Self.prefix + "/{id}/share", access: .user, scope: .chats, RouteDocumentation("Chats", "Stop sharing a chat.")
        ) { _, context in
            .json(.bool(try await store.unshare(context.parameters.get("id") ?? "", ownerID: try context.requirePrincipal().userID)))
        }
        routes.on(
            .get, Self.prefix + "/share/{share}", access: .user, scope: .chats, RouteDocumentation("Chats", "A shared chat.")
        ) { _, context in
            try Self.chat(try await store.shared(context.parameters.get("share") ?? ""))
        }
    }
}
