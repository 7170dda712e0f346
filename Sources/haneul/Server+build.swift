import Domain
import Extraction
import HTTPAPI
import Hummingbird
import Logging
import NIOPosix
import Providers
import Relay
import SQLiteStorage
import Telemetry
import Cryptography
import ServiceLifecycle

extension Server {
    /// Everything that runs.
    struct Components {
        var settings: Settings
        var face: HTTPFace
        var services: [any Service]
        /// Told before the HTTP server that it is over.
        var farewell: any Service
        /// The fast path, before everything else on each connection.
        var relay: Relay
    }

    /// Chooses every concrete type. Each area builds its own part in `Server+<area>.swift`.
    ///
    /// - Parameter functionHost: stands in for Python, in tests.
    static func build(
        environment: [String: String], file: [String: String], directory: borrowing DataDirectory, logger: Logger,
        functionHost: (any FunctionHost)? = nil
    ) async throws -> Components {
        let database = try SQLiteDatabase(path: directory.databasePath)
        let early = try Settings(environment: environment, file: file)
        let secrets = try directory.secrets(early)
        let sealer = SecretBox(secret: secrets.current, earlierSecrets: secrets.earlier)
        try await Self.reseal(database, sealer, logger)
        let settings = try Settings(environment: environment, file: file, store: SQLiteSettingsStore(database: database), sealer: sealer)
        try await settings.load()
        let accounts = accounts(database: database, settings: settings, secrets: secrets, sealer: sealer, logger: logger)
        let telemetry = Telemetry(settings: settings, version: HaneulVersion.server, logger: logger) {
            let transport = HTTPTransport(settings: settings, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
            return (transport, { await transport.shutdown() })
        }
        let usage = try await usage(database: database, settings: settings, accounts: accounts, logger: logger)
        let extractor = ChildProcessExtractor(executable: OwnExecutable.path)
        let uploadExtractor = uploadExtractor(builtIn: extractor, settings: settings)
        let chats = RelayCounters()
        let retrieval = retrieval(
            database: database, settings: settings, recorder: usage.ledger, indexFolder: directory.path + "/vectors",
            pace: ChatPace(counters: chats), logger: logger)
        let documents = try await documents(
            database: database, settings: settings, uploads: directory.uploadsPath, accounts: accounts, retrieval: retrieval,
            extractor: uploadExtractor, logger: logger)
        let workspace = workspace(database: database, settings: settings, accounts: accounts, encoders: retrieval.desk)
        let answering = answering(retrieval, documents: documents, extractor: extractor, accounts: accounts, settings: settings)
        let functions = try await functions(
            database: database, settings: settings, accounts: accounts, sealer: sealer,
            host: functionHost ?? self.functionHost(settings: settings, directory: directory.path, logger: logger), logger: logger)
        let gateway = try await gateway(
            database: database, settings: settings, accounts: accounts, builtIns: [answering.quotes], sources: [functions.registry],
            telemetry: telemetry, logger: logger)
        let chat = chat(
            database: database, settings: settings, directory: gateway.catalog, transport: gateway.transport,
            retriever: telemetry?.traced(answering.context) ?? answering.context, recorder: usage.ledger, builtIns: [answering.quotes],
            functions: functions, workspace: workspace, findModel: { [catalog = gateway.catalog] in await catalog.find($0) }, logger: logger)
        connect(
            functions, chat: chat, gateway: gateway, documents: documents, retrieval: retrieval, answering: answering, accounts: accounts,
            settings: settings)
        let relay = relay(
            accounts: accounts, gateway: gateway, recorder: usage.ledger, tracing: telemetry?.relay, counters: chats, settings: settings,
            isOpen: { [registry = functions.registry] in !registry.hasGlobalFilter })
        var controllers: [any Controller] =
            [HealthController(version: HaneulVersion.api, databaseIsUp: { await database.isUp() })] + accounts.controllers
            + [oauth(accounts: accounts, transport: gateway.transport, settings: settings)]
            + documents.controllers
            + Self.controllers(
                of: gateway, settings: settings, accounts: accounts, chat: chat.handling, functions: functions.library, recorder: usage.ledger)
            + chat.controllers + functions.controllers + usage.controllers + workspace.controllers
            + observability(usage: usage, gateway: gateway, retrieval: retrieval, relay: relay, database: database, telemetry: telemetry)
            + Self.controllers(
                of: retrieval, answering: answering, documents: documents, accounts: accounts, models: gateway.library, settings: settings)
        // Last, so that the description holds every route.
        if settings[.environment] == "dev" {
            controllers.append(
                DocsController(title: settings[.name], version: HaneulVersion.server, assets: CacheDirectory(settings: settings).swaggerUI))
        } else {
            controllers.append(NoDocsController())
        }
        let face = HTTPFace(
            settings: settings, authenticator: accounts.authenticator, gate: accounts.gate, metrics: usage.metrics, tracer: telemetry?.tracer,
            controllers: controllers
        ) { [page = try page(settings: settings, logger: logger)] request, _ in
            try await page.response(to: request)
        }
        let upkeep = AccountUpkeep(accounts: accounts, database: database, settings: settings, logger: logger)
        return Components(
            settings: settings, face: face,
            services: (telemetry.map { [$0.service] } ?? []) + [usage.service, gateway.service, retrieval.service] + documents.services
                + [functions.service, upkeep],
            farewell: functions.farewell, relay: relay)
    }
}
