extension Setting where Value == Bool {
    package static let enableOpenAI = Setting(
        "ENABLE_OPENAI_API", area: .connections, default: true, runtime: true, "Whether OpenAI-compatible upstreams are used.")
    package static let enableOllama = Setting(
        "ENABLE_OLLAMA_API", area: .connections, default: true, runtime: true, "Whether Ollama upstreams are used.")
    package static let enableOpenAIPassthrough = Setting(
        "ENABLE_OPENAI_API_PASSTHROUGH", area: .connections, default: false, "Lets /openai/* reach any path of the upstream.")
    package static let enableQuotes = Setting(
        "ENABLE_QUOTES_MODEL", area: .connections, default: true, runtime: true, "The built-in search model haneul-quotes.")
}

extension Setting where Value == [String] {
    package static let openAIBaseURLs = Setting(
        "OPENAI_API_BASE_URLS", aliases: ["OPENAI_API_BASE_URL"], area: .connections, default: [], runtime: true,
        "OpenAI-compatible upstreams, separated by `;`, as in https://api.openai.com/v1.")
    package static let openAIKeys = Setting(
        "OPENAI_API_KEYS", aliases: ["OPENAI_API_KEY"], area: .connections, default: [], secret: true, runtime: true,
        "Their keys, in the same order.")
    package static let ollamaBaseURLs = Setting(
        "OLLAMA_BASE_URLS", aliases: ["OLLAMA_BASE_URL"], area: .connections, default: [], runtime: true, "Ollama nodes, separated by `;`.")
}

extension Setting where Value == JSONValue {
    package static let openAIConfigs = Setting(
        "OPENAI_API_CONFIGS", area: .connections, default: [:], secret: true, runtime: true,
        "By index: enable, prefix_id, model_ids, tags, connection_type, auth_type, headers, timeouts.")
    package static let ollamaConfigs = Setting(
        "OLLAMA_API_CONFIGS", area: .connections, default: [:], secret: true, runtime: true, "The same for Ollama nodes, with `key`.")
    package static let modelFallbacks = Setting(
        "MODEL_FALLBACKS", area: .connections, default: [:], runtime: true,
        "By model id: an ordered list of models to try when its upstreams fail before the first byte. See docs/fail-over.md.",
        problem: ModelFallbacks.problem)
    package static let taskConfig = Setting(
        "TASK_CONFIG", area: .connections, default: [:], runtime: true, "Switches of /api/v1/tasks/config: query, title and tag generation.")
}

extension Setting where Value == Int {
    package static let upstreamConnectSeconds = Setting(
        "UPSTREAM_CONNECT_TIMEOUT", area: .connections, default: 10, "Seconds to reach an upstream.", problem: SettingRule.range(1...600))
    package static let upstreamFirstByteSeconds = Setting(
        "UPSTREAM_FIRST_BYTE_TIMEOUT", aliases: ["AIOHTTP_CLIENT_TIMEOUT"], area: .connections, default: 300,
        "Seconds until an upstream's answer begins.", problem: SettingRule.range(1...86400))
    package static let upstreamIdleSeconds = Setting(
        "UPSTREAM_IDLE_TIMEOUT", area: .connections, default: 300, "Seconds of silence in the middle of an upstream's answer.",
        problem: SettingRule.range(1...86400))
    package static let upstreamAttempts = Setting(
        "UPSTREAM_ATTEMPTS", area: .connections, default: 4, runtime: true,
        "Requests that may be sent to upstreams for one chat when a model has more than one; 1 turns fail-over off.",
        problem: SettingRule.range(1...20))
    package static let upstreamRetryPercent = Setting(
        "UPSTREAM_RETRY_PERCENT", area: .connections, default: 20, runtime: true,
        "How many of 100 recent requests may be sent again, beyond UPSTREAM_RETRY_RESERVE.", problem: SettingRule.range(0...100))
    package static let upstreamRetryReserve = Setting(
        "UPSTREAM_RETRY_RESERVE", area: .connections, default: 200, runtime: true,
        "Requests that may be sent again in any 10 seconds, however few were asked.", problem: SettingRule.range(0...100_000))
    package static let upstreamRetryAfterSeconds = Setting(
        "UPSTREAM_RETRY_AFTER_MAX", area: .connections, default: 5, runtime: true,
        "The longest Retry-After of an upstream that is waited for, in seconds; one that asks for more is not tried again for the same chat.",
        problem: SettingRule.range(0...60))
    package static let modelListSeconds = Setting(
        "MODEL_LIST_TIMEOUT", aliases: ["AIOHTTP_CLIENT_TIMEOUT_MODEL_LIST"], area: .connections, default: 10,
        "Seconds an upstream has to list its models.", problem: SettingRule.range(1...600))
}

extension SettingCatalog {
    static let connections: [SettingDefinition] = [
        Setting.enableOpenAI.definition, Setting.openAIBaseURLs.definition, Setting.openAIKeys.definition, Setting.openAIConfigs.definition,
        Setting.enableOpenAIPassthrough.definition, Setting.enableOllama.definition, Setting.ollamaBaseURLs.definition,
        Setting.ollamaConfigs.definition, Setting.enableQuotes.definition, Setting.modelFallbacks.definition, Setting.taskConfig.definition,
        Setting.upstreamConnectSeconds.definition, Setting.upstreamFirstByteSeconds.definition, Setting.upstreamIdleSeconds.definition,
        Setting.modelListSeconds.definition, Setting.upstreamAttempts.definition, Setting.upstreamRetryPercent.definition,
        Setting.upstreamRetryReserve.definition, Setting.upstreamRetryAfterSeconds.definition,
    ]
}
