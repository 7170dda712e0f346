/// Lets the model turn a conversation into search queries before documents are searched. Off unless an admin turns it on: it costs an
/// extra call for every chat with files.
package struct QueryRewriting: Sendable {
    private let provider: any ChatProvider
    private let isEnabled: @Sendable () -> Bool
    private let template: @Sendable () -> String

    /// - Parameters:
    ///   - template: an admin's own prompt; empty for the built-in one.
    package init(
        provider: any ChatProvider, isEnabled: @escaping @Sendable () -> Bool, template: @escaping @Sendable () -> String = { "" }
    ) {
        self.provider = provider
        self.isEnabled = isEnabled
        self.template = template
    }

    /// The question itself when rewriting is off, fails or yields nothing.
    func queries(for request: ChatRequest, question: String) async -> [String] {
        guard isEnabled() else { return [question] }
        var call = ChatRequest(
            body: [
                "model": .string(request.modelID), "messages": [["role": "user", "content": .string(prompt(for: request.messages))]],
                "stream": false,
            ],
            principal: request.principal)
        call.model = request.model
        call.task = ChatChore.queries.rawValue
        call.taskBody = ["model": .string(request.modelID), "messages": .array(request.messages), "type": "retrieval"]
        guard let answer = try? await provider.answer(call), case .whole(let bytes) = answer.body,
            let text = (try? JSONValue(parsing: bytes))?["choices"]?[0]?["message"]?["content"]?.string
        else { return [question] }
        let queries = Self.queries(in: text)
        return queries.isEmpty ? [question] : queries
    }

    /// The list of the model's JSON, else the whole text.
    static func queries(in text: String) -> [String] {
        if let list = ModelJSON.object(with: "queries", in: text)?["queries"]?.array {
            return list.compactMap { $0.string?.trimmed }.filter { !$0.isEmpty }
        }
        let text = text.trimmed
        return text.isEmpty ? [] : [text]
    }

    private func prompt(for messages: [JSONValue]) -> String {
        let own = template()
        return ConversationTemplate(messages).filled(own.contains("{{MESSAGES") || own.contains("{{prompt") ? own : ChatChore.queries.template)
    }
}
