/// Takes a stopped Open WebUI's accounts and everything they own over.
///
/// Ids stay what they were, so that old tokens, links and clients go on working. What an earlier run took is not taken again,
/// also when it was deleted here since; what is here already under the same id, e-mail or name stays as it is.
package struct OpenWebUIImporter {
    private let source: OpenWebUIDatabase
    private let uploads: String?
    private let destination: ImportDestination
    private let isDryRun: Bool

    /// - Parameters:
    ///   - uploads: the folder of uploaded bytes; `nil` when it is gone.
    ///   - isDryRun: only counts.
    package init(source: OpenWebUIDatabase, uploads: String?, destination: ImportDestination, isDryRun: Bool) {
        self.source = source
        self.uploads = uploads
        self.destination = destination
        self.isDryRun = isDryRun
    }

    /// - Parameter name: of the source, for the report.
    package func run(name: String) async throws -> ImportReport {
        let run = ImportRun(
            source: source, here: destination, identity: try await source.identity(), uploads: uploads, isDryRun: isDryRun, name: name)
        let grants = try await run.readGrants()
        try await run.takeAccounts()
        try await run.takeGroups()
        try await run.takeKeys()
        try await run.takeFiles(grants)
        try await run.takeKnowledge(grants)
        try await run.takeModels(grants)
        try await run.takeFunctions()
        try await run.takeTools(grants)
        try await run.takeOwnValves()
        try await run.takePrompts(grants)
        try await run.takeMemories()
        try await run.takeNotes(grants)
        try await run.takeSkills(grants)
        try await run.takeFolders()
        try await run.takeChats()
        try await run.takeSettings()
        try await run.countTheRest()
        return run.report
    }
}
