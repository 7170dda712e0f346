import Domain
import Extraction
import HTTPAPI
import Logging
import NIOPosix
import Providers
import SQLiteStorage
import Cryptography
import ServiceLifecycle

/// Files and their texts.
struct Documents {
    let files: any FileStore
    let store: any DocumentStore
    let builder: DocumentBuilder
    let queue: IngestionQueue
    let library: FileLibrary
    let controllers: [any Controller]
    let services: [any Service]
}

extension Server {
    /// - Parameters:
    ///   - uploads: the folder of the original bytes.
    ///   - embedder: asked for every document.
    static func documents(
        database: SQLiteDatabase, settings: Settings, uploads: String, accounts: Accounts, retrieval: Retrieval,
        extractor: any TextExtractor, logger: Logger
    ) async throws -> Documents {
        let files = SQLiteFileStore(database: database)
        let store = SQLiteDocumentStore(database: database)
        let blobs = try FolderBlobStore(folder: uploads)
        let makeDigest: DigestMaker = { SHA256Digest() }
        let builder = DocumentBuilder(documents: store, encoders: retrieval.encoders, makeDigest: makeDigest)
        let queue = IngestionQueue(
            files: files, jobs: SQLiteIngestionStore(database: database), documents: store, blobs: blobs,
            extractor: extractor, builder: builder, settings: settings, logger: logger)
        let access = CollectionAccess(
            files: files, knowledge: retrieval.knowledge, collections: retrieval.collections, authorizer: accounts.authorizer)
        let library = FileLibrary(files: files, documents: store, queue: queue, blobs: blobs, access: access, logger: logger)
        try await library.reconcile()
        let users = accounts.users
        let controllers: [any Controller] = [
            FilesController(
                library: library, settings: settings, makeDigest: makeDigest, isAdmin: { try await users.user(id: $0)?.role == .admin })
        ]
        return Documents(
            files: files, store: store, builder: builder, queue: queue, library: library, controllers: controllers,
            services: [IngestionService(queue: queue)])
    }
}

extension Server {
    /// Reads uploads: with the engine in the settings.
    static func uploadExtractor(builtIn: any TextExtractor, settings: Settings) -> any TextExtractor {
        let transport = HTTPTransport(settings: settings, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        return ExtractorSelection(
            builtIn: builtIn, isPlain: ChildProcessExtractor.isPlain,
            external: { engine in
                let largest = settings[.externalExtractionMegabytes] << 20
                switch engine {
                case "tika": return try TikaExtractor(url: settings[.tikaURL], largestFile: largest, transport: transport)
                case "docling":
                    return try DoclingExtractor(
                        url: settings[.doclingURL], key: settings[.doclingKey], parameters: settings[.doclingParameters].object ?? [:],
                        largestFile: largest, transport: transport)
                default: throw AppError(.badRequest, "The extraction engine \(engine) is not known.")
                }
            }, settings: settings)
    }
}

/// Runs the queue as long as the server runs.
struct IngestionService: Service {
    let queue: IngestionQueue

    func run() async throws {
        try await queue.start()
        try await gracefulShutdown()
        await queue.stop()
    }
}
