package import Domain
import HTTPTypes
import Hummingbird

/// `/api/v1/folders`: where chats are filed.
package struct FoldersController: Controller {
    private static let prefix = "/api/v1/folders"
    private let store: any ChatFolderStore

    package init(store: any ChatFolderStore) { self.store = store }

    package func addRoutes(to routes: RouteTable) {
        routes.on(.get, Self.prefix + "/", access: .user, scope: .chats, RouteDocumentation("Folders", "Own folders.")) { _, context in
            .json(.array(try await store.all(ownerID: try context.requirePrincipal().userID).map(\.shortWire)))
        }
        routes.on(
            .post, Self.prefix + "/", access: .user, scope: .chats,
            RouteDocumentation("Folders", "Make a folder.")
        ) { request, context in
            var fields = FieldReader(try await request.jsonObject())
            let folder = ChatFolder(
                parentID: fields.optionalString("parent_id"), userID: try context.requirePrincipal().userID, name: fields.string("name").trimmed,
                meta: fields.optionalObject("meta"), data: fields.optionalObject("data"))
            try fields.check()
            guard !folder.name.isEmpty else { throw AppError(.badRequest, "A folder needs a name.") }
            try await store.insert(folder)
            return .json(folder.wire)
        }
        routes.on(.get, Self.prefix + "/{id}", access: .user, scope: .chats, RouteDocumentation("Folders", "One folder.")) { _, context in
            try Self.folder(try await store.find(context.parameters.get("id") ?? "", ownerID: try context.requirePrincipal().userID))
        }
        change("/{id}/update", "Change name, meta or data.", to: routes) { folder, fields in
            if let name = fields.optionalString("name")?.trimmed {
                guard !name.isEmpty else { throw AppError(.badRequest, "A folder needs a name.") }
                folder.name = name
            }
            if let meta = fields.optionalObject("meta") { folder.meta = (folder.meta ?? [:]).merging(meta) }
            if let data = fields.optionalObject("data") { folder.data = (folder.data ?? [:]).merging(data) }
        }
        change("/{id}/update/parent", "Move a folder into another, or to the top with null.", to: routes) { folder, fields in
            folder.parentID = fields.optionalString("parent_id")
        }
        change("/{id}/update/expanded", "Open or close a folder.", to: routes) { folder, fields in
            folder.isExpanded = fields.bool("is_expanded")
        }
        routes.on(
            .delete, Self.prefix + "/{id}", access: .user, scope: .chats,
            RouteDocumentation(
                "Folders", "Delete a folder with its folders and chats.")
        ) { request, context in
            var query = QueryReader(request)
            let withChats = query.bool("delete_contents", default: true)
            try query.check()
            let id = context.parameters.get("id") ?? ""
            guard try await store.delete(id, ownerID: try context.requirePrincipal().userID, withChats: withChats) else { throw AppError.notFound }
            return .json(true)
        }
    }

    private func change(
        _ path: String, _ summary: String, to routes: RouteTable,
        _ apply: @escaping @Sendable (inout ChatFolder, inout FieldReader) throws -> Void
    ) {
        routes.on(
            .post, Self.prefix + path, access: .user, scope: .chats, RouteDocumentation("Folders", summary)
        ) { request, context in
            let body = try await request.jsonObject()
            let changed = try await store.update(context.parameters.get("id") ?? "", ownerID: try context.requirePrincipal().userID) { folder in
                var fields = FieldReader(body)
                try apply(&folder, &fields)
                try fields.check()
                folder.updatedAt = .now()
            }
            return try Self.folder(changed)
        }
    }

    private static func folder(_ folder: ChatFolder?) throws -> Response {
        guard let folder else { throw AppError.notFound }
        return .json(folder.wire)
    }
}
