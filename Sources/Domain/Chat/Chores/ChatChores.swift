package import Logging

/// Names a saved chat, tags it and thinks of questions to go on with, when its client asks for that: after the answer and in the
/// background, where it delays nobody.
package struct ChatChores: Sendable {
    private let desk: ChoreDesk
    private let store: any ChatStore
    private let tasks: ChatTaskRegistry
    private let logger: Logger

    package init(desk: ChoreDesk, store: any ChatStore, tasks: ChatTaskRegistry, logger: Logger) {
        self.desk = desk
        self.store = store
        self.tasks = tasks
        self.logger = logger
    }

    /// Starts what the request asks for. Returns at once.
    /// - Parameter request: as it came, before anything was added to its messages.
    func start(after turn: SavedChatTurn, request: ChatRequest, answer: String) {
        let chores = ChatChore.wanted(request.own["background_tasks"]).filter { desk.isOn($0) }
        guard !chores.isEmpty, !answer.isEmpty, let model = request.model else { return }
        _ = tasks.start(chatID: turn.chatID, ownerID: turn.ownerID) {
            let form: JSONObject = [
                "model": .string(request.modelID), "messages": .array(request.messages + [["role": "assistant", "content": .string(answer)]]),
                "chat_id": .string(turn.chatID),
            ]
            for chore in chores {
                guard !Task.isCancelled else { return }
                do {
                    try await run(chore, turn, form, model, request.principal)
                } catch {
                    logger.info("chat chore failed", metadata: ["chore": "\(chore.rawValue)", "error": "\(error)"])
                }
            }
        }
    }

    private func run(_ chore: ChatChore, _ turn: SavedChatTurn, _ form: JSONObject, _ model: ResolvedModel, _ principal: Principal) async throws {
        guard case .whole(let bytes) = try await desk.answer(chore, form: form, model: model, by: principal).body,
            let text = try JSONValue(parsing: bytes)["choices"]?[0]?["message"]?["content"]?.string
        else { return }
        try Task.checkCancellation()
        switch chore {
        case .title: try await setTitle(Self.title(in: text), turn)
        case .tags: try await setTags(Self.list("tags", in: text, longest: 50), turn)
        case .followUps: try await setFollowUps(Self.list("follow_ups", in: text, longest: 500), turn)
        case .queries, .completion, .emoji, .imagePrompt, .mixture: break
        }
    }

    // MARK: What came of it

    /// A title that somebody has given meanwhile stays.
    private func setTitle(_ title: String, _ turn: SavedChatTurn) async throws {
        guard !title.isEmpty else { return }
        _ = try await store.update(turn.chatID, ownerID: turn.ownerID) { chat in
            guard chat.title == turn.title else { return }
            chat.title = title
            chat.content["title"] = .string(title)
        }
    }

    private func setTags(_ names: [String], _ turn: SavedChatTurn) async throws {
        for name in names where ChatTag.id(of: name) != "none" {
            _ = try await store.tag(turn.chatID, ChatTag(name: name, userID: turn.ownerID), isAdded: true)
        }
    }

    private func setFollowUps(_ questions: [String], _ turn: SavedChatTurn) async throws {
        guard !questions.isEmpty else { return }
        _ = try await store.update(turn.chatID, ownerID: turn.ownerID) { chat in
            var history = ChatHistory(chat.content)
            guard history[turn.answerID] != nil else { return }
            history.put(["followUps": .strings(questions)], id: turn.answerID)
            chat.content = history.content
        }
    }

    /// The title in the model's JSON, else the first line of what it said.
    static func title(in text: String) -> String {
        let firstLine = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
        let found = ModelJSON.object(with: "title", in: text)?["title"]?.string ?? firstLine
        let title = found.trimmed.filter { !$0.isNewline }
        let bare = title.count > 1 && title.first == "\"" && title.last == "\"" ? String(title.dropFirst().dropLast()) : title
        return String(bare.prefix(100)).trimmed
    }

    static func list(_ key: String, in text: String, longest: Int) -> [String] {
        let items = ModelJSON.object(with: key, in: text)?[key]?.array ?? []
        return items.prefix(10).compactMap { item in
            let text = String((item.string ?? "").trimmed.prefix(longest))
            return text.isEmpty ? nil : text
        }
    }
}
