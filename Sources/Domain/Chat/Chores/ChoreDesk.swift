/// Asks models for what they do beside answering, as the one who wants it: their access, their account.
///
/// It is no chat: filters do not see it, tools and documents have no part in it.
package struct ChoreDesk: Sendable {
    private let provider: any ChatProvider
    private let settings: Settings
    private let findModel: @Sendable (String) async -> ResolvedModel?
    private let now: @Sendable () -> PromptTemplate.Moment

    /// - Parameter findModel: finds the task model that an admin has named, whoever asks.
    package init(
        provider: any ChatProvider, settings: Settings, findModel: @escaping @Sendable (String) async -> ResolvedModel?,
        now: @escaping @Sendable () -> PromptTemplate.Moment = PromptTemplate.Moment.now
    ) {
        self.provider = provider
        self.settings = settings
        self.findModel = findModel
        self.now = now
    }

    package func isOn(_ chore: ChatChore, kind: String? = nil) -> Bool {
        chore.switchKey(kind: kind).map { TaskSettings.isOn($0, settings) } ?? true
    }

    /// Characters of the longest text to go on with; `nil` for any.
    package var longestPrompt: Int? {
        TaskSettings.current(settings)["AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH"]?.int.flatMap { $0 > 0 ? $0 : nil }
    }

    /// - Parameters:
    ///   - form: what was asked for: `messages`, or `prompt`; `chat_id`, `type`, `responses`, `stream`. Functions find it as `__task_body__`.
    ///   - model: the chat's; the task model does it where an admin has named one.
    package func answer(_ chore: ChatChore, form: JSONObject, model: ResolvedModel, by principal: Principal) async throws -> ChatAnswer {
        try await provider.answer(await request(for: chore, form: form, model: model, by: principal))
    }

    private func request(for chore: ChatChore, form: JSONObject, model: ResolvedModel, by principal: Principal) async -> ChatRequest {
        let own = chore.templateKey.map { TaskSettings.text($0, settings) } ?? ""
        let template = ConversationTemplate(
            form["messages"]?.array ?? [], prompt: chore.hasPrompt ? form["prompt"]?.string : nil,
            responses: (form["responses"]?.array ?? []).compactMap(\.string), type: form["type"]?.string.map { " (\($0))" } ?? "",
            values: PromptTemplate(principal: principal, variables: [:], moment: now()))
        let prompt = template.filled(own.trimmed.isEmpty ? chore.template : own)
        let model = chore.isForTaskModel ? await taskModel(for: model) : model
        var body: JSONObject = ["model": .string(model.entry.id), "messages": [["role": "user", "content": .string(prompt)]]]
        body["stream"] = .bool(chore == .mixture && form["stream"]?.bool == true)
        if chore == .emoji { body["max_tokens"] = 4 }
        var request = ChatRequest(body: body, principal: principal)
        request.model = model
        request.task = chore.rawValue
        request.taskBody = form
        if let chatID = form["chat_id"] { request.own["chat_id"] = chatID }
        if chore.isForTaskModel, chore != .emoji {
            request.overrides = ModelParameters.wire((TaskSettings.current(settings)["TASK_MODEL_PARAMS"]?.object ?? [:]).filter { $1 != "" })
        }
        request.defaults = ModelParameters.wire(model.entry.workspace?.params ?? [:])
        return request
    }

    /// The task model for the kind of upstream that serves the chat, when there is one; else the chat's own.
    private func taskModel(for model: ResolvedModel) async -> ResolvedModel {
        var isLocal = false
        if case .ollama = model.base.route { isLocal = true }
        let id = TaskSettings.text(isLocal ? "TASK_MODEL" : "TASK_MODEL_EXTERNAL", settings)
        guard !id.isEmpty, let found = await findModel(id) else { return model }
        return found
    }
}
