package import Domain

/// A BERT-like text encoder that runs in this process on the system's BLAS.
///
/// Passages are encoded on threads of low priority and questions on one of normal priority, so that a large ingest slows
/// neither the server nor a search.
package final class LocalEmbedder: Embedder {
    package let identity: EmbedderIdentity
    private let transformer: Transformer
    private let tokenizer: LoadedTokenizer
    private let prefixes: EncoderPrefixes
    private let passageThreads: EncoderThreads
    private let queryThreads: EncoderThreads

    /// Maps the weights and reads the vocabulary (tens of milliseconds, blocking); no page of the weights is read yet.
    ///
    /// - Parameters:
    ///   - folder: a Hugging Face model folder.
    ///   - model: the name under which vectors are kept, as in RAG_EMBEDDING_MODEL.
    ///   - threads: for passages; 0 for one per core.
    ///   - precision: how dense layers are multiplied.
    ///   - prefixes: put in front of texts; `nil` for what the folder or the model's name says.
    ///   - isBusy: whether passages should leave half of the threads' cores to others; asked several times a second.
    /// - Throws: `AppError(.unavailable)` for missing or broken files, `.badRequest` for a kind of model that is not known.
    package init(
        folder path: String, model: String, threads: Int = 0, precision: EncoderPrecision = .automatic, prefixes: EncoderPrefixes? = nil,
        isBusy: @escaping @Sendable () -> Bool = { false }
    ) throws {
        let folder = ModelFolder(path: path)
        let shape = try EncoderShape(folder: folder)
        transformer = Transformer(weights: try TransformerWeights(folder: folder, shape: shape), precision: precision)
        tokenizer = try LoadedTokenizer(folder: folder, vocabulary: shape.vocabulary)
        self.prefixes = try prefixes ?? EncoderPrefixes(folder: folder, model: model)
        identity = EmbedderIdentity(engine: "", model: model, dimension: shape.width)
        passageThreads = EncoderThreads(
            name: "encode", count: threads > 0 ? threads : EncoderThreads.cores, stepsBack: true, isBusy: isBusy)
        queryThreads = EncoderThreads(name: "query", count: 1, stepsBack: false)
    }

    package func embed(_ texts: [String], as role: EmbeddingRole) async throws -> [[Float]] {
        guard !texts.isEmpty else { return [] }
        let threads = role == .query ? queryThreads : passageThreads
        let groups = Self.groups(of: texts)
        if groups.count == 1 { return try await threads.run { self.encode(texts, role, $0) } }
        return try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { tasks in
            for group in groups {
                tasks.addTask { (group.lowerBound, try await threads.run { self.encode(Array(texts[group]), role, $0) }) }
            }
            var vectors = [[Float]](repeating: [], count: texts.count)
            for try await (start, part) in tasks { vectors.replaceSubrange(start..<(start + part.count), with: part) }
            return vectors
        }
    }

    package func coverage(of text: String) -> Double { tokenizer.tokenizer.coverage(of: Self.composed(text)) }

    /// The ids that the model sees for a text, special tokens included.
    package func tokens(of text: String, as role: EmbeddingRole) -> [Int32] { sequence(of: text, role).ids }

    /// What one job encodes: enough to keep a core busy for some tens of milliseconds, little enough to share well.
    private static func groups(of texts: [String]) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start = 0
        var bytes = 0
        for (index, text) in texts.enumerated() {
            if index > start, bytes + text.utf8.count > 4096 || index - start >= 32 {
                groups.append(start..<index)
                start = index
                bytes = 0
            }
            bytes += text.utf8.count
        }
        groups.append(start..<texts.count)
        return groups
    }

    /// Tokens that are multiplied at once; more would leave the cache.
    private static let batchTokens = 1024

    private func encode(_ texts: [String], _ role: EmbeddingRole, _ workspace: EncoderWorkspace) -> [[Float]] {
        var vectors: [[Float]] = []
        vectors.reserveCapacity(texts.count)
        var batch: [TokenSequence] = []
        var count = 0
        func flush() {
            vectors += transformer.embed(batch, workspace: workspace)
            batch.removeAll()
            count = 0
        }
        for text in texts {
            let sequence = sequence(of: text, role)
            if count > 0, count + sequence.ids.count > Self.batchTokens { flush() }
            batch.append(sequence)
            count += sequence.ids.count
        }
        flush()
        return vectors
    }

    private func sequence(of text: String, _ role: EmbeddingRole) -> TokenSequence {
        let text = Self.composed((role == .query ? prefixes.query : prefixes.passage) + text)
        let limit = transformer.shape.maximumLength - TokenTemplate.specials(in: tokenizer.template.single)
        return tokenizer.template.assemble([tokenizer.tokenizer.tokens(of: text, limit: max(0, limit))])
    }

    /// Hangul written as single letters (as file systems and PDFs do) becomes syllables: models were trained on those.
    private static func composed(_ text: String) -> String { HangulComposition.composed(text) }
}
