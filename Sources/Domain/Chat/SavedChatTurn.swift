/// One question and its answer, on their way into a saved chat.
package struct SavedChatTurn: Sendable {
    package var chatID: String
    package var ownerID: String
    package var answerID: String
    package var modelID: String
    /// The chat's title when the turn began.
    package var title = ""
}

/// Writes the turns of chat completions into saved chats.
package struct SavedChatRecorder: Sendable {
    private let store: any ChatStore
    private let folders: any ChatFolderStore

    package init(store: any ChatStore, folders: any ChatFolderStore) {
        self.store = store
        self.folders = folders
    }

    /// Finds or makes the chat that the request speaks of, and stores the question with an answer still empty.
    ///
    /// `chat_id` with `id` continues a chat; `parent_id` or `save` without one makes a chat. A chat that only lives in the client
    /// (`local:...`) and requests without any of these are not saved.
    /// - Returns: `nil` when there is nothing to save.
    /// - Throws: `AppError.notFound` for a chat that is not the caller's.
    package func begin(_ request: ChatRequest) async throws -> SavedChatTurn? {
        let own = request.own
        let ownerID = request.principal.userID
        let wantsSaving = own["save"]?.bool == true
        if let chatID = own["chat_id"]?.string, !chatID.isEmpty {
            guard !chatID.hasPrefix("local:") else { return nil }
            guard let chat = try await store.find(chatID, ownerID: ownerID) else { throw AppError.notFound }
            guard own["id"]?.string != nil || wantsSaving else { return nil }
            let turn = SavedChatTurn(
                chatID: chatID, ownerID: ownerID, answerID: own["id"]?.string ?? makeID(), modelID: request.modelID, title: chat.title)
            guard try await store.update(chatID, ownerID: ownerID, { Self.open(turn, request, in: &$0) }) != nil else { throw AppError.notFound }
            return turn
        }
        guard own["parent_id"] != nil || wantsSaving else { return nil }
        let title = wantsSaving ? Self.title(for: request) : SavedChat.untitled
        let turn = SavedChatTurn(
            chatID: makeID(), ownerID: ownerID, answerID: own["id"]?.string ?? makeID(), modelID: request.modelID, title: title)
        var chat = SavedChat(
            id: turn.chatID, userID: ownerID, title: title,
            content: ["title": "", "models": [.string(request.modelID)], "params": [:], "history": ["messages": [:], "currentId": nil]])
        if let folderID = own["folder_id"]?.string, try await folders.find(folderID, ownerID: ownerID) != nil { chat.folderID = folderID }
        chat.content["title"] = .string(chat.title)
        Self.open(turn, request, in: &chat)
        try await store.insert([chat])
        return turn
    }

    /// Stores what the model said, or why it said nothing.
    /// - Parameter isStopped: somebody has ended it before its end.
    package func finish(_ turn: SavedChatTurn, _ answer: AnswerCollector, failure: String? = nil, isStopped: Bool = false) async {
        // A chat that was deleted meanwhile stays deleted; a disk that is full must not fail an answer already given.
        _ = try? await store.update(turn.chatID, ownerID: turn.ownerID) { chat in
            var message: JSONObject = ["content": .string(answer.text), "done": true]
            message.merge(answer.told)
            if isStopped { message["stopped"] = true }
            if !answer.reasoning.isEmpty { message["reasoning_content"] = .string(answer.reasoning) }
            if !answer.sources.isEmpty { message["sources"] = .array(answer.sources) }
            if let usage = answer.usage { message["usage"] = .object(usage) }
            if let problem = failure ?? answer.error { message["error"] = ["content": .string(problem)] }
            var history = ChatHistory(chat.content)
            guard history[turn.answerID] != nil else { return }
            history.put(message, id: turn.answerID)
            chat.content = history.content
            chat.updatedAt = .now()
        }
    }

    private static func open(_ turn: SavedChatTurn, _ request: ChatRequest, in chat: inout SavedChat) {
        var history = ChatHistory(chat.content)
        var parentID = request.own["parent_id"]?.string
        if let sent = request.own["user_message"]?.object, let id = sent["id"]?.string {
            var message: JSONObject = ["id": .string(id), "parentId": sent["parentId"] ?? .optional(parentID), "timestamp": .int(.now())]
            message.merge(sent)
            history.put(message, id: id)
            parentID = id
        } else if request.own["save"]?.bool == true {
            parentID = putMessages(of: request, into: &history)
        }
        history.put(
            [
                "parentId": .optional(parentID), "role": "assistant", "content": "", "model": .string(turn.modelID),
                "timestamp": .int(.now()), "done": false,
            ], id: turn.answerID)
        history.setCurrent(turn.answerID)
        chat.content = history.content
        chat.updatedAt = .now()
    }

    /// For callers who build no tree: a new chat gets the whole conversation, an old one the last user message.
    private static func putMessages(of request: ChatRequest, into history: inout ChatHistory) -> String? {
        var parentID = history.currentID
        let conversation = request.messages.filter { $0["role"]?.string != "system" }
        let new = parentID == nil ? conversation : conversation.last { $0["role"]?.string == "user" }.map { [$0] } ?? []
        for message in new {
            guard var stored = message.object else { continue }
            let id = makeID()
            stored["parentId"] = .optional(parentID)
            stored["timestamp"] = .int(.now())
            history.put(stored, id: id)
            parentID = id
        }
        return parentID
    }

    /// The beginning of the first question.
    private static func title(for request: ChatRequest) -> String {
        guard let question = request.messages.first(where: { $0["role"]?.string == "user" }) else { return SavedChat.untitled }
        let text = MessageText.text(of: question).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        guard !text.isEmpty else { return SavedChat.untitled }
        return text.count > 60 ? String(text.prefix(60)) + "…" : text
    }
}
