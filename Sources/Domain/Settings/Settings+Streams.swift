extension Setting where Value == Int {
    package static let awaySeconds = Setting(
        "STREAM_AWAY_TIMEOUT", area: .connections, default: 60, runtime: true,
        "How long an answer goes on being made while its client is away, in seconds: resumable streams, and chats with an Idempotency-Key.",
        problem: SettingRule.range(0...3600))
    package static let streamKeepSeconds = Setting(
        "STREAM_KEEP_TIME", area: .connections, default: 300, runtime: true,
        "How long a resumable stream that has ended can still be read, in seconds.", problem: SettingRule.range(0...86_400))
    package static let streamMegabytes = Setting(
        "STREAM_BUFFER_MB", area: .connections, default: 4, runtime: true,
        "What is kept of one resumable stream, in MiB; its oldest events are dropped beyond that.", problem: SettingRule.range(1...1024))
    package static let streamTotalMegabytes = Setting(
        "STREAM_BUFFERS_MB", area: .connections, default: 256, runtime: true,
        "What is kept of all resumable streams and idempotent chats together, in MiB.", problem: SettingRule.range(1...65_536))
    package static let streamsPerUser = Setting(
        "STREAMS_PER_USER", area: .connections, default: 64, runtime: true,
        "Resumable streams and idempotent chats of one user that may be under way.", problem: SettingRule.range(1...100_000))
    package static let idempotencySeconds = Setting(
        "IDEMPOTENCY_TIME", area: .connections, default: 86_400, runtime: true,
        "How long an Idempotency-Key stands for its result, in seconds. Chats are kept in memory and may be forgotten sooner.",
        problem: SettingRule.range(1...2_592_000))
}

extension AnswerShelf.Limits {
    /// As they are set now.
    package init(_ settings: Settings) {
        self.init(
            bytesPerAnswer: settings[.streamMegabytes] << 20, bytes: settings[.streamTotalMegabytes] << 20,
            away: .seconds(settings[.awaySeconds]), kept: .seconds(settings[.streamKeepSeconds]), keyed: .seconds(settings[.idempotencySeconds]),
            running: settings[.streamsPerUser])
    }
}

extension SettingCatalog {
    static let streams: [SettingDefinition] = [
        Setting.awaySeconds.definition, Setting.streamKeepSeconds.definition, Setting.streamMegabytes.definition,
        Setting.streamTotalMegabytes.definition, Setting.streamsPerUser.definition, Setting.idempotencySeconds.definition,
    ]
}
