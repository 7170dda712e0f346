/// Puts the system prompt of a workspace model in front of the messages.
package struct ApplySystemPrompt: ChatStep {
    private let now: @Sendable () -> PromptTemplate.Moment

    package init(now: @escaping @Sendable () -> PromptTemplate.Moment = { PromptTemplate.Moment.now() }) { self.now = now }

    package func apply(to request: inout ChatRequest) async throws {
        guard let prompt = request.workspace?.params["system"]?.string, !prompt.isEmpty else { return }
        let template = PromptTemplate(
            principal: request.principal, variables: request.own["variables"]?.object ?? [:], moment: now())
        request.messages = Self.prepend(template.filled(prompt), to: request.messages)
    }

    /// A new system message, or in front of the text of the first one that is there.
    static func prepend(_ prompt: String, to messages: [JSONValue]) -> [JSONValue] {
        var messages = messages
        guard let index = messages.firstIndex(where: { $0["role"]?.string == "system" }) else {
            return [["role": "system", "content": .string(prompt)]] + messages
        }
        messages[index] = MessageText.prepending(prompt + "\n", to: messages[index])
        return messages
    }
}

/// The text of a message, whose `content` is a string or a list of parts.
package enum MessageText {
    package static func text(of message: JSONValue) -> String {
        guard let content = message["content"] else { return "" }
        if let text = content.string { return text }
        return (content.array ?? []).compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }.joined(separator: "\n")
    }

    /// `text` in front of the message's text: of the string, or of the first text part (one is made when there is none).
    package static func prepending(_ text: String, to message: JSONValue) -> JSONValue {
        var message = message
        guard var parts = message["content"]?.array else {
            message["content"] = .string(text + (message["content"]?.string ?? ""))
            return message
        }
        if let index = parts.firstIndex(where: { $0["type"]?.string == "text" }) {
            parts[index]["text"] = .string(text + (parts[index]["text"]?.string ?? ""))
        } else {
            parts.insert(["type": "text", "text": .string(text)], at: 0)
        }
        message["content"] = .array(parts)
        return message
    }
}
