/// Makes searchable documents out of text. Two makers of the same document never work on it at once: the second waits,
/// and finds it done or goes on where the first gave up.
package actor DocumentBuilder {
    private let documents: any DocumentStore
    private let encoders: IngestionEncoderSource
    private let makeDigest: DigestMaker
    /// Passages per checkpoint.
    private let batchSize: Int
    /// Documents in work, each with those who wait for their turn.
    private var turns: [Int64: [(number: Int, continuation: CheckedContinuation<Void, any Error>)]] = [:]
    private var nextNumber = 0

    package init(documents: any DocumentStore, encoders: @escaping IngestionEncoderSource, makeDigest: @escaping DigestMaker, batchSize: Int = 64) {
        self.documents = documents
        self.encoders = encoders
        self.makeDigest = makeDigest
        self.batchSize = batchSize
    }

    // MARK: Text

    /// Stores a text and gives it its key. Memory does not depend on its length.
    /// - Parameter read: hands every event of the text to its argument.
    /// - Throws: `AppError.emptyContent` when there is nothing but white space; what `read` throws.
    package nonisolated func store(
        for holder: DocumentHolder, recipe: IngestionRecipe,
        read: @Sendable (_ receive: @Sendable (ExtractionEvent) async throws -> Void) async throws -> Void
    ) async throws -> Document {
        let draft = try await documents.draft(for: holder)
        let sink = PieceSink(writer: DocumentPieceWriter(makeDigest: makeDigest), documents: documents, draft: draft)
        try await read { try await sink.receive($0) }
        let writer = try await sink.finish()
        guard writer.hasContent else { throw AppError.emptyContent }
        let contentHash = writer.contentHash
        let key = recipe.key(contentHash: contentHash, outlineHash: writer.outlineHash)
        return try await documents.claim(draft, for: holder, key: key, contentHash: contentHash)
    }

    /// The same for a text that is in memory.
    package nonisolated func store(_ text: String, for holder: DocumentHolder, recipe: IngestionRecipe) async throws -> Document {
        try await store(for: holder, recipe: recipe) { receive in
            for event in ExtractedDocument(sections: [.init(text: text)]).events { try await receive(event) }
        }
    }

    /// The same for the text of another document, to cut it anew.
    package nonisolated func store(copyOf id: Int64, for holder: DocumentHolder, recipe: IngestionRecipe) async throws -> Document {
        try await store(for: holder, recipe: recipe) { [documents] receive in
            var next = 0
            while let piece = try await documents.pieces(of: id, from: next, limit: 1).first {
                next += 1
                for event in piece.events { try await receive(event) }
            }
        }
    }

    /// Writes pieces as they fill up. Events come one after the other, so the actor only guards the writer.
    private actor PieceSink {
        private var writer: DocumentPieceWriter
        private let documents: any DocumentStore
        private let draft: Int64

        init(writer: DocumentPieceWriter, documents: any DocumentStore, draft: Int64) {
            self.writer = writer
            self.documents = documents
            self.draft = draft
        }

        func receive(_ event: ExtractionEvent) async throws {
            for piece in writer.receive(event) {
                try Task.checkCancellation()
                try await documents.appendText(piece, to: draft)
            }
        }

        func finish() async throws -> DocumentPieceWriter {
            if let piece = writer.finish() { try await documents.appendText(piece, to: draft) }
            return writer
        }
    }

    // MARK: Passages

    /// Cuts and embeds what is not yet cut and embedded, batch by batch; every batch is a checkpoint. A document that is
    /// indexed already is left alone.
    ///
    /// - Parameters:
    ///   - recipe: the one that the document was stored with.
    ///   - checkpoint: called before every batch with the share of the text that is done, 0 to 1; what it throws ends the work.
    ///   - whileWaiting: surrounds the time in which another maker of the same document works.
    /// - Throws: `AppError(.unavailable)` or `.tooManyRequests` when trying again later makes sense.
    package func build(
        _ id: Int64, recipe: IngestionRecipe, checkpoint: @Sendable (Double) async throws -> Void = { _ in },
        whileWaiting: @Sendable (_ wait: @Sendable () async throws -> Void) async throws -> Void = { try await $0() }
    ) async throws {
        if turns[id] == nil {
            turns[id] = []
        } else {
            try await whileWaiting { try await self.awaitTurn(id) }
        }
        defer { endTurn(id) }
        guard let document = try await documents.find(id) else { throw AppError.notFound }
        guard document.state != .indexed else { return }
        if let chunking = recipe.chunking {
            try await addPassages(to: document, chunking: chunking, checkpoint: checkpoint)
        }
        try await documents.finish(id)
    }

    private nonisolated func addPassages(
        to document: Document, chunking: ChunkingOptions, checkpoint: @Sendable (Double) async throws -> Void
    ) async throws {
        var chunker = try Chunker(options: chunking).stream(title: "")
        let size = max(1, try await documents.textSize(of: document.id))
        /// Cutting always gives the same passages: those that are stored already are skipped.
        var toSkip = document.chunkCount
        var waiting: [ChunkDraft] = []
        var (next, done) = (0, 0)
        func add(_ drafts: [ChunkDraft]) {
            let skipped = min(toSkip, drafts.count)
            toSkip -= skipped
            waiting += drafts.dropFirst(skipped)
        }
        while let piece = try await documents.pieces(of: document.id, from: next, limit: 1).first {
            for event in piece.events { add(chunker.receive(event)) }
            while waiting.count >= batchSize {
                let share = Double(done) / Double(size)
                try await addBatch(Array(waiting.prefix(batchSize)), to: document.id, share: share, checkpoint: checkpoint)
                waiting.removeFirst(batchSize)
            }
            next += 1
            done += piece.text.utf8.count
            await Task.yield()
        }
        add(chunker.finish())
        while !waiting.isEmpty {
            let batch = Array(waiting.prefix(batchSize))
            try await addBatch(batch, to: document.id, share: Double(done) / Double(size), checkpoint: checkpoint)
            waiting.removeFirst(batch.count)
        }
    }

    private nonisolated func addBatch(
        _ drafts: [ChunkDraft], to id: Int64, share: Double, checkpoint: @Sendable (Double) async throws -> Void
    ) async throws {
        try Task.checkCancellation()
        try await checkpoint(share)
        let vectors = try await vectors(of: drafts.map(\.indexText))
        try Task.checkCancellation()
        try await documents.append(drafts, vectors: vectors, to: id)
    }

    /// By the encoder in the settings, and by the one that still answers if that is another.
    private nonisolated func vectors(of texts: [String]) async throws -> [PassageVectors] {
        while true {
            let encoders = try await encoders()
            var vectors = [try await Self.embed(texts, with: encoders.wanted)]
            if let answering = encoders.answering, let more = try? await Self.embed(texts, with: answering) { vectors.append(more) }
            // An encoder that was exchanged meanwhile would leave passages behind that nobody embeds again.
            if try await self.encoders().wanted.identity.key == encoders.wanted.identity.key { return vectors }
        }
    }

    private static func embed(_ texts: [String], with embedder: any Embedder) async throws -> PassageVectors {
        let vectors = try await embedder.embed(texts, as: .passage)
        guard vectors.count == texts.count, let dimension = vectors.first?.count, dimension > 0, vectors.allSatisfy({ $0.count == dimension })
        else { throw AppError(.upstreamFailed, "The embedding engine answered with vectors that do not fit the texts.") }
        var identity = embedder.identity
        if identity.dimension == 0 { identity.dimension = dimension }
        guard identity.dimension == dimension else {
            throw AppError(.upstreamFailed, "The embedding engine answered with \(dimension) dimensions instead of \(identity.dimension).")
        }
        return PassageVectors(embedder: identity, vectors: vectors)
    }

    // MARK: Turns

    private func awaitTurn(_ id: Int64) async throws {
        guard turns[id] != nil else {
            // It became free between the question and this call.
            turns[id] = []
            return
        }
        let number = nextNumber
        nextNumber += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    turns[id]?.append((number, continuation))
                }
            }
        } onCancel: {
            Task { await self.leaveLine(number, of: id) }
        }
    }

    private func leaveLine(_ number: Int, of id: Int64) {
        guard let index = turns[id]?.firstIndex(where: { $0.number == number }) else { return }
        turns[id]?.remove(at: index).continuation.resume(throwing: CancellationError())
    }

    private func endTurn(_ id: Int64) {
        guard var waiting = turns[id], !waiting.isEmpty else {
            turns[id] = nil
            return
        }
        let next = waiting.removeFirst()
        turns[id] = waiting
        next.continuation.resume()
    }
}
