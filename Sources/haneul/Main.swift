import ArgumentParser

@main
struct Haneul: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "haneul",
        abstract: "One server for every language model and every document a team has.",
        subcommands: [
            Serve.self, Users.self, Keys.self, Models.self, Knowledge.self, Import.self, Doctor.self, Version.self, ExtractWorker.self,
            ConfigReference.self,
        ],
        defaultSubcommand: Serve.self)
}
