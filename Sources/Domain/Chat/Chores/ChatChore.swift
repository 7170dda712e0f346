/// What a model does for a saved chat once its answer is there.
package enum ChatChore: String, Sendable, CaseIterable {
    case title = "title_generation"
    case tags = "tags_generation"
    case followUps = "follow_up_generation"

    /// Its switch and its template among the `TaskSettings`.
    var switchKey: String {
        switch self {
        case .title: "ENABLE_TITLE_GENERATION"
        case .tags: "ENABLE_TAGS_GENERATION"
        case .followUps: "ENABLE_FOLLOW_UP_GENERATION"
        }
    }

    var templateKey: String {
        switch self {
        case .title: "TITLE_GENERATION_PROMPT_TEMPLATE"
        case .tags: "TAGS_GENERATION_PROMPT_TEMPLATE"
        case .followUps: "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE"
        }
    }

    /// What the model is asked when an admin has written nothing else.
    var template: String {
        switch self {
        case .title:
            """
            Write a title of two to six words for the conversation below, in its language, without quotation marks. Answer with JSON only, \
            in the form {"title": "..."}.

            <conversation>
            {{MESSAGES:END:2}}
            </conversation>
            """
        case .tags:
            """
            Write one to three general tags and one to three more specific ones for the topics of the conversation below, in its language, \
            each of one or two words. Answer with JSON only, in the form {"tags": ["...", "..."]}.

            <conversation>
            {{MESSAGES:END:6}}
            </conversation>
            """
        case .followUps:
            """
            Write three short questions that the user could ask next in the conversation below, from the user's point of view and in the \
            language of the conversation. Answer with JSON only, in the form {"follow_ups": ["...", "...", "..."]}.

            <conversation>
            {{MESSAGES:END:6}}
            </conversation>
            """
        }
    }

    /// The chores that `background_tasks` asks for.
    static func wanted(_ value: JSONValue?) -> [ChatChore] { allCases.filter { value?[$0.rawValue]?.bool == true } }
}

/// Puts a conversation into a template: `{{MESSAGES}}`, `{{MESSAGES:START:n}}`, `{{MESSAGES:END:n}}`, and `{{prompt}}` for the last question.
enum ConversationTemplate {
    /// A model reads the beginnings of long messages.
    private static let longestMessage = 4000

    static func filled(_ template: String, with messages: [JSONValue]) -> String {
        let spoken = messages.filter { $0["role"]?.string == "user" || $0["role"]?.string == "assistant" }
        var result = ""
        var rest = Substring(template)
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            result += rest[..<open.lowerBound]
            let name = rest[open.upperBound..<close.lowerBound].split(separator: ":").map { String($0).trimmed }
            let count = name.count > 2 ? Int(name[2]) ?? spoken.count : spoken.count
            switch (name.first, name.count > 1 ? name[1] : "") {
            case ("MESSAGES", "START"): result += text(spoken.prefix(max(0, count)))
            case ("MESSAGES", "END"): result += text(spoken.suffix(max(0, count)))
            case ("MESSAGES", _): result += text(spoken[...])
            case ("prompt", _):
                if let question = spoken.last(where: { $0["role"]?.string == "user" }) {
                    result += MessageText.text(of: question).prefix(longestMessage)
                }
            default: result += rest[open.lowerBound..<close.upperBound]
            }
            rest = rest[close.upperBound...]
        }
        return result + rest
    }

    private static func text(_ messages: ArraySlice<JSONValue>) -> String {
        messages.map { message in
            "\((message["role"]?.string ?? "user").uppercased()): \(MessageText.text(of: message).prefix(longestMessage))"
        }.joined(separator: "\n")
    }
}

/// The JSON object that a model was asked for, out of whatever it wrote around it.
enum ModelJSON {
    /// The last object in the text that has the key.
    static func object(with key: String, in text: String) -> JSONObject? {
        var end = text.endIndex
        for _ in 0..<8 {
            guard let close = text[..<end].lastIndex(of: "}") else { return nil }
            var open = text[..<close].lastIndex(of: "{")
            for _ in 0..<8 {
                guard let start = open else { break }
                if let object = (try? JSONValue(parsing: String(text[start...close])))?.object, object[key] != nil { return object }
                open = text[..<start].lastIndex(of: "{")
            }
            end = close
        }
        return nil
    }
}
