import Domain
import Foundation
import Logging
import SQLiteStorage
import Cryptography

/// What the commands on accounts work with: the data folder, also while a server uses it. A running server sees the change
/// within a second.
enum CommandWorkspace {
    /// - Throws: `ExitCode` after the reason was written to standard error.
    static func run(_ options: ConfigurationOptions, _ work: (Accounts, Settings) async throws -> Void) async throws {
        do {
            let (environment, file) = try options.settingSources()
            let early = try Settings(environment: environment, file: file)
            let directory = try DataDirectory(path: early[.dataDirectory], sharing: true)
            let database = try SQLiteDatabase(path: directory.databasePath, migrating: !directory.isShared)
            let secrets = try directory.secrets(early)
            let sealer = SecretBox(secret: secrets.current, earlierSecrets: secrets.earlier)
            let settings = try Settings(environment: environment, file: file, store: SQLiteSettingsStore(database: database), sealer: sealer)
            try await settings.load()
            let logger = Logger(label: "haneul") { label in
                var handler = StreamLogHandler.standardError(label: label)
                handler.logLevel = .warning
                return handler
            }
            try await work(Server.accounts(database: database, settings: settings, secrets: secrets, sealer: sealer, logger: logger), settings)
            withExtendedLifetime(directory) {}
        } catch let error as AppError {
            CommandFailure.report(error)
            throw CommandFailure.exit(error)
        }
    }

    /// The account with this e-mail.
    static func user(_ email: String, _ accounts: Accounts) async throws -> User {
        guard let user = try await accounts.users.user(email: email.trimmed) else {
            throw AppError(.notFound, "There is no account \(email).")
        }
        return user
    }

    static func record(_ accounts: Accounts, _ action: String, _ user: User, _ detail: JSONObject = [:]) async {
        await accounts.audit.record(action, by: nil, actor: "command line", objectID: user.id, object: user.email, detail: detail)
    }

    static let day = Date.ISO8601FormatStyle.iso8601(timeZone: .gmt).year().month().day()

    static func text(_ time: EpochSeconds?) -> String {
        time.map { Date(timeIntervalSince1970: Double($0)).formatted(day) } ?? "never"
    }

    /// Columns padded to the widest cell.
    static func table(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(separator: "  ").trimmed
        }.joined(separator: "\n")
    }
}
