import Domain

extension RouteDescriptions {
    static let health = RouteDescriptions(
        "",
        [
            "GET /health": .answers(.status), "GET /ready": .answers(.status).or(503), "GET /health/db": .answers(.status).or(503),
            "GET /api/version": .answers(["version": .text("0.12.4"), "deployment_id": .text("")]),
            "GET /api/v1/health/details": .answers([
                "status": .yes, "version": .string, "started_at": .time, "uptime_seconds": .integer,
                "upstreams": .list([
                    "id": .text("openai:0"), "url": .string, "enabled": .bool, "circuit": .choice("closed", "open"), "in_flight": .integer,
                    "calls": .integer, "errors": .integer, "average_ms": .integer.nullable, "average_first_byte_ms": .integer.nullable,
                ]),
                "ingestion": .map(of: .integer), "gauges": .map(of: .integer), "counters": .map(of: .integer),
            ]),
            "GET /metrics": .sends("text/plain").or(401, 403),
        ])

    static let documentation = RouteDescriptions(
        "",
        [
            "GET /docs": .sends("text/html"), "GET /docs/{file}": .sends("text/javascript", "text/css", "image/png"),
            "GET /openapi.json": .answers(.map.showing(["openapi": "3.1.0"])),
        ])
}
