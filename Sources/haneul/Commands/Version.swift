import ArgumentParser

/// The server's own version and the version of the API it speaks.
enum HaneulVersion {
    static let server = "0.1.0"
    /// What `/api/version` answers: clients compare it with what they know of Open WebUI.
    static let api = "0.12.4"
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the version.")

    func run() { print("haneul \(HaneulVersion.server) (speaks the API of Open WebUI \(HaneulVersion.api))") }
}
