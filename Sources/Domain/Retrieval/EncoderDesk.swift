package import Logging

/// Everything that decides which encoder is used.
package struct EncoderChoice: Sendable, Hashable {
    /// Empty for the local engine, else `openai`, `ollama`.
    package var engine: String
    package var model: String
    package var url: String
    package var key: String
    package var batchSize: Int
    package var concurrency: Int

    package init(engine: String, model: String, url: String, key: String, batchSize: Int, concurrency: Int) {
        self.engine = engine
        self.model = model
        // What does not concern an engine does not make another choice.
        let isLocal = engine.isEmpty
        self.url = isLocal ? "" : url
        self.key = isLocal ? "" : key
        self.batchSize = isLocal ? 0 : batchSize
        self.concurrency = isLocal ? 0 : concurrency
    }

    /// What the settings say.
    package init(_ settings: Settings) {
        let engine = settings[.embeddingEngine]
        let isOllama = engine == "ollama"
        self.init(
            engine: engine, model: settings[.embeddingModel], url: isOllama ? settings[.embeddingOllamaURL] : settings[.embeddingOpenAIURL],
            key: isOllama ? settings[.embeddingOllamaKey] : settings[.embeddingOpenAIKey], batchSize: settings[.embeddingBatchSize],
            concurrency: settings[.embeddingConcurrency])
    }

    /// As `EmbedderIdentity.key`.
    package var identityKey: String { EmbedderIdentity(engine: engine, model: model, dimension: 0).key }
}

/// Opens an encoder; composition decides how.
package typealias EmbedderOpener = @Sendable (EncoderChoice) async throws -> any Embedder
/// Opens a cross-encoder by its model's name.
package typealias RerankerOpener = @Sendable (String) async throws -> any Reranker

/// Vectors of several encoders beside each other.
package protocol VectorStore: Sendable {
    /// Encoders that have vectors, those with the most first.
    func embedders() async throws -> [EmbedderIdentity]
    /// Passages of searchable documents: how many there are, and how many have no vector of that encoder.
    func coverage(of embedder: String) async throws -> (passages: Int, missing: Int)
    /// Passages without a vector of that encoder, by id, with the text that is embedded.
    func missing(_ embedder: String, after id: Int64, limit: Int) async throws -> [(id: Int64, text: String)]
    /// Passages that are gone meanwhile are left out.
    func insert(_ vectors: [(id: Int64, vector: [Float])], embedder: EmbedderIdentity) async throws
    func deleteVectors(except embedder: String) async throws
}

