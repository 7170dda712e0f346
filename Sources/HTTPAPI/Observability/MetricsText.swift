import Domain
import Wire

/// The families of `/metrics`.
enum MetricsText {
    static func render(_ metrics: ServerMetrics, _ gauges: ServerGauges) -> String {
        var text = PrometheusText()
        text.family("haneul_build_info", .gauge, "The version that runs.")
        text.sample("haneul_build_info", ["version": gauges.version], 1)
        text.family("process_start_time_seconds", .gauge, "Start of the process, in seconds since 1970.")
        text.sample("process_start_time_seconds", value: metrics.startedAt)
        requests(metrics.requests, &text)
        calls(metrics.calls, &text)
        upstreams(gauges.upstreams, &text)
        text.family("haneul_ingestion_files", .gauge, "Files in processing, by state.")
        for (state, count) in gauges.ingestion.sorted(by: { $0.key < $1.key }) { text.sample("haneul_ingestion_files", ["state": state], count) }
        for (name, help, value) in gauges.counters {
            text.family(name, .counter, help)
            text.sample(name, value: value)
        }
        for (name, help, value) in gauges.values {
            text.family(name, .gauge, help)
            text.sample(name, value: value)
        }
        return text.text
    }

    private static func requests(_ requests: ServerMetrics.Requests, _ text: inout PrometheusText) {
        let sorted = requests.byLabels.sorted { ($0.key.route, $0.key.method, $0.key.status) < ($1.key.route, $1.key.method, $1.key.status) }
        text.family("haneul_http_requests_total", .counter, "Requests by route, method and status.")
        for (labels, count) in sorted {
            text.sample("haneul_http_requests_total", ["route": route(labels.route), "method": labels.method, "status": "\(labels.status)"], count)
        }
        text.family("haneul_http_request_duration_seconds", .histogram, "Until the last byte of the answer.")
        for (labels, histogram) in requests.durations.sorted(by: { ($0.key.route, $0.key.method) < ($1.key.route, $1.key.method) }) {
            text.histogram("haneul_http_request_duration_seconds", ["route": route(labels.route), "method": labels.method], histogram)
        }
    }

    /// As the API's documentation writes templates: `/api/v1/files/{id}`.
    private static func route(_ path: String) -> String {
        // The router's own name for what it does not know has no slash.
        if !path.hasPrefix("/") { return "(none)" }
        return path.split(separator: "/", omittingEmptySubsequences: false).map { part in
            part == "**" ? "{path}" : part.hasPrefix(":") ? "{\(part.dropFirst())}" : String(part)
        }.joined(separator: "/")
    }

    private static func calls(_ calls: ServerMetrics.Calls, _ text: inout PrometheusText) {
        let figures = calls.figures.sorted { ($0.key.model, $0.key.upstream) < ($1.key.model, $1.key.upstream) }
        func each(_ name: String, _ help: String, _ value: (UsageFigures) -> Int) {
            text.family(name, .counter, help)
            for (labels, figures) in figures { text.sample(name, ["model": labels.model, "upstream": labels.upstream], value(figures)) }
        }
        each("haneul_model_calls_total", "Calls of models.") { $0.calls }
        each("haneul_model_streams_total", "Calls whose answer was streamed.") { $0.streams }
        text.family("haneul_model_tokens_total", .counter, "Tokens by model, upstream and direction.")
        for (labels, figures) in figures {
            for (direction, count) in [("input", figures.tokens.input), ("output", figures.tokens.output)] {
                text.sample(
                    "haneul_model_tokens_total", ["model": labels.model, "upstream": labels.upstream, "direction": direction], count)
            }
        }
        each("haneul_model_estimated_calls_total", "Calls whose tokens are estimates.") { $0.estimated }
        text.family("haneul_model_call_failures_total", .counter, "Calls that did not go well, by upstream and kind.")
        for (upstream, kinds) in calls.failures.sorted(by: { $0.key < $1.key }) {
            for (kind, count) in kinds.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
                text.sample("haneul_model_call_failures_total", ["upstream": upstream, "kind": kind.rawValue], count)
            }
        }
        text.family("haneul_model_call_duration_seconds", .histogram, "From the request to the upstream to the last byte of its answer.")
        for (upstream, histogram) in calls.durations.sorted(by: { $0.key < $1.key }) {
            text.histogram("haneul_model_call_duration_seconds", ["upstream": upstream], histogram)
        }
        text.family("haneul_model_first_byte_seconds", .histogram, "From the request to the upstream to the first byte of its answer.")
        for (upstream, histogram) in calls.firstBytes.sorted(by: { $0.key < $1.key }) {
            text.histogram("haneul_model_first_byte_seconds", ["upstream": upstream], histogram)
        }
    }

    private static func upstreams(_ upstreams: [UpstreamStatus], _ text: inout PrometheusText) {
        text.family("haneul_upstream_up", .gauge, "1 while requests are sent to the upstream, 0 while its circuit is open or it is switched off.")
        for one in upstreams { text.sample("haneul_upstream_up", ["upstream": one.label], one.isEnabled && one.isAvailable ? 1 : 0) }
        text.family("haneul_upstream_circuit_open", .gauge, "1 while the upstream's circuit is open.")
        for one in upstreams { text.sample("haneul_upstream_circuit_open", ["upstream": one.label], one.isAvailable ? 0 : 1) }
        text.family("haneul_upstream_in_flight", .gauge, "Requests under way to the upstream, the relay's not counted.")
        for one in upstreams { text.sample("haneul_upstream_in_flight", ["upstream": one.label], one.underWay) }
    }
}

extension PrometheusText {
    fileprivate mutating func sample(_ name: String, value: Int) { sample(name, [:], value) }
}
