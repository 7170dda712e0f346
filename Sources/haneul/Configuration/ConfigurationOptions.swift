import ArgumentParser
import Domain
import Foundation

/// Options that every command shares: where the configuration comes from.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .long, help: "A .env or YAML file with configuration keys. Default: .env in the current folder, when there is one.")
    var config: String?

    /// Environment over file over defaults.
    func settingSources() throws -> (environment: [String: String], file: [String: String]) {
        let path = config ?? ".env"
        guard FileManager.default.fileExists(atPath: path) else {
            if let config { throw ValidationError("There is no configuration file \(config).") }
            return (ProcessInfo.processInfo.environment, [:])
        }
        return (ProcessInfo.processInfo.environment, try ConfigurationFile.read(path))
    }
}
