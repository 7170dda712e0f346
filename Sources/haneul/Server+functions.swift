import Domain
import Foundation
import HTTPAPI
import Logging
import PluginHost
import Providers
import SQLiteStorage
import ServiceLifecycle
import Synchronization
import Wire

/// People's Python: functions and tools.
struct Functions {
    let library: FunctionLibrary
    let toolkits: ToolkitLibrary
    let registry: FunctionRegistry
    /// Serves the models of pipes.
    let provider: any ChatProvider
    let controllers: [any Controller]
    let service: FunctionsService
    let farewell: FunctionsFarewell

    fileprivate let caller: FunctionCaller
    fileprivate let outlets: OutletFilters
    fileprivate let skipsFailures: @Sendable () -> Bool
    fileprivate let access: LateAccess
    fileprivate let questions: QuestionDesk
    fileprivate let logger: Logger

    /// The step that lets filters look at requests.
    func inlets(_ resolve: ResolveModel) -> RunInletFilters {
        RunInletFilters(
            registry: registry, installer: library.installer, caller: caller, resolve: resolve,
            tools: ToolkitTools(library: toolkits, caller: caller), skipsFailures: skipsFailures, logger: logger)
    }

    /// `provider`, with filters and the events of plug-ins at its answers.
    func watching(_ provider: any ChatProvider) -> any ChatProvider {
        PluginAnswerProvider(provider: provider, host: library.installer.host, outlets: outlets, skipsFailures: skipsFailures)
    }

    func actions(_ resolve: ResolveModel) -> FunctionActions {
        FunctionActions(registry: registry, installer: library.installer, caller: caller, resolve: resolve, outlets: outlets)
    }
}

extension Server {
    static func functions(
        database: SQLiteDatabase, settings: Settings, accounts: Accounts, sealer: any SecretSealer, host: any FunctionHost, logger: Logger
    ) async throws -> Functions {
        let valves = ValveBook(store: SQLiteValveStore(database: database), sealer: sealer)
        let store = SQLiteFunctionStore(database: database)
        let installer = PluginInstaller(host: host)
        let registry = FunctionRegistry(store: store, valves: valves)
        try await registry.reload()
        let library = FunctionLibrary(store: store, valves: valves, installer: installer, registry: registry)
        let toolkits = ToolkitLibrary(
            store: SQLiteToolkitStore(database: database), grants: accounts.grants, valves: valves, installer: installer)
        let access = LateAccess()
        let caller = FunctionCaller(valves: valves, access: { access.value })
        let questions = QuestionDesk()
        let skipsFailures: @Sendable () -> Bool = { settings[.functionFilterFailures] == "skip" }
        let download = PluginDownload(fetcher: PinnedPageFetcher(largest: PluginRules.largestContent) { settings[.allowPrivateURLs] })
        return Functions(
            library: library, toolkits: toolkits, registry: registry,
            provider: FunctionChatProvider(registry: registry, installer: installer, caller: caller),
            controllers: [
                FunctionsController(library: library, users: accounts.users, download: download, audit: accounts.audit),
                ToolsController(library: toolkits, users: accounts.users, download: download, audit: accounts.audit),
                QuestionsController(questions: questions),
            ],
            service: FunctionsService(library: library, toolkits: toolkits, logger: logger),
            farewell: FunctionsFarewell(host: host, grace: .milliseconds(settings[.shutdownSeconds] * 500)), caller: caller,
            outlets: OutletFilters(host: host, skipsFailures: skipsFailures, logger: logger), skipsFailures: skipsFailures, access: access,
            questions: questions, logger: logger)
    }

    /// What runs the code.
    /// - Parameter directory: of the server's data; scratch folders and packages have their place in it.
    static func functionHost(settings: Settings, directory: String, logger: Logger) -> any FunctionHost {
        guard settings[.enableFunctions] else {
            return NoFunctionHost(reason: "Python functions are turned off (HANEUL_ENABLE_FUNCTIONS).")
        }
        return PythonFunctionHost(
            interpreter: settings[.pythonInterpreter], dataDirectory: directory, limits: WorkerLimits(settings),
            policy: PythonFunctionHost.Policy(settings), logger: logger)
    }

