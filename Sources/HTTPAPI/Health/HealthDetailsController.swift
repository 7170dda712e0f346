package import Domain
import HTTPTypes
import Hummingbird

/// `GET /api/v1/health/details`: how everything is doing, for administrators. Shape: `docs/usage.md`.
package struct HealthDetailsController: Controller {
    private let metrics: ServerMetrics
    private let gauges: @Sendable () async -> ServerGauges
    private let details: @Sendable () async -> JSONObject

    /// - Parameter details: what other areas say of themselves, by area.
    package init(
        metrics: ServerMetrics, gauges: @escaping @Sendable () async -> ServerGauges, details: @escaping @Sendable () async -> JSONObject
    ) {
        self.metrics = metrics
        self.gauges = gauges
        self.details = details
    }

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .get, "/api/v1/health/details", access: .admin, scope: .admin,
            RouteDocumentation("Health", "Upstreams, queues, index, memory and versions.")
        ) { _, _ in
            let gauges = await gauges()
            let calls = metrics.calls
            var answer: JSONObject = [
                "status": true, "version": .string(gauges.version), "started_at": .int(metrics.startedAt),
                "uptime_seconds": .int(max(0, .now() - metrics.startedAt)),
                "upstreams": .array(gauges.upstreams.map { Self.wire($0, calls) }),
                "ingestion": .object(JSONObject(gauges.ingestion.sorted { $0.key < $1.key }.map { ($0.key, JSONValue.int($0.value)) })),
                "gauges": .object(JSONObject(gauges.values.map { ($0.name, JSONValue.int($0.value)) })),
                "counters": .object(JSONObject(gauges.counters.map { ($0.name, JSONValue.int($0.value)) })),
            ]
            answer.merge(await details())
            return .json(.object(answer))
        }
    }

    private static func wire(_ status: UpstreamStatus, _ calls: ServerMetrics.Calls) -> JSONValue {
        var figures = UsageFigures()
        for (labels, more) in calls.figures where labels.upstream == status.label { figures.add(more) }
        return [
            "id": .string(status.label), "url": .string(status.url), "enabled": .bool(status.isEnabled),
            "circuit": status.isAvailable ? "closed" : "open", "in_flight": .int(status.underWay), "calls": .int(figures.calls),
            "errors": .int(figures.errors), "average_ms": .optional(figures.calls > 0 ? figures.milliseconds / figures.calls : nil),
            "average_first_byte_ms": .optional(figures.answered > 0 ? figures.firstByteMilliseconds / figures.answered : nil),
        ]
    }
}
