import Domain
import HTTPAPI
import Logging
import NIOPosix
import Providers
import SQLiteStorage
import Telemetry
import ServiceLifecycle

/// Connections to upstreams and the models they serve.
struct Gateway {
    let book: ConnectionBook
    /// What everything that asks an upstream uses: balances, fails over, remembers who is down.
    let transport: any UpstreamTransport
    let health: UpstreamHealth
    let budget: RetryBudget
    let catalog: ModelCatalog
    let library: ModelLibrary
    let service: GatewayService
}

extension Server {
    /// - Parameters:
    ///   - builtIns: models that this program serves itself.
    ///   - sources: models from elsewhere, as functions.
    ///   - telemetry: `nil` where nothing is traced.
    static func gateway(
        database: SQLiteDatabase, settings: Settings, accounts: Accounts, builtIns: [any BuiltInModel] = [],
        sources: [any ExtraModelSource] = [], telemetry: Telemetry? = nil, logger: Logger
    ) async throws -> Gateway {
        let client = HTTPTransport(settings: settings, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        let health = UpstreamHealth(changed: { origin, isOpen in
            logger.log(level: isOpen ? .warning : .notice, "upstream circuit \(isOpen ? "opened" : "closed")", metadata: ["upstream": "\(origin)"])
        })
        let budget = RetryBudget {
            RetryBudget.Rules(share: Double(settings[.upstreamRetryPercent]) / 100, reserve: settings[.upstreamRetryReserve])
        }
        let transport = FailoverTransport(transport: telemetry?.traced(client) ?? client, health: health, budget: budget, logger: logger) {
            FailoverTransport.Rules(
                attempts: settings[.upstreamAttempts], longestRetryAfter: .seconds(settings[.upstreamRetryAfterSeconds]))
        }
        let book = ConnectionBook(settings: settings)
        let rows = SQLiteWorkspaceModelStore(database: database)
        // Lists are read past the fail-over: each upstream speaks for itself.
        let catalog = ModelCatalog(
            book: book, settings: settings, lister: ProviderLister(transport: client), rows: rows, grants: accounts.grants, builtIns: builtIns,
            sources: sources)
        try await catalog.load()
        let library = ModelLibrary(rows: rows, grants: accounts.grants, catalog: catalog)
        return Gateway(
            book: book, transport: transport, health: health, budget: budget, catalog: catalog, library: library,
            service: GatewayService(client: client, catalog: catalog))
    }

    /// - Parameter chat: answers `/openai/chat/completions`.
    static func controllers(
        of gateway: Gateway, settings: Settings, accounts: Accounts, chat: any ChatHandling, functions: FunctionLibrary, recorder: any UsageRecorder
    ) -> [any Controller] {
        let transport = gateway.transport
        return [
            ModelsController(catalog: gateway.catalog, functions: functions, settings: settings),
            WorkspaceModelsController(library: gateway.library, users: accounts.users),
            ConnectionsController(.openAI, settings: settings, transport: transport),
            OpenAIController(catalog: gateway.catalog, book: gateway.book, settings: settings, transport: transport, chat: chat, recorder: recorder),
            ConnectionsController(.ollama, settings: settings, transport: transport),
            OllamaController(catalog: gateway.catalog, book: gateway.book, settings: settings, transport: transport, recorder: recorder),
            EmbeddingsController(
                directory: gateway.catalog, transport: transport, recorder: recorder, bodyLimit: settings[.maximumBodyMegabytes] << 20),
        ]
    }
}

/// Keeps the catalog fresh while the server runs, and closes the connections to upstreams when everything else has stopped.
struct GatewayService: Service {
    let client: HTTPTransport
    let catalog: ModelCatalog

    func run() async throws {
        await cancelWhenGracefulShutdown { await catalog.keepFresh() }
        await client.shutdown()
    }
}
