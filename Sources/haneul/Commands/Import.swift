import ArgumentParser

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Take another server's data over.", subcommands: [ImportOpenWebUI.self])
}
