/// Puts a conversation into a template. Each variable is replaced once: what looks like one in the conversation stays as it is.
///
/// - `{{MESSAGES}}`, `{{MESSAGES:START:n}}`, `{{MESSAGES:END:n}}`, `{{MESSAGES:MIDDLETRUNCATE:n}}`: what was said, or its first, last or outer
///   messages; with `|start:n`, `|end:n` or `|middletruncate:n` behind, as many characters of each;
/// - `{{prompt}}`, `{{prompt:start:n}}`, `{{prompt:end:n}}`, `{{prompt:middletruncate:n}}`: the last question, or the text it is about;
/// - `{{responses}}`, `{{TYPE}}`, and what the system prompt knows (`{{USER_NAME}}`, `{{CURRENT_DATE}}`, ...).
package struct ConversationTemplate: Sendable {
    private enum Part: String { case start, end, middletruncate }

    private let messages: [JSONValue]
    private let prompt: String
    private let responses: [String]
    private let type: String
    private let values: PromptTemplate?

    /// A model reads the beginnings of long messages.
    private static let longestMessage = 4000

    /// - Parameters:
    ///   - prompt: the last question of `messages` when left out.
    ///   - values: knows the other variables; without it they stay.
    package init(_ messages: [JSONValue], prompt: String? = nil, responses: [String] = [], type: String = "", values: PromptTemplate? = nil) {
        self.messages = messages.filter { $0["role"]?.string == "user" || $0["role"]?.string == "assistant" }
        self.prompt = prompt ?? messages.last { $0["role"]?.string == "user" }.map(MessageText.text) ?? ""
        self.responses = responses
        self.type = type
        self.values = values
    }

    package func filled(_ template: String) -> String {
        var result = ""
        var rest = Substring(template)
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            result += rest[..<open.lowerBound]
            result += value(of: String(rest[open.upperBound..<close.lowerBound])) ?? String(rest[open.lowerBound..<close.upperBound])
            rest = rest[close.upperBound...]
        }
        return result + rest
    }

    /// `nil` for what is no variable.
    private func value(of variable: String) -> String? {
        let sides = variable.split(separator: "|", maxSplits: 1).map { String($0).trimmed }
        let words = (sides.first ?? "").split(separator: ":").map { String($0).trimmed }
        let part = words.count == 3 ? Part(rawValue: words[1].lowercased()) : nil
        let count = words.count == 3 ? Int(words[2]) : nil
        guard words.count == 1 || (part != nil && (count ?? -1) >= 0) else { return nil }
        switch words.first?.lowercased() {
        case "messages":
            let shown = part.map { Array(Self.cut(messages, $0, count ?? 0).joined()) } ?? messages
            return text(shown, limit: sides.count > 1 ? sides[1] : nil)
        case "prompt": return part.map { Self.cut(prompt, $0, count ?? 0) } ?? String(prompt.prefix(Self.longestMessage))
        case "responses": return responses.map { "\"\"\"\($0)\"\"\"" }.joined(separator: "\n\n")
        case "type": return type
        default: return values?.value(of: variable.trimmed)
        }
    }

    /// - Parameter limit: `end:200`.
    private func text(_ messages: [JSONValue], limit: String?) -> String {
        let words = (limit ?? "").split(separator: ":")
        let limit = words.count == 2 ? Int(words[1]).flatMap { count in Part(rawValue: words[0].lowercased()).map { ($0, max(0, count)) } } : nil
        return messages.map { message in
            let said = MessageText.text(of: message)
            let shown = limit.map { Self.cut(said, $0.0, $0.1) } ?? String(said.prefix(Self.longestMessage))
            return "\((message["role"]?.string ?? "user").uppercased()): \(shown)"
        }.joined(separator: "\n")
    }

    private static func cut(_ text: String, _ part: Part, _ count: Int) -> String {
        let pieces = cut(Array(text), part, count)
        return pieces.map { String($0) }.joined(separator: "...")
    }

    /// The first or the last ones, or both ends.
    private static func cut<Element>(_ list: [Element], _ part: Part, _ count: Int) -> [[Element]] {
        guard list.count > count else { return [list] }
        return switch part {
        case .start: [Array(list.prefix(count))]
        case .end: [Array(list.suffix(count))]
        case .middletruncate: [Array(list.prefix((count + 1) / 2)), Array(list.suffix(count / 2))]
        }
    }
}
