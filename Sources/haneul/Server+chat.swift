import Cryptography
import Domain
import HTTPAPI
import Logging
import Providers
import SQLiteStorage
import Wire

/// Chat completions and saved chats.
struct Chat {
    let service: ChatService
    /// For dialects that add a route of their own.
    let handling: any ChatHandling
    let tasks: ChatTaskRegistry
    let store: any ChatStore
    /// Answers that outlive their clients.
    let shelf: AnswerShelf
    let controllers: [any Controller]
}

extension Server {
    /// - Parameters:
    ///   - builtIns: models that this program serves itself.
    ///   - findModel: finds a model by id, whoever asks.
    ///   - functions: pipes, filters, actions and tools.
    ///   - workspace: memories and skills.
    static func chat(
        database: SQLiteDatabase, settings: Settings, directory: any ModelDirectory, transport: any UpstreamTransport,
        retriever: any ContextRetriever, recorder: any UsageRecorder, builtIns: [any BuiltInModel] = [], functions: Functions, workspace: Workspace,
        findModel: @escaping @Sendable (String) async -> ResolvedModel?, logger: Logger
    ) -> Chat {
        let providers = MeteredChatProvider(
            provider: ChatProviders(
                upstream: UpstreamChatProvider(transport: transport),
                builtIn: BuiltInChatProvider(models: builtIns), function: functions.provider), recorder: recorder)
        let tools = ToolRegistry([SearchKnowledge(retriever: retriever), ReadFile(retriever: retriever)])
        let makeDecoder: @Sendable () -> any ChatEventDecoder = { OpenAIEventDecoder() }
        let loop = ToolLoop(
            provider: providers, registry: tools, makeDecoder: makeDecoder, encode: { EventEncoding.event(.object($0)) },
            done: EventEncoding.done)
        let provider = functions.watching(loop)
        let rewriting = QueryRewriting(
            provider: providers, isEnabled: { TaskSettings.isOn("ENABLE_RETRIEVAL_QUERY_GENERATION", settings) },
            template: { TaskSettings.text("QUERY_GENERATION_PROMPT_TEMPLATE", settings) })
        let store = SQLiteChatStore(database: database)
        let folders = SQLiteChatFolderStore(database: database)
        let tasks = ChatTaskRegistry()
        let desk = ChoreDesk(provider: providers, settings: settings, findModel: findModel)
        let chores = ChatChores(desk: desk, store: store, tasks: tasks, logger: logger)
        let resolve = ResolveModel(directory: directory, fallbacks: ModelFallbacks(settings: settings, directory: directory))
        let service = ChatService(
            resolve: resolve,
            steps: [functions.inlets(resolve)] + workspace.steps + [
                RetrieveContext(retriever: retriever, rewriting: rewriting), ApplySystemPrompt(),
            ], provider: provider,
            recorder: SavedChatRecorder(store: store, folders: folders), tasks: tasks, chores: chores, makeDecoder: makeDecoder)
        let shelf = AnswerShelf(limits: { AnswerShelf.Limits(settings) })
        let controller = ChatController(
            service: service, directory: directory, reader: ChatRequestReader(limit: settings[.maximumBodyMegabytes] << 20),
            actions: functions.actions(resolve), detached: DetachedChats(shelf: shelf, makeDigest: { SHA256Digest() }))
        return Chat(
            service: service, handling: controller, tasks: tasks, store: store, shelf: shelf,
            controllers: [
                controller, StreamsController(shelf: shelf), AnthropicController(service: service, directory: directory, transport: transport),
                TasksController(tasks: tasks, settings: settings), ChoresController(desk: desk, directory: directory),
                ChatsController(store: store, folders: folders, allowsAdminAccess: { settings[.enableAdminChatAccess] }),
                FoldersController(store: folders),
            ])
    }
}
