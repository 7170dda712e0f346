import Domain
import HTTPAPI
import Hummingbird
import Logging
import SQLiteStorage
import ServiceLifecycle

extension Server {
    /// Everything that runs.
    struct Components {
        var settings: Settings
        var face: HTTPFace
        var services: [any Service]
    }

    /// Chooses every concrete type. Each area builds its own part in `Server+<area>.swift`.
    static func build(
        environment: [String: String], file: [String: String], directory: borrowing DataDirectory, logger: Logger
    ) async throws -> Components {
        let database = try SQLiteDatabase(path: directory.databasePath)
        let settings = try Settings(environment: environment, file: file, store: SQLiteSettingsStore(database: database))
        try await settings.load()
        let controllers: [any Controller] = [
            HealthController(version: HaneulVersion.api, databaseIsUp: { await database.isUp() })
        ]
        let face = HTTPFace(settings: settings, authenticator: NoAuthenticator(), controllers: controllers) { _, _ in
            WelcomePage.response(name: settings[.name])
        }
        return Components(settings: settings, face: face, services: [])
    }
}

/// Stands until accounts are wired: refuses everybody.
struct NoAuthenticator: Authenticator {
    func remembered(_ token: String) -> Principal? { nil }
    func authenticate(_ token: String) async throws -> Principal { throw AppError.badToken }
}
