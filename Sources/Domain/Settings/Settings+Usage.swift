extension Setting where Value == JSONValue {
    package static let modelPrices = Setting(
        "MODEL_PRICES", area: .usage, default: [:], runtime: true,
        "By model id or pattern (`gpt-4*`): input, output and cached_input, the price of a million tokens.", problem: ModelPrices.problem)
    package static let userBudgets = Setting(
        "USER_BUDGETS", area: .usage, default: [:], runtime: true,
        "By user id, e-mail, group:<id> or *: cost_per_day and cost_per_month. An account's own entry wins over its groups', theirs over *.",
        problem: UserBudgets.problem)
}

extension Setting where Value == String {
    package static let currency = Setting(
        "USAGE_CURRENCY", area: .usage, default: "USD", runtime: true, "The currency of prices and budgets; only shown.")
    package static let otlpEndpoint = Setting(
        "OTEL_EXPORTER_OTLP_ENDPOINT", area: .usage, default: "",
        "Address of an OpenTelemetry collector, as in http://localhost:4318. Empty: no traces.", problem: otlpAddress)
    package static let otlpTracesEndpoint = Setting(
        "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", area: .usage, default: "",
        "The whole address for traces, when it is not the other one with /v1/traces.",
        problem: otlpAddress)
    package static let otlpHeaders = Setting(
        "OTEL_EXPORTER_OTLP_HEADERS", area: .usage, default: "", secret: true, "Headers for the collector: key=value, separated by commas.")
    package static let otelServiceName = Setting(
        "OTEL_SERVICE_NAME", area: .usage, default: "haneul", "Name of this server in traces.")
    package static let otelResourceAttributes = Setting(
        "OTEL_RESOURCE_ATTRIBUTES", area: .usage, default: "", "More attributes of this server in traces: key=value, separated by commas.")
    package static let otelSampler = Setting(
        "OTEL_TRACES_SAMPLER", area: .usage, default: "parentbased_always_on", "Which requests are traced.",
        problem: SettingRule.oneOf(
            "always_on", "always_off", "traceidratio", "parentbased_always_on", "parentbased_always_off", "parentbased_traceidratio"))

    @Sendable private static func otlpAddress(_ text: String) -> String? {
        text.isEmpty || text.hasPrefix("http://") || text.hasPrefix("https://") ? nil : "must begin with http:// or https://"
    }
}

extension Setting where Value == Double {
    package static let otelSamplerArgument = Setting(
        "OTEL_TRACES_SAMPLER_ARG", area: .usage, default: 1, "Share of requests that are traced, for the traceidratio samplers.",
        problem: SettingRule.range(0...1))
}

extension Setting where Value == Int {
    package static let usageRetentionDays = Setting(
        "USAGE_RETENTION_DAYS", area: .usage, default: 90, runtime: true,
        "How long single calls are kept; 0 keeps none. Daily sums are kept for ever.",
        problem: SettingRule.range(0...3650))
    package static let otlpTimeoutMilliseconds = Setting(
        "OTEL_EXPORTER_OTLP_TIMEOUT", area: .usage, default: 10_000, "Milliseconds that a collector has to take a batch.",
        problem: SettingRule.range(100...600_000))
    package static let otelScheduleDelay = Setting(
        "OTEL_BSP_SCHEDULE_DELAY", area: .usage, default: 5000, "Milliseconds between two batches of traces.",
        problem: SettingRule.range(10...600_000))
    package static let otelQueueSize = Setting(
        "OTEL_BSP_MAX_QUEUE_SIZE", area: .usage, default: 2048, "Spans that wait at most; what comes when it is full is dropped.",
        problem: SettingRule.range(1...1_000_000))
    package static let otelBatchSize = Setting(
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE", area: .usage, default: 512, "Spans in one batch.", problem: SettingRule.range(1...100_000))
}

extension Setting where Value == Bool {
    package static let otelDisabled = Setting("OTEL_SDK_DISABLED", area: .usage, default: false, "No traces, whatever else is set.")
}

extension SettingCatalog {
    static let usage: [SettingDefinition] = [
        Setting.modelPrices.definition, Setting.userBudgets.definition, Setting.currency.definition, Setting.usageRetentionDays.definition,
        Setting.otlpEndpoint.definition, Setting.otlpTracesEndpoint.definition, Setting.otlpHeaders.definition,
        Setting.otlpTimeoutMilliseconds.definition,
        Setting.otelServiceName.definition, Setting.otelResourceAttributes.definition, Setting.otelSampler.definition,
        Setting.otelSamplerArgument.definition, Setting.otelScheduleDelay.definition, Setting.otelQueueSize.definition,
        Setting.otelBatchSize.definition, Setting.otelDisabled.definition,
    ]
}
