/// What models do beside answering: for a saved chat once its answer is there, or when a client asks for it.
///
/// The raw value is what function models find as `__task__`.
package enum ChatChore: String, Sendable, CaseIterable {
    case title = "title_generation"
    case tags = "tags_generation"
    case followUps = "follow_up_generation"
    case queries = "query_generation"
    case completion = "autocomplete_generation"
    case emoji = "emoji_generation"
    case imagePrompt = "image_prompt_generation"
    /// One answer out of several models' answers.
    case mixture = "moa_response_generation"

    /// Its name in `/api/v1/tasks/{name}/completions`.
    package var pathName: String {
        switch self {
        case .title: "title"
        case .tags: "tags"
        case .followUps: "follow_up"
        case .queries: "queries"
        case .completion: "auto"
        case .emoji: "emoji"
        case .imagePrompt: "image_prompt"
        case .mixture: "moa"
        }
    }

    /// Whether it is about a text (`prompt`) rather than about a conversation (`messages`).
    package var hasPrompt: Bool { [.completion, .emoji, .mixture].contains(self) }

    /// Its switch among the `TaskSettings`; `nil` where it cannot be turned off.
    /// - Parameter kind: what queries are for: `web_search` or `retrieval`.
    package func switchKey(kind: String? = nil) -> String? {
        switch self {
        case .title: "ENABLE_TITLE_GENERATION"
        case .tags: "ENABLE_TAGS_GENERATION"
        case .followUps: "ENABLE_FOLLOW_UP_GENERATION"
        case .completion: "ENABLE_AUTOCOMPLETE_GENERATION"
        case .queries:
            switch kind {
            case "web_search": "ENABLE_SEARCH_QUERY_GENERATION"
            case "retrieval": "ENABLE_RETRIEVAL_QUERY_GENERATION"
            default: nil
            }
        case .emoji, .imagePrompt, .mixture: nil
        }
    }

    /// An admin's own prompt among the `TaskSettings`.
    var templateKey: String? {
        switch self {
        case .title: "TITLE_GENERATION_PROMPT_TEMPLATE"
        case .tags: "TAGS_GENERATION_PROMPT_TEMPLATE"
        case .followUps: "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE"
        case .queries: "QUERY_GENERATION_PROMPT_TEMPLATE"
        case .completion: "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE"
        case .imagePrompt: "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE"
        case .emoji, .mixture: nil
        }
    }

    /// What the task model does; everything else is the asked model's own.
    var isForTaskModel: Bool { self != .mixture }

    /// The chores that `background_tasks` asks for.
    static func wanted(_ value: JSONValue?) -> [ChatChore] { [.title, .tags, .followUps].filter { value?[$0.rawValue]?.bool == true } }
}
