import ArgumentParser
import Cryptography
import Domain
import Foundation
import OpenWebUIImport
import SQLiteStorage

/// Takes a stopped Open WebUI over.
struct ImportOpenWebUI: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "open-webui",
        abstract: "Take a stopped Open WebUI 0.12 over: accounts, keys, groups, chats, files, knowledge, models, functions, tools, settings.",
        discussion: """
            Stop both servers first. The other server's files are only read. Run it again as often as you like: nothing is taken twice, and what \
            was deleted here since stays deleted. People sign in with their old passwords, programs with their old keys; with the old secret \
            people even stay signed in.
            """)

    @OptionGroup var options: ConfigurationOptions
    @Argument(help: "The other server's data folder, or its webui.db.") var path: String
    @Option(name: .long, help: "Its folder of uploaded files. Default: uploads beside webui.db.") var uploads: String?
    @Option(name: .long, help: "Its WEBUI_SECRET_KEY, so that people stay signed in. Default: .webui_secret_key in or above its data folder.")
    var webuiSecretKey: String?
    @Flag(name: .long, help: "Only count and report; write nothing.") var dryRun = false
    @Flag(name: .long, help: "Report as JSON.") var json = false

    func run() async throws {
        try await CommandFailure.reporting {
            let (environment, file) = try options.settingSources()
            let early = try Settings(environment: environment, file: file)
            let source = try OpenWebUISource(path: path, uploads: uploads)
            let database = try OpenWebUIDatabase(path: source.databasePath)
            // A dry run must not make a data folder.
            let isNew = !FileManager.default.fileExists(atPath: early[.dataDirectory] + "/haneul.db")
            let temporary = FileManager.default.temporaryDirectory.path + "/haneul-dry-run-" + makeID()
            defer { if dryRun, isNew { try? FileManager.default.removeItem(atPath: temporary) } }
            let directory = try DataDirectory(path: dryRun && isNew ? temporary : early[.dataDirectory])
            let destination = try await Self.destination(directory, early, environment: environment, file: file)
            let secret = try webuiSecretKey ?? source.secret()
            let keepsSessions = secret.map(Self.isSafe) ?? false
            if keepsSessions, !dryRun, let secret { try directory.keepEarlier(secret, early) }
            var report = try await OpenWebUIImporter(
                source: database, uploads: source.uploadsPath, destination: destination, isDryRun: dryRun
            ).run(name: source.databasePath)
            report.note(Self.sessionNote(secret, keepsSessions))
            print(json ? report.json.jsonText : report.text)
            withExtendedLifetime(directory) {}
        }
    }

    /// The old server's built-in secret is public: with it anybody could sign tokens.
    private static func isSafe(_ secret: String) -> Bool { secret.utf8.count >= 8 && secret != "t0p-s3cr3t" }

    private static func sessionNote(_ secret: String?, _ keepsSessions: Bool) -> String {
        if keepsSessions {
            return "Old sessions go on: its secret is accepted for tokens that are out (haneul keys rotate-secret --forget-earlier ends that)."
        }
        if secret != nil { return "Its secret is too short or publicly known, so old sessions end: people sign in again with their passwords." }
        return "Without its secret (--webui-secret-key) old sessions end: people sign in again with their passwords. API keys work."
    }

    static func destination(
        _ directory: borrowing DataDirectory, _ early: Settings, environment: [String: String], file: [String: String]
    ) async throws -> ImportDestination {
        let database = try SQLiteDatabase(path: directory.databasePath)
        let secrets = try directory.secrets(early)
        let sealer = SecretBox(secret: secrets.current, earlierSecrets: secrets.earlier)
        let settings = try Settings(environment: environment, file: file, store: SQLiteSettingsStore(database: database), sealer: sealer)
        try await settings.load()
        let blobs = try FolderBlobStore(folder: directory.uploadsPath)
        try await blobs.removeLeftovers()
        return ImportDestination(
            users: SQLiteUserStore(database: database), groups: SQLiteGroupStore(database: database),
            grants: SQLiteAccessGrantStore(database: database), keys: SQLiteAPIKeyStore(database: database), secrets: SystemSecretSource(),
            sealer: sealer, files: SQLiteFileStore(database: database), blobs: blobs, makeDigest: { SHA256Digest() },
            knowledge: SQLiteKnowledgeStore(database: database), models: SQLiteWorkspaceModelStore(database: database),
            chats: SQLiteChatStore(database: database), folders: SQLiteChatFolderStore(database: database),
            functions: SQLiteFunctionStore(database: database), toolkits: SQLiteToolkitStore(database: database),
            valves: ValveBook(store: SQLiteValveStore(database: database), sealer: sealer), prompts: SQLitePromptStore(database: database),
            memories: SQLiteMemoryStore(database: database), notes: SQLiteNoteStore(database: database),
            skills: SQLiteSkillStore(database: database), settings: settings,
            ledger: SQLiteImportLedger(database: database))
    }
}

/// Where the other server's files are.
struct OpenWebUISource {
    let databasePath: String
    /// `nil` when there is none.
    let uploadsPath: String?

    /// - Parameter path: a data folder or a database file.
    init(path: String, uploads: String?) throws {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw AppError(.badRequest, "There is nothing at \(path).")
        }
        databasePath = isFolder.boolValue ? path + "/webui.db" : path
        let folder = uploads ?? URL(fileURLWithPath: databasePath).deletingLastPathComponent().path + "/uploads"
        let isThere = FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) && isFolder.boolValue
        if uploads != nil, !isThere { throw AppError(.badRequest, "There is no folder \(folder).") }
        uploadsPath = isThere ? folder : nil
    }

    /// The file that Open WebUI's start script keeps its made-up secret in; `nil` when it is not there.
    func secret() throws -> String? {
        let folder = URL(fileURLWithPath: databasePath).deletingLastPathComponent()
        for place in [folder, folder.deletingLastPathComponent()] {
            let file = place.appendingPathComponent(".webui_secret_key").path
            if let text = try? String(contentsOfFile: file, encoding: .utf8).trimmed, !text.isEmpty { return text }
        }
        return nil
    }
}
