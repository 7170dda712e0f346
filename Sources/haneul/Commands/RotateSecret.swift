import ArgumentParser
import Cryptography
import Domain
import Logging
import SQLiteStorage

extension Keys {
    /// Changes the secret that signs sessions and encrypts what lies in the database.
    struct RotateSecret: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rotate-secret", abstract: "Give the server a new secret; stored secrets are encrypted anew.",
            discussion: """
                Stop the server first. A new secret goes into DATA_DIR/secret.key and the earlier one into DATA_DIR/secret.previous: people stay \
                signed in. When sessions of the earlier secret have run out, or at once when it became known, --forget-earlier ends them.
                """)

        @OptionGroup var options: ConfigurationOptions
        @Flag(name: .long, help: "Make no new secret: WEBUI_SECRET_KEY has the new one and WEBUI_SECRET_KEY_PREVIOUS the earlier.")
        var configured = false
        @Flag(name: .long, help: "Make no new secret: only forget the earlier ones. Sessions signed with them end.")
        var forgetEarlier = false

        func run() async throws {
            try await CommandFailure.reporting {
                let (environment, file) = try options.settingSources()
                let settings = try Settings(environment: environment, file: file)
                let directory = try DataDirectory(path: settings[.dataDirectory])
                let makesNew = !configured && !forgetEarlier
                let secrets = makesNew ? try directory.rotateSecret(settings) : try directory.secrets(settings)
                let box = SecretBox(secret: secrets.current, earlierSecrets: secrets.earlier)
                let database = try SQLiteDatabase(path: directory.databasePath)
                let outcome = try await SQLiteSealedTexts(database: database).reseal { $0.verdict(box) }
                print("Encrypted \(outcome.replaced) stored secrets with the \(makesNew ? "new" : "current") key.")
                if outcome.unreadable > 0 {
                    throw AppError(
                        .conflict,
                        "\(outcome.unreadable) stored secrets were encrypted with a key that is not known. Name it in WEBUI_SECRET_KEY_PREVIOUS.")
                }
                if forgetEarlier {
                    try directory.forgetEarlierSecrets()
                    print("Forgot the earlier secrets. Who signed in under them has to sign in again.")
                }
                withExtendedLifetime(directory) {}
            }
        }
    }
}

extension String {
    /// What to do with this sealed text.
    func verdict(_ box: SecretBox) -> SQLiteSealedTexts.Verdict {
        guard box.isStale(self) else { return .unchanged }
        guard let text = try? box.open(self), let fresh = try? box.seal(text) else { return .unreadable }
        return .replaced(fresh)
    }
}
