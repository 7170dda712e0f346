import Domain
import HTTPAPI
import Hummingbird
import Logging
import NIOPosix
import Providers
import SQLiteStorage
import Security
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
        let early = try Settings(environment: environment, file: file)
        let secret = try directory.secret(configured: early[.secretKey])
        let sealer = SecretBox(secret: secret)
        let settings = try Settings(environment: environment, file: file, store: SQLiteSettingsStore(database: database), sealer: sealer)
        try await settings.load()
        let accounts = accounts(database: database, settings: settings, secret: secret, sealer: sealer, logger: logger)
        let transport = HTTPTransport(settings: settings, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        let rows = SQLiteWorkspaceModelStore(database: database)
        let book = ConnectionBook(settings: settings)
        let catalog = ModelCatalog(
            book: book, settings: settings, lister: ProviderLister(transport: transport), rows: rows, grants: accounts.grants)
        try await catalog.load()
        let chat = chat(database: database, settings: settings, directory: catalog, transport: transport, retriever: InlineContextRetriever())
        let models = ModelLibrary(rows: rows, grants: accounts.grants, catalog: catalog)
        let bodyLimit = settings[.maximumBodyMegabytes] << 20
        let gateway: [any Controller] = [
            ModelsController(catalog: catalog), WorkspaceModelsController(library: models, users: accounts.users),
            OpenAIConfigController(settings: settings, transport: transport), OllamaConfigController(settings: settings, transport: transport),
            OpenAIController(catalog: catalog, book: book, settings: settings, transport: transport, chat: chat.handling),
            OllamaController(catalog: catalog, book: book, settings: settings, transport: transport),
            EmbeddingsController(directory: catalog, transport: transport, bodyLimit: bodyLimit),
        ]
        let controllers: [any Controller] =
            [HealthController(version: HaneulVersion.api, databaseIsUp: { await database.isUp() })] + accounts.controllers + gateway
            + chat.controllers
        let face = HTTPFace(settings: settings, authenticator: accounts.authenticator, gate: accounts.gate, controllers: controllers) { _, _ in
            WelcomePage.response(name: settings[.name])
        }
        return Components(
            settings: settings, face: face, services: [AccountUpkeep(accounts: accounts, database: database, settings: settings, logger: logger)])
    }
}

/// Context from texts inside the request, until files are wired.
struct InlineContextRetriever: ContextRetriever {
    func context(for items: [JSONValue], queries: [String], question: String, principal: Principal) async throws -> RetrievedContext {
        var sources: [ContextSource] = []
        var lines: [String] = []
        for item in items.compactMap(\.object) {
            guard item["type"]?.string == "text", let text = item["content"]?.string ?? item["file"]?["data"]?["content"]?.string else { continue }
            let name = item["name"]?.string ?? "text"
            sources.append(ContextSource(item: item, documents: [text], metadata: [["name": .string(name)]]))
            lines.append("<source id=\"\(sources.count)\" name=\"\(name)\" resource-type=\"text\">\(text)</source>")
        }
        guard !sources.isEmpty else { return RetrievedContext() }
        return RetrievedContext(
            sources: sources, prompt: "Answer from the context.\n<context>\n\(lines.joined(separator: "\n"))\n</context>\n")
    }
}
