import Domain
import HTTPTypes
import Hummingbird

extension ChatsController {
    /// Archived chats whole, and figures of own chats.
    func addStatisticsRoutes(to routes: RouteTable) {
        func on(_ path: String, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(.get, Self.prefix + path, access: .user, scope: .chats, RouteDocumentation("Chats", summary), handler: handler)
        }
        on("/all/archived", "Archived chats, whole.") { _, context in
            .json(.array(try await whole(try await archived(context), try context.requirePrincipal().userID).map(\.wire)))
        }
        on("/archived/count", "How many chats are archived.") { _, context in .json(.int(try await archived(context).count)) }
        on("/stats/export", "Figures of chats and of their messages, without the texts, 10 a page.") { request, context in
            var query = QueryReader(request)
            let page = query.int("page", default: 1, in: 1...1_000_000)
            let since = query.int("updated_at", default: 0, in: 0...Int.max)
            try query.check()
            let ownerID = try context.requirePrincipal().userID
            let listed = try await all(ChatFilter(ownerID: ownerID)).filter { $0.updatedAt > since }
            let chats = try await whole(Self.part(listed, PageRequest(page: page, size: 10)), ownerID)
            return .json([
                "type": "chats", "items": .array(chats.map { ChatStatistics($0).export }), "total": .int(listed.count), "page": .int(page),
            ])
        }
        on("/stats/export/{id}", "Figures of a chat and of its messages, without the texts.") { _, context in
            let ownerID = try context.requirePrincipal().userID
            guard let chat = try await store.find(context.parameters.get("id") ?? "", ownerID: ownerID) else { throw Self.notFound }
            return .json(ChatStatistics(chat).export)
        }
        on("/stats/usage", "Figures of chats.") { request, context in
            var query = QueryReader(request)
            let page = query.int("page", default: 1, in: 1...1_000_000)
            let size = query.int("items_per_page", default: 50, in: 1...1000)
            try query.check()
            let ownerID = try context.requirePrincipal().userID
            let listed = try await all(ChatFilter(ownerID: ownerID))
            let chats = try await whole(Self.part(listed, PageRequest(page: page, size: size)), ownerID)
            return .json(["items": .array(chats.map { ChatStatistics($0).usage }), "total": .int(listed.count)])
        }
        routes.on(
            .post, Self.prefix + "/{id}/fork", access: .user, scope: .chats,
            RouteDocumentation("Chats", "Go on from a message in a new chat, which has the messages up to there."), handler: fork)
    }

    private func archived(_ context: AppRequestContext) async throws -> [ChatSummary] {
        var filter = ChatFilter(ownerID: try context.requirePrincipal().userID)
        filter.isArchived = true
        return try await all(filter)
    }

    private func all(_ filter: ChatFilter) async throws -> [ChatSummary] {
        try await store.list(filter, page: PageRequest(limit: 10_000, offset: 0))
    }

    private static func part(_ chats: [ChatSummary], _ page: PageRequest) -> [ChatSummary] {
        Array(chats.dropFirst(page.offset).prefix(page.limit))
    }

    private func whole(_ chats: [ChatSummary], _ ownerID: String) async throws -> [SavedChat] {
        var found: [SavedChat] = []
        for chat in chats { if let chat = try await store.find(chat.id, ownerID: ownerID) { found.append(chat) } }
        return found
    }

    private func fork(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let ownerID = try context.requirePrincipal().userID
        let id = context.parameters.get("id") ?? ""
        var fields = FieldReader(try await request.optionalJSONObject())
        let wanted = fields.optionalString("message_id")
        try fields.check()
        guard let original = try await store.find(id, ownerID: ownerID) else { throw Self.notFound }
        let history = ChatHistory(original.content)
        guard let messageID = wanted ?? history.currentID, !messageID.isEmpty else { throw AppError(.badRequest, "The chat has no messages.") }
        let branch = history.branch(to: messageID)
        guard !branch.isEmpty else { throw AppError.notFound }
        var copy = SavedChat(
            userID: ownerID, title: original.title, content: original.content, isPinned: original.isPinned, folderID: original.folderID,
            meta: original.meta, variables: original.variables)
        copy.content["history"] = [
            "currentId": .string(messageID), "messages": .object(ChatHistory.chained(branch)),
        ]
        copy.content["originalChatId"] = .string(id)
        copy.content["branchPointMessageId"] = .string(messageID)
        copy.meta["forked_from"] = .string(id)
        copy.meta["forked_from_message_id"] = .string(messageID)
        try await store.insert([copy])
        return .json(copy.wire)
    }
}

