/// One search.
package struct RetrievalQuery: Sendable {
    package enum Mode: Sendable, Hashable {
        /// Vectors and keywords together.
        case fused
        case vectorsOnly
    }

    package var text: String
    package var collections: [CollectionKey]
    /// How many passages to answer.
    package var limit: Int
    package var mode: Mode
    /// Passages with a lower score are left out.
    package var threshold: Double
    /// The keyword half's share, 0 to 1.
    package var keywordWeight: Double
    /// How many passages are left after reranking; `nil` for no reranking.
    package var rerankLimit: Int?

    package init(
        text: String, collections: [CollectionKey], limit: Int, mode: Mode = .fused, threshold: Double = 0, keywordWeight: Double = 0.5,
        rerankLimit: Int? = nil
    ) {
        self.text = text
        self.collections = collections
        self.limit = limit
        self.mode = mode
        self.threshold = threshold
        self.keywordWeight = keywordWeight
        self.rerankLimit = rerankLimit
    }

    /// As the settings in force say.
    package init(text: String, collections: [CollectionKey], settings: Settings) {
        self.init(
            text: text, collections: collections, limit: settings[.topK],
            mode: settings[.fusedSearch] || settings[.hybridSearch] ? .fused : .vectorsOnly,
            threshold: settings[.relevanceThreshold], keywordWeight: settings[.hybridBM25Weight],
            rerankLimit: settings[.rerankingModel].isEmpty ? nil : settings[.topKReranker])
    }
}

/// What a search found, and how.
package struct RetrievalResult: Sendable {
    package var passages: [Passage]
    package var weights: Fusion.Weights
    package var encoderCoverage: Double
    package var embedder: String
    /// Documents that were searched.
    package var documentCount: Int
    /// What passages score that have nothing to do with the question.
    package var background: BackgroundProbe.Level

    package init(
        passages: [Passage] = [], weights: Fusion.Weights = Fusion.Weights(vector: 0, keyword: 0), encoderCoverage: Double = 1, embedder: String = "",
        documentCount: Int = 0, background: BackgroundProbe.Level = BackgroundProbe.Level(mean: 0, deviation: 0.1)
    ) {
        self.passages = passages
        self.weights = weights
        self.encoderCoverage = encoderCoverage
        self.embedder = embedder
        self.documentCount = documentCount
        self.background = background
    }
}
