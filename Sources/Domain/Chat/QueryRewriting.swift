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
        guard let answer = try? await provider.answer(call), case .whole(let bytes) = answer.body,
            let text = (try? JSONValue(parsing: bytes))?["choices"]?[0]?["message"]?["content"]?.string
        else { return [question] }
        let queries = Self.queries(in: text)
        return queries.isEmpty ? [question] : queries
    }

    /// The list of the last `{...}` with `queries` in it, else the whole text.
    static func queries(in text: String) -> [String] {
        // Models talk around their JSON; a few places are tried from the end.
        var end = text.endIndex
        for _ in 0..<8 {
            guard let close = text[..<end].lastIndex(of: "}") else { break }
            var open = text[..<close].lastIndex(of: "{")
            for _ in 0..<8 {
                guard let start = open else { break }
                if let list = (try? JSONValue(parsing: String(text[start...close])))?["queries"]?.array {
                    return list.compactMap { $0.string?.trimmed }.filter { !$0.isEmpty }
                }
                open = text[..<start].lastIndex(of: "{")
            }
            end = close
        }
        let text = text.trimmed
        return text.isEmpty ? [] : [text]
    }

    private func prompt(for messages: [JSONValue]) -> String {
        let history = messages.suffix(6).compactMap { message -> String? in
            guard let role = message["role"]?.string, role != "system" else { return nil }
            return "\(role.uppercased()): \(MessageText.text(of: message))"
        }.joined(separator: "\n")
        let custom = template()
        if custom.contains("{{MESSAGES") {
            var filled = custom
            while let open = filled.range(of: "{{MESSAGES"), let close = filled.range(of: "}}", after: open.upperBound) {
                filled.replaceSubrange(open.lowerBound..<close.upperBound, with: history.replacingBraces)
            }
            return filled
        }
        return """
            Write one to three short search queries that would find the passages needed to answer the last message of the \
            conversation below. Keep the language of the conversation. Answer with JSON only, in the form {"queries": ["..."]}; \
            answer {"queries": []} when nothing needs to be looked up.

            <conversation>
            \(history)
            </conversation>
            """
    }
}

extension String {
    /// Cannot be taken for a template variable again.
    fileprivate var replacingBraces: String {
        var result = ""
        var previous: Character?
        for character in self {
            if character == "{", previous == "{" { result.append(" ") }
            result.append(character)
            previous = character
        }
        return result
    }

    fileprivate func range(of needle: String) -> Range<String.Index>? { range(of: needle, after: startIndex) }

    fileprivate func range(of needle: String, after start: String.Index) -> Range<String.Index>? { self[start...].firstRange(of: needle) }
}
