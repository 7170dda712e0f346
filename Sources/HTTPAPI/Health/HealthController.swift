import Domain
import Hummingbird

/// Probes and the version.
package struct HealthController: Sendable {
    /// Whether the database answers.
    private let databaseIsUp: @Sendable () async -> Bool
    private let version: String

    package init(version: String, databaseIsUp: @escaping @Sendable () async -> Bool) {
        self.version = version
        self.databaseIsUp = databaseIsUp
    }

    package func addRoutes(to routes: RouteTable) {
        for path in ["/health", "/ready", "/health/db"] {
            routes.on(.get, path, access: .open, scope: .account, RouteDocumentation("Health", "Whether the server is up.")) { _, _ in
                let isUp = path == "/health" ? true : await databaseIsUp()
                guard isUp else {
                    throw AppError(.unavailable, "The database does not answer.")
                }
                return .json(["status": true])
            }
        }
        routes.on(.get, "/api/version", access: .open, scope: .account, RouteDocumentation("Health", "The version of the API and the server.")) {
            _, _ in
            .json(["version": .string(version), "deployment_id": ""])
        }
    }
}
