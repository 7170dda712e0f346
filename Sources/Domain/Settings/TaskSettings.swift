/// What models do beside answering, as `/api/v1/tasks/config` shows it. Kept as one object in `TASK_CONFIG`.
package enum TaskSettings {
    /// Every key with its default. Query rewriting is off: it costs a call for each chat with files.
    package static let defaults: JSONObject = [
        "TASK_MODEL": "", "TASK_MODEL_EXTERNAL": "", "TASK_MODEL_PARAMS": [:], "ENABLE_TITLE_GENERATION": true,
        "TITLE_GENERATION_PROMPT_TEMPLATE": "",
        "IMAGE_PROMPT_GENERATION_PROMPT_TEMPLATE": "", "ENABLE_AUTOCOMPLETE_GENERATION": false, "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH": -1,
        "AUTOCOMPLETE_GENERATION_PROMPT_TEMPLATE": "",
        "TAGS_GENERATION_PROMPT_TEMPLATE": "", "FOLLOW_UP_GENERATION_PROMPT_TEMPLATE": "", "ENABLE_FOLLOW_UP_GENERATION": true,
        "ENABLE_TAGS_GENERATION": true, "ENABLE_SEARCH_QUERY_GENERATION": true, "ENABLE_RETRIEVAL_QUERY_GENERATION": false,
        "QUERY_GENERATION_PROMPT_TEMPLATE": "", "TOOLS_FUNCTION_CALLING_PROMPT_TEMPLATE": "", "ENABLE_VOICE_MODE_PROMPT": true,
        "VOICE_MODE_PROMPT_TEMPLATE": "",
    ]

    package static func current(_ settings: Settings) -> JSONObject {
        defaults.merging(settings[.taskConfig].object ?? [:])
    }

    package static func isOn(_ key: String, _ settings: Settings) -> Bool { current(settings)[key]?.bool ?? false }
    package static func text(_ key: String, _ settings: Settings) -> String { current(settings)[key]?.string ?? "" }
}
