import Domain
import Embedding
import HTTPAPI
import Logging
import NIOPosix
import Providers
import Relay
import SQLiteStorage
import Cryptography
import ServiceLifecycle

/// Search and what answers with it.
struct Retrieval {
    let desk: EncoderDesk
    let search: SQLitePassageSearch
    let collections: any CollectionStore
    let knowledge: any KnowledgeStore
    let service: RetrievalService

    /// The encoders for new passages.
    var encoders: IngestionEncoderSource { { [desk] in try await desk.ingestionEncoders() } }
}

/// What chats need of the search.
struct Answering {
    let retriever: Retriever
    let access: CollectionAccess
    let context: any ContextRetriever
    let quotes: QuotesModel
    let pages: any PageReader
}

extension Server {
    /// Needs no files: what makes documents asks for its encoder.
    static func retrieval(
        database: SQLiteDatabase, settings: Settings, recorder: any UsageRecorder, indexFolder: String, pace: ChatPace, logger: Logger
    ) -> Retrieval {
        let search = SQLitePassageSearch(database: database, indexFolder: indexFolder, logger: logger)
        let transport = HTTPTransport(settings: settings, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        let library = EncoderLibrary(cache: CacheDirectory(settings: settings).encoders)
        let threads = settings[.embeddingThreads]
        let desk = EncoderDesk(
            settings: settings, store: SQLiteVectorStore(database: database),
            open: { choice in
                switch choice.engine {
                case "":
                    return try LocalEmbedder(folder: try library.folder(for: choice.model), model: choice.model, threads: threads) { pace.isHigh }
                case "openai", "ollama":
                    return try RemoteEmbedder(
                        api: choice.engine == "ollama" ? .ollama : .openAI, model: choice.model, baseURL: choice.url, key: choice.key,
                        batchSize: choice.batchSize, concurrency: choice.concurrency,
                        transport: MeteredEmbeddingTransport(
                            transport: transport, recorder: recorder, upstream: "embedding:" + choice.engine, model: choice.model))
                default: throw AppError(.badRequest, "The embedding engine \(choice.engine) is not known.")
                }
            },
            openReranker: { model in try LocalReranker(folder: try library.folder(for: model), threads: threads) },
            changed: { await search.invalidateVectors() }, logger: logger)
        settings.observe { names in
            let mine: Set<String> = [
                Setting<String>.embeddingEngine.definition.name, Setting<String>.embeddingModel.definition.name,
                Setting<String>.embeddingOpenAIURL.definition.name, Setting<String>.embeddingOllamaURL.definition.name,
            ]
            if !names.isDisjoint(with: mine) { Task { await desk.settingsChanged() } }
        }
        return Retrieval(
            desk: desk, search: search, collections: SQLiteCollectionStore(database: database), knowledge: SQLiteKnowledgeStore(database: database),
            service: RetrievalService(desk: desk, transport: transport))
    }

    static func answering(
        _ retrieval: Retrieval, documents: Documents, extractor: any TextExtractor, accounts: Accounts, settings: Settings
    ) -> Answering {
        let retriever = Retriever(
            search: retrieval.search, documents: documents.store, collections: retrieval.collections, embedders: retrieval.desk)
        let access = documents.library.access
        let pages = FetchedPageReader(
            fetcher: PinnedPageFetcher { settings[.allowPrivateURLs] }, extractor: extractor)
        return Answering(
            retriever: retriever, access: access,
            context: KnowledgeContextRetriever(
                retriever: retriever, access: access, documents: documents.store,
                pages: PagePassages(reader: pages, embedders: retrieval.desk, settings: settings), settings: settings),
            quotes: QuotesModel(retriever: retriever, access: access, settings: settings), pages: pages)
    }

    static func controllers(
        of retrieval: Retrieval, answering: Answering, documents: Documents, accounts: Accounts, models: ModelLibrary, settings: Settings
    ) -> [any Controller] {
        let knowledge = KnowledgeLibrary(
            store: retrieval.knowledge, grants: accounts.grants, library: documents.library, access: answering.access,
            detach: { try await models.detach(knowledgeID: $0) })
        return [
            KnowledgeController(knowledge: knowledge, users: accounts.users),
            KnowledgeFilesController(knowledge: knowledge, users: accounts.users),
            KnowledgeDirectoriesController(knowledge: knowledge),
            RetrievalController(retriever: answering.retriever, access: answering.access, settings: settings),
            ProcessingController(
                knowledge: knowledge, access: answering.access, builder: documents.builder, pages: answering.pages, settings: settings,
                makeDigest: { SHA256Digest() }),
            RetrievalSettingsController(settings: settings),
            EmbeddingSettingsController(settings: settings, encoders: retrieval.desk),
        ]
    }
}

/// Goes on with embedding anew where the last run stopped, and stops it with the server.
struct RetrievalService: Service {
    let desk: EncoderDesk
    let transport: HTTPTransport

    func run() async throws {
        await desk.settingsChanged()
        try? await gracefulShutdown()
        await desk.stop()
        await transport.shutdown()
    }
}
