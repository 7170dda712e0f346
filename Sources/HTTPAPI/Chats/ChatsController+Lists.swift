import Domain
import HTTPTypes
import Hummingbird

extension ChatsController {
    func addListRoutes(to routes: RouteTable) {
        func on(
            _ path: String, _ summary: String,
            _ filter: @escaping @Sendable (inout ChatFilter, inout QueryReader, AppRequestContext) throws -> Void
        ) {
            routes.on(
                .get, Self.prefix + path, access: .user, scope: .chats, RouteDocumentation("Chats", summary)
            ) { request, context in
                var query = QueryReader(request)
                var wanted = ChatFilter(ownerID: try context.requirePrincipal().userID)
                try filter(&wanted, &query, context)
                return try await list(wanted, &query)
            }
        }
        for path in ["/", "/list"] {
            on(path, "Own chats, newest first.") { filter, query, _ in
                filter.isArchived = false
                if !query.bool("include_pinned", default: false) { filter.isPinned = false }
                if !query.bool("include_folders", default: false) { filter.folder = .none }
            }
        }
        on("/pinned", "Pinned chats.") { filter, _, _ in
            filter.isPinned = true
            filter.isArchived = false
        }
        on("/archived", "Archived chats.") { filter, query, _ in
            filter.isArchived = true
            filter.text = query.optionalString("query") ?? ""
        }
        on("/shared", "Shared chats.") { filter, _, _ in filter.isShared = true }
        on("/search", "Chats by words of title and messages; `tag:`, `folder:`, `pinned:`, `archived:` and `shared:` narrow it.") {
            filter, query, _ in
            let text = query.string("text")
            try query.check()
            ChatSearchWords.apply(text, to: &filter)
        }
        on("/folder/{folder}/list", "Chats of a folder.") { filter, _, context in
            filter.folder = .one(context.parameters.get("folder") ?? "")
            filter.isArchived = false
        }
        routes.on(
            .get, Self.prefix + "/folder/{folder}", access: .user, scope: .chats, RouteDocumentation("Chats", "Whole chats of a folder.")
        ) { _, context in
            var filter = ChatFilter(ownerID: try context.requirePrincipal().userID)
            filter.folder = .one(context.parameters.get("folder") ?? "")
            filter.isArchived = false
            var chats: [JSONValue] = []
            for entry in try await store.list(filter, page: PageRequest(limit: 1000, offset: 0)) {
                if let chat = try await store.find(entry.id, ownerID: filter.ownerID) { chats.append(chat.wire) }
            }
            return .json(.array(chats))
        }
        routes.on(
            .get, Self.prefix + "/all", access: .user, scope: .chats,
            RouteDocumentation("Chats", "All own chats, one JSON document a line.", responseType: "application/x-ndjson")
        ) { _, context in
            export(ownerID: try context.requirePrincipal().userID, context)
        }
        routes.on(
            .get, Self.prefix + "/all/db", access: .admin, scope: .admin,
            RouteDocumentation(
                "Chats", "Everybody's chats, one JSON document a line; only with ENABLE_ADMIN_CHAT_ACCESS.", responseType: "application/x-ndjson")
        ) { _, context in
            try requireAdminAccess()
            return export(ownerID: nil, context)
        }
    }

    /// - Parameter ownerID: `nil` for everybody's.
    private func export(ownerID: String?, _ context: AppRequestContext) -> Response {
        context.stream(headers: [.contentType: "application/x-ndjson"]) { [store] client in
            var last: String?
            while true {
                let chats = try await store.export(ownerID: ownerID, after: last, limit: 50)
                guard let end = chats.last else { return }
                var bytes: [UInt8] = []
                for chat in chats {
                    chat.wire.write(into: &bytes)
                    bytes.append(0x0A)
                }
                try await client.write(bytes)
                last = end.id
            }
        }
    }

    private func list(_ filter: ChatFilter, _ query: inout QueryReader) async throws -> Response {
        let isPaged = query.optionalString("page") != nil
        let page = query.int("page", default: 1, in: 1...1_000_000)
        try query.check()
        // Without a page the original gives everything; a bound keeps one request from reading a whole life.
        let wanted = isPaged ? PageRequest(page: page, size: Self.pageSize) : PageRequest(limit: 10_000, offset: 0)
        return .json(.array(try await store.list(filter, page: wanted).map(\.wire)))
    }

}

/// `tag:work pinned:true harbour` as a filter.
enum ChatSearchWords {
    static func apply(_ text: String, to filter: inout ChatFilter) {
        var words: [Substring] = []
        filter.isArchived = false
        for word in text.split(whereSeparator: \.isWhitespace) {
            guard let colon = word.firstIndex(of: ":"), colon != word.startIndex else {
                words.append(word)
                continue
            }
            let value = String(word[word.index(after: colon)...])
            switch word[..<colon].lowercased() {
            case "tag": if !value.isEmpty { filter.tags.append(ChatTag.id(of: value)) }
            case "folder": filter.folder = .one(value)
            case "pinned": filter.isPinned = value.lowercased() != "false"
            case "archived": filter.isArchived = value.lowercased() != "false"
            case "shared": filter.isShared = value.lowercased() != "false"
            default: words.append(word)
            }
        }
        filter.text = words.joined(separator: " ")
    }
}
