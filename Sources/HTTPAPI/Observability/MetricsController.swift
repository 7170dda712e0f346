package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// `GET /metrics` for Prometheus: for administrators, and for whoever asks on the machine itself and not through a proxy.
package struct MetricsController: Controller {
    private let metrics: ServerMetrics
    private let gauges: @Sendable () async -> ServerGauges

    package init(metrics: ServerMetrics, gauges: @escaping @Sendable () async -> ServerGauges) {
        self.metrics = metrics
        self.gauges = gauges
    }

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .get, "/metrics", access: .open, scope: .admin,
            RouteDocumentation(
                "Health", "Metrics in Prometheus' text format; for administrators and callers on the machine itself.", responseType: "text/plain")
        ) { request, context in
            try Self.admit(request, context)
            return .text(MetricsText.render(metrics, await gauges()), type: PrometheusText.contentType)
        }
    }

    /// - Throws: 401 for strangers, 403 for everybody who is no administrator, also on the machine itself.
    private static func admit(_ request: Request, _ context: AppRequestContext) throws {
        if let failure = context.authenticationFailure { throw failure }
        guard let principal = context.principal else {
            guard isLocal(request, context) else { throw AppError.notAuthenticated }
            return
        }
        guard principal.isAdmin else { throw AppError(.forbidden, "Metrics are for administrators.") }
        if principal.keyID != nil, let restrictions = principal.restrictions {
            try KeyGate.check(restrictions, path: request.uri.path, scope: .admin, address: context.clientAddress)
        }
    }

    /// A reverse proxy on this machine looks local, too; its requests say where they come from.
    private static func isLocal(_ request: Request, _ context: AppRequestContext) -> Bool {
        guard let address = context.remoteAddress?.ipAddress, loopback.contains(where: { $0.contains(address) }) else { return false }
        return !request.headers.contains { field in
            let name = field.name.canonicalName
            return name.hasPrefix("x-forwarded") || forwarding.contains(name)
        }
    }

    private static let loopback = ["127.0.0.0/8", "::1/128", "::ffff:127.0.0.0/104"].compactMap(AddressRange.init)
    private static let forwarding: Set<String> = ["forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip"]
}

/// What is measured at the moment of asking.
package struct ServerGauges: Sendable {
    package var version: String
    package var upstreams: [UpstreamStatus]
    /// By name, for counters and gauges that another area keeps; the unit is part of the name.
    package var counters: [(name: String, help: String, value: Int)]
    package var values: [(name: String, help: String, value: Int)]
    package var ingestion: [String: Int]

    package init(
        version: String, upstreams: [UpstreamStatus] = [], counters: [(name: String, help: String, value: Int)] = [],
        values: [(name: String, help: String, value: Int)] = [], ingestion: [String: Int] = [:]
    ) {
        self.version = version
        self.upstreams = upstreams
        self.counters = counters
        self.values = values
        self.ingestion = ingestion
    }
}
