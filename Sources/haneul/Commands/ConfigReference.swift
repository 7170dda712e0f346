import ArgumentParser

/// Writes docs/configuration.md (`make config-docs`).
struct ConfigReference: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config-reference", abstract: "Print docs/configuration.md.", shouldDisplay: false)

    func run() { print(ConfigurationReference.markdown(), terminator: "") }
}
