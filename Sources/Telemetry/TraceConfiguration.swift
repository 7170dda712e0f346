package import Domain

/// What OpenTelemetry's variables say about traces.
package struct TraceConfiguration: Sendable {
    package enum Sampler: Sendable, Hashable {
        case always, never
        /// A share of the traces.
        case ratio(Double)

        /// - Parameter low: the lower half of the trace's id, which is random.
        func samples(_ low: UInt64) -> Bool {
            switch self {
            case .always: true
            case .never: false
            case .ratio(let share): share >= 1 || Double(low >> 11) < share * Double(1 << 53 as UInt64)
            }
        }
    }

    package var endpoint: String
    package var headers: [(name: String, value: String)] = []
    package var sampler = Sampler.always
    /// Whoever began the trace has decided whether it is recorded.
    package var followsParent = true
    package var timeoutMilliseconds = 10_000
    package var delayMilliseconds = 5000
    package var queueSize = 2048
    package var batchSize = 512
    /// Of the process: `service.name` and others.
    package var resource: [(key: String, value: String)] = []
    /// How often a batch is tried, and how long to wait the first time.
    package var attempts = 6
    package var firstBackoffMilliseconds = 1000

    package init(endpoint: String) { self.endpoint = endpoint }

    /// - Returns: `nil` when nothing is to be traced.
    package init?(settings: Settings, version: String) {
        var endpoint = settings[.otlpTracesEndpoint]
        if endpoint.isEmpty {
            let base = settings[.otlpEndpoint]
            guard !base.isEmpty else { return nil }
            endpoint = base + (base.hasSuffix("/") ? "" : "/") + "v1/traces"
        }
        guard !settings[.otelDisabled] else { return nil }
        self.init(endpoint: endpoint)
        headers = Self.pairs(settings[.otlpHeaders]).map { (name: $0.key, value: $0.value) }
        let name = settings[.otelSampler]
        followsParent = name.hasPrefix("parentbased_")
        switch name.replacing("parentbased_", with: "") {
        case "always_off": sampler = .never
        case "traceidratio": sampler = .ratio(settings[.otelSamplerArgument])
        default: sampler = .always
        }
        timeoutMilliseconds = settings[.otlpTimeoutMilliseconds]
        delayMilliseconds = settings[.otelScheduleDelay]
        queueSize = settings[.otelQueueSize]
        batchSize = min(settings[.otelBatchSize], queueSize)
        resource = [
            (key: "service.name", value: settings[.otelServiceName]), (key: "service.version", value: version),
            (key: "telemetry.sdk.name", value: "haneul"), (key: "telemetry.sdk.language", value: "swift"),
            (key: "telemetry.sdk.version", value: version),
        ]
        for pair in Self.pairs(settings[.otelResourceAttributes]) where !resource.contains(where: { $0.key == pair.key }) { resource.append(pair) }
    }

    /// `key=value,key2=value2`, values percent-encoded (W3C baggage).
    static func pairs(_ text: String) -> [(key: String, value: String)] {
        text.split(separator: ",").compactMap { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, case let key = String(parts[0]).trimmed, !key.isEmpty else { return nil }
            return (key: key, value: String(parts[1]).trimmed.percentDecoded)
        }
    }
}