extension ChatHistory {
    /// The messages from the first to this one; empty when it is not there.
    func branch(to id: String) -> [(id: String, message: JSONObject)] {
        var branch: [(id: String, message: JSONObject)] = []
        var (next, seen): (String?, Set<String>) = (id, [])
        while let id = next, seen.insert(id).inserted, let message = self[id] {
            branch.append((id, message))
            next = message["parentId"]?.string
        }
        return branch.reversed()
    }

    /// The same as the only branch of a tree.
    static func chained(_ branch: [(id: String, message: JSONObject)]) -> JSONObject {
        var messages: JSONObject = [:]
        for (position, (id, message)) in branch.enumerated() {
            var message = message
            let children = position == branch.count - 1 ? [] : [branch[position + 1].id]
            message["parentId"] = .optional(position == 0 ? nil : branch[position - 1].id)
            message["childrenIds"] = .strings(children)
            messages[id] = .object(message)
        }
        return messages
    }
}

/// Figures of a saved chat. Lengths are in characters, times in seconds.
struct ChatStatistics {
    private struct Message {
        let id: String
        let object: JSONObject
        var role: String { object["role"]?.string ?? "" }
        var length: Int { MessageText.text(of: .object(object)).count }
        var model: String? { object["model"]?.string }
        var timestamp: Int? { object["timestamp"]?.int }
    }

    private let chat: SavedChat
    private let history: ChatHistory
    private let all: [Message]
    private let branch: [Message]

    init(_ chat: SavedChat) {
        let history = ChatHistory(chat.content)
        self.chat = chat
        self.history = history
        all = (chat.content["history"]?["messages"]?.object ?? [:]).compactMap { id, value in
            value.object.map { Message(id: id, object: $0) }
        }
        branch = history.currentID.map { history.branch(to: $0).map { Message(id: $0.id, object: $0.message) } } ?? []
    }

    private var figures: JSONObject {
        [
            "average_response_time": .double(Self.average(responseTimes)),
            "average_user_message_content_length": .double(Self.average(all.filter { $0.role == "user" }.map { Double($0.length) })),
            "average_assistant_message_content_length": .double(Self.average(all.filter { $0.role == "assistant" }.map { Double($0.length) })),
            "models": .object(Self.models(branch)), "message_count": .int(branch.count), "history_models": .object(Self.models(all)),
            "history_message_count": .int(all.count), "history_user_message_count": .int(all.count { $0.role == "user" }),
            "history_assistant_message_count": .int(all.count { $0.role == "assistant" }),
        ]
    }

    private var tags: JSONValue { chat.meta["tags"]?.array.map(JSONValue.array) ?? [] }

    var usage: JSONValue {
        .object(
            (["id": .string(chat.id)] as JSONObject).merging(figures).merging([
                "tags": tags, "last_message_at": .int(all.compactMap(\.timestamp).max() ?? chat.updatedAt), "updated_at": .int(chat.updatedAt),
                "created_at": .int(chat.createdAt),
            ]))
    }

    var export: JSONValue {
        let messages = all.map { message -> (String, JSONValue) in
            (
                message.id,
                [
                    "id": .string(message.id), "role": .string(message.role), "model": .optional(message.model),
                    "content_length": .int(message.length), "timestamp": .optional(message.timestamp),
                ]
            )
        }
        return [
            "id": .string(chat.id), "user_id": .string(chat.userID), "created_at": .int(chat.createdAt), "updated_at": .int(chat.updatedAt),
            "tags": tags, "stats": .object(figures),
            "chat": ["history": ["messages": .object(JSONObject(messages)), "currentId": .optional(history.currentID)]],
        ]
    }

    /// From a question to its answer.
    private var responseTimes: [Double] {
        all.compactMap { message in
            guard message.role == "assistant", let answered = message.timestamp, let parentID = message.object["parentId"]?.string,
                let asked = history[parentID]?["timestamp"]?.int, answered >= asked
            else { return nil }
            return Double(answered - asked)
        }
    }

    private static func models(_ messages: [Message]) -> JSONObject {
        var counts: [String: Int] = [:]
        for message in messages where message.role == "assistant" { if let model = message.model { counts[model, default: 0] += 1 } }
        return JSONObject(counts.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })
    }

    private static func average(_ values: [Double]) -> Double { values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count) }
}