/// Keeps the encoder in force, and moves the index to another one when the settings change: the old encoder answers until every
/// passage has a vector of the new one.
package actor EncoderDesk: SearchEncoders {
    package struct Progress: Sendable {
        package var done: Int
        package var total: Int
        /// The encoder whose vectors are searched meanwhile.
        package var answering: String
        package var failure: String?
    }

    private let settings: Settings
    private let store: any VectorStore
    private let open: EmbedderOpener
    private let openReranker: RerankerOpener
    /// Tells the index that vectors came to passages it knows.
    private let changed: @Sendable () async -> Void
    private let logger: Logger

    private var opened: [EncoderChoice: any Embedder] = [:]
    private var rerankers: [String: any Reranker] = [:]
    /// The encoder that searches; `nil` until it is worked out.
    private var searching: EncoderChoice?
    private var move: Task<Void, Never>?
    private var state: Progress?
    /// When the encoder that still answers failed to embed new passages.
    private var answeringFailed: ContinuousClock.Instant?

    package init(
        settings: Settings, store: any VectorStore, open: @escaping EmbedderOpener, openReranker: @escaping RerankerOpener,
        changed: @escaping @Sendable () async -> Void, logger: Logger
    ) {
        self.settings = settings
        self.store = store
        self.open = open
        self.openReranker = openReranker
        self.changed = changed
        self.logger = logger
    }

    // MARK: Encoders

    /// The encoders for new passages.
    package func ingestionEncoders() async throws -> IngestionEncoders {
        let wanted = try await ingestEmbedder()
        if searching == nil { await settle() }
        guard let searching, searching.identityKey != wanted.identity.key else { return IngestionEncoders(wanted: wanted) }
        // An old encoder that fails is left alone for a while, so that it does not slow every batch down.
        if let since = answeringFailed, since.duration(to: .now) < .seconds(60) { return IngestionEncoders(wanted: wanted) }
        guard let answering = try? await embedder(searching) else { return IngestionEncoders(wanted: wanted) }
        return IngestionEncoders(
            wanted: wanted, answering: WatchedEmbedder(answering) { [weak self] in await self?.noteAnsweringFailure() })
    }

    private func noteAnsweringFailure() { answeringFailed = .now }

    private func ingestEmbedder() async throws -> any Embedder { try await embedder(EncoderChoice(settings)) }

    package func searchEmbedder() async throws -> any Embedder {
        if searching == nil { await settle() }
        let choice = searching ?? EncoderChoice(settings)
        do {
            return try await embedder(choice)
        } catch  where choice.identityKey != EncoderChoice(settings).identityKey {
            // The old encoder cannot be opened any more: better the new one with half an index, and the words.
            return try await ingestEmbedder()
        }
    }

    package func reranker() async throws -> (any Reranker)? {
        let model = settings[.rerankingModel]
        guard !model.isEmpty else { return nil }
        if let known = rerankers[model] { return known }
        let reranker = try await openReranker(model)
        rerankers = [model: reranker]
        return reranker
    }

    private func embedder(_ choice: EncoderChoice) async throws -> any Embedder {
        if let known = opened[choice] { return known }
        let embedder = try await open(choice)
        // Weights are large: only the encoder in force and the one that still searches stay open.
        opened = opened.filter { $0.key == searching || $0.key == EncoderChoice(settings) }
        opened[choice] = embedder
        return embedder
    }

    /// Tries an encoder with one text.
    /// - Throws: `AppError(.badRequest)` with the reason when it cannot be used.
    package func probe(_ choice: EncoderChoice) async throws {
        do {
            let vectors = try await embedder(choice).embed(["Haneul"], as: .query)
            guard let vector = vectors.first, vectors.count == 1, !vector.isEmpty, vector.allSatisfy(\.isFinite) else {
                throw AppError(.badRequest, "The embedding engine answered without a vector.")
            }
        } catch let error as AppError where error.code != .internalError {
            throw AppError(.badRequest, error.message, cause: error)
        }
    }

    // MARK: Moving

    package func progress() -> Progress? { state }

    /// Call at start and after every change of the settings.
    package func settingsChanged() async {
        move?.cancel()
        await move?.value
        move = nil
        state = nil
        searching = nil
        answeringFailed = nil
        await settle()
    }

    package func stop() async {
        move?.cancel()
        await move?.value
    }

    /// Decides which encoder searches, and begins to move when it is not the one in the settings.
    private func settle() async {
        let wanted = EncoderChoice(settings)
        guard let coverage = try? await store.coverage(of: wanted.identityKey), coverage.missing > 0 else {
            searching = wanted
            return
        }
        let others = ((try? await store.embedders()) ?? []).filter { $0.key != wanted.identityKey }
        // The one with the most vectors answers until the new one is whole.
        if let old = others.first {
            var choice = wanted
            (choice.engine, choice.model) = (old.engine, old.model)
            choice.url = old.engine == "ollama" ? settings[.embeddingOllamaURL] : settings[.embeddingOpenAIURL]
            choice.key = old.engine == "ollama" ? settings[.embeddingOllamaKey] : settings[.embeddingOpenAIKey]
            searching = choice
        } else {
            searching = wanted
        }
        state = Progress(
            done: coverage.passages - coverage.missing, total: coverage.passages, answering: searching?.identityKey ?? "", failure: nil)
        if move == nil { move = Task(priority: .utility) { await self.run(wanted) } }
    }

    private func run(_ choice: EncoderChoice) async {
        var pause = 5
        while !Task.isCancelled {
            do {
                try await embedMissing(choice)
                try Task.checkCancellation()
                await changed()
                searching = choice
                state = nil
                try await store.deleteVectors(except: choice.identityKey)
                logger.notice("every passage has a vector of the new encoder", metadata: ["encoder": "\(choice.identityKey)"])
                return
            } catch is CancellationError {
                return
            } catch {
                state?.failure = (error as? AppError)?.message ?? AppError.internalError.message
                logger.warning("embedding anew has to wait", metadata: ["error": "\(error)"])
                guard (try? await Task.sleep(for: .seconds(pause))) != nil else { return }
                pause = min(pause * 2, 300)
            }
        }
    }

    private func embedMissing(_ choice: EncoderChoice) async throws {
        let embedder = try await embedder(choice)
        var after: Int64 = 0
        while true {
            try Task.checkCancellation()
            let batch = try await store.missing(choice.identityKey, after: after, limit: 64)
            guard let last = batch.last else {
                // Passages that came in meanwhile with the old encoder.
                if after == 0 { return }
                after = 0
                continue
            }
            let vectors = try await embedder.embed(batch.map(\.text), as: .passage)
            guard vectors.count == batch.count, let dimension = vectors.first?.count, dimension > 0, vectors.allSatisfy({ $0.count == dimension })
            else { throw AppError(.upstreamFailed, "The embedding engine answered with vectors that do not fit the texts.") }
            var identity = embedder.identity
            identity.dimension = dimension
            try await store.insert(zip(batch, vectors).map { ($0.id, $1) }, embedder: identity)
            after = last.id
            state?.done += batch.count
            state?.failure = nil
        }
    }
}

/// An embedder that tells when it fails.
private struct WatchedEmbedder: Embedder {
    private let embedder: any Embedder
    private let failed: @Sendable () async -> Void

    init(_ embedder: any Embedder, failed: @escaping @Sendable () async -> Void) {
        self.embedder = embedder
        self.failed = failed
    }

    var identity: EmbedderIdentity { embedder.identity }

    func embed(_ texts: [String], as role: EmbeddingRole) async throws -> [[Float]] {
        do {
            return try await embedder.embed(texts, as: role)
        } catch {
            if !(error is CancellationError) { await failed() }
            throw error
        }
    }
}
