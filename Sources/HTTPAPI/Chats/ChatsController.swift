package import Domain
import HTTPTypes
import Hummingbird

/// `/api/v1/chats`: saved chats. Each is its owner's alone; what is not found and what is somebody else's look the same.
package struct ChatsController: Controller {
    static let prefix = "/api/v1/chats"
    /// Chats on one page of a list.
    static let pageSize = 60
    let store: any ChatStore
    let folders: any ChatFolderStore
    /// Whether administrators may read other people's chats.
    let allowsAdminAccess: @Sendable () -> Bool

    package init(store: any ChatStore, folders: any ChatFolderStore, allowsAdminAccess: @escaping @Sendable () -> Bool) {
        self.store = store
        self.folders = folders
        self.allowsAdminAccess = allowsAdminAccess
    }

    package func addRoutes(to routes: RouteTable) {
        addListRoutes(to: routes)
        addTagRoutes(to: routes)
        addShareRoutes(to: routes)
        addReadingRoutes(to: routes)
        addStatisticsRoutes(to: routes)
        addChatRoutes(to: routes)
    }

    /// The original answers 401 for a chat that is not there.
    static let notFound = AppError(.unauthorized, AppError.notFound.message)

    static func chat(_ chat: SavedChat?) throws -> Response {
        guard let chat else { throw notFound }
        return .json(chat.wire)
    }

    // MARK: One chat

    private func addChatRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ summary: String,
            _ handler: @escaping @Sendable (Request, AppRequestContext, _ id: String, _ ownerID: String) async throws -> Response
        ) {
            routes.on(
                method, Self.prefix + path, access: .user, scope: .chats, RouteDocumentation("Chats", summary)
            ) { request, context in
                try await handler(request, context, context.parameters.get("id") ?? "", try context.requirePrincipal().userID)
            }
        }
        on(.post, "/new", "Save a chat.") { request, _, _, ownerID in
            try await create(try await request.jsonObject(), ownerID: ownerID)
        }
        on(.post, "/import", "Save chats made elsewhere.") { request, _, _, ownerID in
            try await importChats(try await request.jsonObject(limit: 256 << 20), ownerID: ownerID)
        }
        on(.get, "/{id}", "One chat.") { _, _, id, ownerID in
            let chat = try await store.find(id, ownerID: ownerID)
            if let chat, chat.updatedAt > chat.readAt ?? 0 { _ = try await store.setRead(id, ownerID: ownerID, at: .now()) }
            return try Self.chat(chat)
        }
        on(.post, "/{id}", "Merge keys into a chat's document.") { request, _, id, ownerID in
            try await update(id, try await request.jsonObject(), ownerID: ownerID)
        }
        on(.delete, "/{id}", "Delete a chat.") { _, _, id, ownerID in
            guard try await store.delete(id, ownerID: ownerID) else { throw AppError.notFound }
            return .json(true)
        }
        on(.delete, "/", "Delete all own chats.") { _, _, _, ownerID in
            try await store.deleteAll(ownerID: ownerID)
            return .json(true)
        }
        on(.post, "/{id}/messages/{message}", "Change the text of a message.") {
            request, context, id, ownerID in
            var fields = FieldReader(try await request.jsonObject())
            let text = fields.string("content")
            try fields.check()
            let message = context.parameters.get("message") ?? ""
            return try Self.chat(
                try await store.update(id, ownerID: ownerID) { chat in
                    var history = ChatHistory(chat.content)
                    guard history[message] != nil else { throw Self.notFound }
                    history.put(["content": .string(text)], id: message)
                    chat.content = history.content
                    chat.updatedAt = .now()
                })
        }
        on(.get, "/{id}/pinned", "Whether a chat is pinned.") { _, _, id, ownerID in
            guard let chat = try await store.find(id, ownerID: ownerID) else { throw Self.notFound }
            return .json(.bool(chat.isPinned))
        }
        on(.post, "/{id}/pin", "Pin or unpin a chat.") { _, _, id, ownerID in
            try Self.chat(try await store.update(id, ownerID: ownerID) { $0.isPinned.toggle() })
        }
        on(.post, "/{id}/archive", "Archive a chat or take it back.") { _, _, id, ownerID in
            try Self.chat(try await store.update(id, ownerID: ownerID) { $0.isArchived.toggle() })
        }
        on(.post, "/{id}/folder", "Put a chat into a folder, or out of it with null.") { request, _, id, ownerID in
            var fields = FieldReader(try await request.jsonObject())
            let folderID = fields.optionalString("folder_id")
            try fields.check()
            if let folderID, try await folders.find(folderID, ownerID: ownerID) == nil { throw AppError.notFound }
            return try Self.chat(try await store.update(id, ownerID: ownerID) { $0.folderID = folderID })
        }
        on(.post, "/{id}/clone", "Copy a chat.") { request, _, id, ownerID in
            try await clone(id, title: try await request.optionalJSONObject()["title"]?.string, ownerID: ownerID)
        }
    }

    private func create(_ body: JSONObject, ownerID: String) async throws -> Response {
        var fields = FieldReader(body)
        let content = fields.object("chat")
        let folderID = fields.optionalString("folder_id")
        let variables = fields.optionalObject("variables")
        try fields.check()
        if let folderID, try await folders.find(folderID, ownerID: ownerID) == nil { throw AppError.notFound }
        let chat = SavedChat(
            userID: ownerID, title: SavedChat.title(of: content), content: content, folderID: folderID, readAt: .now(),
            variables: variables ?? [:])
        try await store.insert([chat])
        return .json(chat.wire)
    }

    private func update(_ id: String, _ body: JSONObject, ownerID: String) async throws -> Response {
        var fields = FieldReader(body)
        let changes = fields.object("chat")
        try fields.check()
        return try Self.chat(
            try await store.update(id, ownerID: ownerID) { chat in
                chat.content.merge(changes)
                if changes["title"] != nil { chat.title = SavedChat.title(of: chat.content) }
                chat.updatedAt = .now()
            })
    }

    private func clone(_ id: String, title: String?, ownerID: String) async throws -> Response {
        guard let original = try await store.find(id, ownerID: ownerID) else { throw Self.notFound }
        var copy = SavedChat(
            userID: ownerID, title: title ?? "Clone of \(original.title)", content: original.content, folderID: original.folderID,
            meta: original.meta, variables: original.variables)
        copy.content["title"] = .string(copy.title)
        copy.content["originalChatId"] = .string(id)
        try await store.insert([copy])
        return .json(copy.wire)
    }

    private func importChats(_ body: JSONObject, ownerID: String) async throws -> Response {
        var fields = FieldReader(body)
        let list = fields.array("chats")
        try fields.check()
        var chats: [SavedChat] = []
        for (position, item) in list.enumerated() {
            var fields = FieldReader(item.object ?? [:], location: ["body", "chats", String(position)])
            let content = fields.object("chat")
            let now = EpochSeconds.now()
            let chat = SavedChat(
                userID: ownerID, title: SavedChat.title(of: content), content: content, createdAt: fields.optionalInt("created_at") ?? now,
                updatedAt: fields.optionalInt("updated_at") ?? now, isArchived: fields.optionalBool("archived") ?? false,
                isPinned: fields.optionalBool("pinned") ?? false, folderID: fields.optionalString("folder_id"),
                meta: fields.optionalObject("meta") ?? [:], variables: fields.optionalObject("variables") ?? [:])
            try fields.check()
            chats.append(chat)
        }
        try await store.insert(chats)
        var stored: [JSONValue] = []
        for chat in chats {
            if let chat = try await store.find(chat.id, ownerID: ownerID) { stored.append(chat.wire) }
        }
        return .json(.array(stored))
    }
}

extension Request {
    /// The body as an object; empty where there is none.
    func optionalJSONObject() async throws -> JSONObject {
        let buffer = try await collectedBody(limit: 1 << 20)
        return buffer.readableBytes == 0 ? [:] : try Self.jsonObject(in: buffer, contentType: headers[.contentType])
    }
}