    /// Lets functions ask the finished server.
    static func connect(
        _ functions: Functions, chat: Chat, gateway: Gateway, documents: Documents, retrieval: Retrieval, answering: Answering,
        accounts: Accounts, settings: Settings
    ) {
        functions.registry.observe { [catalog = gateway.catalog] in catalog.sourcesChanged() }
        let (service, catalog, library, users, chats) = (chat.service, gateway.catalog, documents.library, accounts.users, chat.store)
        let (retriever, collections) = (answering.retriever, answering.access)
        let knowledge = KnowledgeLibrary(
            store: retrieval.knowledge, grants: accounts.grants, library: library, access: collections, detach: { _ in })
        functions.access.value = ServerAccess(
            complete: { [meter = accounts.meter] body, principal, depth in
                // A request like any other of the caller's: it counts, and a budget that is used up refuses it.
                try meter.admit(principal)
                var request = ChatRequestReader.request(body, principal: principal)
                request.depth = depth
                return try await service.answer(request)
            },
            models: { principal in try await catalog.list(for: principal, refresh: false).map { .object($0.wire) } },
            file: { id, principal in
                guard let file = try await found({ try await library.readable(id, by: principal) }) else { return nil }
                return FileWire.object(file, content: try await library.text(of: file))
            },
            fileContent: { id, limit, principal in
                guard let file = try await found({ try await library.readable(id, by: principal) }), let path = await library.originalPath(of: file)
                else { return nil }
                return try await FileBytes.read(path, limit: limit)
            },
            retrieve: { queries, items, limit, principal in
                try await passages(
                    queries, items, limit: limit, principal, retriever: retriever, access: collections, settings: settings)
            },
            user: { principal in
                guard var user = try await users.user(id: principal.userID)?.wire else { return nil }
                user["oauth"] = .null
                return user
            },
            chat: { id, principal in try await chats.find(id, ownerID: principal.userID)?.wire.object },
            knowledge: { id, principal in
                guard let base = try? await knowledge.base(id, .read, by: principal) else { return nil }
                let files = try await knowledge.contents(of: base).map { JSONValue.object(FileWire.object($0)) }
                return row(of: try await knowledge.entry(base, principal)).merging(["files": .array(files)])
            },
            knowledgeBases: { principal in
                try await knowledge.list(by: principal, page: PageRequest(limit: .max, offset: 0)).items.map { .object(row(of: $0)) }
            },
            deepest: { settings[.functionDepth] }, questions: functions.questions)
    }

    private static func row(of entry: KnowledgeLibrary.Entry) -> JSONObject {
        KnowledgeWire.object(entry.base, grants: entry.grants).merging(["write_access": .bool(entry.mayWrite)])
    }

    /// `nil` for what is not there or not the principal's.
    private static func found<Value>(_ work: () async throws -> Value) async throws -> Value? {
        do {
            return try await work()
        } catch let error as AppError where error.code == .notFound {
            return nil
        }
    }

    /// Searches what the items name, as far as the principal may; in the shape of `/api/v1/retrieval/query/collection`.
    private static func passages(
        _ queries: [String], _ items: [JSONValue], limit: Int, _ principal: Principal, retriever: Retriever, access: CollectionAccess,
        settings: Settings
    ) async throws -> JSONObject {
        var keys: [CollectionKey] = []
        for item in items.prefix(100) {
            let id = item.string ?? item["collection_name"]?.string ?? item["id"]?.string ?? ""
            let name = item["type"]?.string == "file" && !id.hasPrefix("file-") ? "file-" + id : id
            if let key = try? await access.resolve(name, for: principal), !keys.contains(key) { keys.append(key) }
        }
        var found: [Passage] = []
        for text in queries.prefix(16) where !keys.isEmpty {
            var query = RetrievalQuery(text: text, collections: keys, settings: settings)
            if limit > 0 { query.limit = min(limit, 1000) }
            for passage in try await retriever.passages(query).passages where !found.contains(where: { $0.chunk.id == passage.chunk.id }) {
                found.append(passage)
            }
        }
        return [
            "distances": [.array(found.map { .double($0.score) })], "documents": [.strings(found.map(\.chunk.text))],
            "metadatas": [.array(found.map { .object($0.metadata) })],
        ]
    }
}

/// The server's side of what functions may ask, set when the server is built.
final class LateAccess: Sendable {
    private let stored = Mutex<ServerAccess>(
        ServerAccess(complete: { _, _, _ in throw AppError(.unavailable, "The server is still starting.") }))

    var value: ServerAccess {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}

/// Reads a file on a thread that nobody waits for.
private enum FileBytes {
    /// At most `limit` bytes from the start; `nil` when it cannot be read.
    static func read(_ path: String, limit: Int) async throws -> [UInt8]? {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                let handle = FileHandle(forReadingAtPath: path)
                let data = try? handle?.read(upToCount: max(limit, 0))
                try? handle?.close()
                continuation.resume(returning: handle == nil ? nil : Array(data ?? Data()))
            }
        }
    }
}

/// Ends what functions are still doing when the server stops. The HTTP server waits for its answers, and an answer may wait for code that
/// hangs: calls in progress get half of that time, then they end with an error, which leaves the other half to deliver it.
///
/// Told first that the server stops; returns at once, so that the others are told too.
struct FunctionsFarewell: Service {
    let host: any FunctionHost
    let grace: Duration

    func run() async throws {
        try? await gracefulShutdown()
        Task {
            try? await Task.sleep(for: grace)
            await host.stop()
        }
    }
}

/// Says what protects the server, gets functions ready in the background, and ends their processes with the server.
struct FunctionsService: Service {
    let library: FunctionLibrary
    let toolkits: ToolkitLibrary
    let logger: Logger

    func run() async throws {
        let installer = library.installer
        let summary = await installer.host.protections().summary
        logger.info("\(summary)")
        let preparation = Task {
            await library.resume()
            await toolkits.resume()
        }
        try? await gracefulShutdown()
        preparation.cancel()
        installer.stop()
        await installer.host.stop()
    }
}
