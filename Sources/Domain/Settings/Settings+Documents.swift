extension Setting where Value == String {
    package static let embeddingEngine = Setting(
        "RAG_EMBEDDING_ENGINE", area: .documents, default: "", runtime: true, "Empty for the local encoder, else `openai` or `ollama`.",
        problem: SettingRule.oneOf("", "openai", "ollama"))
    package static let embeddingModel = Setting(
        "RAG_EMBEDDING_MODEL", area: .documents, default: "intfloat/multilingual-e5-small", runtime: true,
        "Encoder of passages and questions.")
    package static let rerankingModel = Setting("RAG_RERANKING_MODEL", area: .documents, default: "", runtime: true, "Cross-encoder; empty for none.")
    package static let embeddingOpenAIURL = Setting(
        "RAG_OPENAI_API_BASE_URL", area: .documents, default: "", runtime: true, "Address of the `openai` embedding engine.")
    package static let embeddingOpenAIKey = Setting("RAG_OPENAI_API_KEY", area: .documents, default: "", secret: true, runtime: true, "Its key.")
    package static let embeddingOllamaURL = Setting(
        "RAG_OLLAMA_BASE_URL", area: .documents, default: "", runtime: true, "Address of the `ollama` embedding engine.")
    package static let embeddingOllamaKey = Setting("RAG_OLLAMA_API_KEY", area: .documents, default: "", secret: true, runtime: true, "Its key.")
    package static let ragTemplate = Setting(
        "RAG_TEMPLATE", area: .documents, default: "", runtime: true,
        "Prompt around the passages, with {{CONTEXT}} and {{QUERY}}; empty for the built-in one.")
    package static let textSplitter = Setting(
        "RAG_TEXT_SPLITTER", aliases: ["TEXT_SPLITTER"], area: .documents, default: "", runtime: true,
        "Empty or `character` for characters, `token` for tokens.",
        problem: SettingRule.oneOf("", "character", "token"))
    package static let contentExtractionEngine = Setting(
        "CONTENT_EXTRACTION_ENGINE", area: .documents, default: "", runtime: true, "Empty for the built-in extractors, else `tika` or `docling`.",
        problem: SettingRule.oneOf("", "tika", "docling"))
    package static let tikaURL = Setting("TIKA_SERVER_URL", area: .documents, default: "", runtime: true, "Address of an Apache Tika server.")
    package static let doclingKey = Setting(
        "DOCLING_API_KEY", area: .documents, default: "", secret: true, runtime: true, "Key of the Docling server.")
    package static let doclingURL = Setting("DOCLING_SERVER_URL", area: .documents, default: "", runtime: true, "Address of a Docling server.")
}

extension Setting where Value == Int {
    package static let chunkSize = Setting(
        "CHUNK_SIZE", area: .documents, default: 1000, runtime: true, "Longest passage, in characters (or tokens).",
        problem: SettingRule.range(1...1_000_000))
    package static let chunkOverlap = Setting(
        "CHUNK_OVERLAP", area: .documents, default: 100, runtime: true, "How much neighbouring passages share.",
        problem: SettingRule.range(0...1_000_000))
    package static let chunkMinimum = Setting(
        "CHUNK_MIN_SIZE_TARGET", area: .documents, default: 0, runtime: true, "Passages shorter than this are joined to their neighbour.",
        problem: SettingRule.range(0...1_000_000))
    package static let topK = Setting(
        "RAG_TOP_K", aliases: ["TOP_K"], area: .documents, default: 3, runtime: true, "Passages per attached item.",
        problem: SettingRule.range(1...1000))
    package static let topKReranker = Setting(
        "RAG_TOP_K_RERANKER", area: .documents, default: 3, runtime: true, "Passages kept after reranking.", problem: SettingRule.range(1...1000))
    package static let embeddingBatchSize = Setting(
        "RAG_EMBEDDING_BATCH_SIZE", area: .documents, default: 32, runtime: true, "Texts per call of a remote embedding engine.",
        problem: SettingRule.range(1...2048))
    package static let embeddingConcurrency = Setting(
        "RAG_EMBEDDING_CONCURRENT_REQUESTS", area: .documents, default: 2, runtime: true, "Calls to a remote embedding engine at once.",
        problem: SettingRule.range(0...64))
    package static let embeddingThreads = Setting(
        "HANEUL_EMBEDDING_THREADS", area: .documents, default: 0, "Threads of the local encoder; 0 for one per core.",
        problem: SettingRule.range(0...256))
    package static let ingestionConcurrency = Setting(
        "HANEUL_INGESTION_CONCURRENCY", area: .documents, default: 3, "Files processed at once.", problem: SettingRule.range(1...64))
    /// 0 means no limit; on the wire that is `null`.
    package static let fileMaximumMegabytes = Setting(
        "RAG_FILE_MAX_SIZE", aliases: ["FILE_MAX_SIZE"], area: .documents, default: 0, runtime: true,
        "Largest upload in MiB; 0 for the built-in limit (HANEUL_UPLOAD_LIMIT_MB).",
        problem: SettingRule.range(0...1_048_576))
    package static let externalExtractionMegabytes = Setting(
        "HANEUL_EXTERNAL_EXTRACTION_LIMIT_MB", area: .documents, default: 256, runtime: true,
        "Largest file sent to Tika or Docling, in MiB; it is held in memory.", problem: SettingRule.range(1...2048))
    package static let uploadLimitMegabytes = Setting(
        "HANEUL_UPLOAD_LIMIT_MB", area: .documents, default: 2048, "Hard limit of an upload in MiB.", problem: SettingRule.range(1...1_048_576))
    package static let fileMaximumCount = Setting(
        "RAG_FILE_MAX_COUNT", aliases: ["FILE_MAX_COUNT"], area: .documents, default: 0, runtime: true, "Files in one chat message; 0 for no limit.",
        problem: SettingRule.range(0...100_000))
}

extension Setting where Value == Double {
    package static let relevanceThreshold = Setting(
        "RAG_RELEVANCE_THRESHOLD", area: .documents, default: 0, runtime: true, "Passages below this score are left out.",
        problem: SettingRule.range(0...1))
    package static let hybridBM25Weight = Setting(
        "RAG_HYBRID_BM25_WEIGHT", aliases: ["HYBRID_BM25_WEIGHT"], area: .documents, default: 0.5, runtime: true,
        "Weight of the keyword half, 0 to 1.", problem: SettingRule.range(0...1))
}

extension Setting where Value == Bool {
    package static let hybridSearch = Setting(
        "ENABLE_RAG_HYBRID_SEARCH", area: .documents, default: false, runtime: true,
        "The switch that Open WebUI's clients know. Keywords and vectors are searched together in any case unless HANEUL_FUSED_SEARCH is off.")
    package static let fusedSearch = Setting(
        "HANEUL_FUSED_SEARCH", area: .documents, default: true, runtime: true,
        "Keywords and vectors together. When off, ENABLE_RAG_HYBRID_SEARCH decides.")
    package static let markdownHeaderSplitter = Setting(
        "ENABLE_MARKDOWN_HEADER_TEXT_SPLITTER", area: .documents, default: true, runtime: true, "Cuts at headings first.")
    package static let fullContext = Setting(
        "RAG_FULL_CONTEXT", area: .documents, default: false, runtime: true, "Puts every passage of an attached item into the prompt.")
    package static let bypassRetrieval = Setting(
        "BYPASS_EMBEDDING_AND_RETRIEVAL", area: .documents, default: false, runtime: true, "Nothing is embedded; whole texts go into the prompt.")
    package static let enableAsyncEmbedding = Setting(
        "ENABLE_ASYNC_EMBEDDING", area: .documents, default: true, runtime: true, "Kept for clients; embedding never blocks a request here.")
    package static let allowPrivateURLs = Setting(
        "ENABLE_RAG_LOCAL_WEB_FETCH", area: .documents, default: false, "Lets user-given URLs reach private addresses.")
}

extension Setting where Value == [String] {
    package static let allowedFileExtensions = Setting(
        "RAG_ALLOWED_FILE_EXTENSIONS", aliases: ["ALLOWED_FILE_EXTENSIONS"], area: .documents, default: [], runtime: true,
        "Without dots; empty allows all.")
}

extension Setting where Value == JSONValue {
    package static let foreignRetrievalSettings = Setting(
        "FOREIGN_RETRIEVAL_SETTINGS", area: .documents, default: [:], secret: true, runtime: true,
        "Retrieval settings of Open WebUI kept for its clients, without effect; among them keys of services.")
    package static let doclingParameters = Setting(
        "DOCLING_PARAMS", area: .documents, default: [:], runtime: true, "Form fields sent to the Docling server beside the file.",
        problem: { $0.object == nil ? "must be a JSON object" : nil })
}

extension SettingCatalog {
    static let documents: [SettingDefinition] = [
        Setting.embeddingEngine.definition, Setting.embeddingModel.definition, Setting.rerankingModel.definition,
        Setting.embeddingOpenAIURL.definition, Setting.embeddingOpenAIKey.definition, Setting.embeddingOllamaURL.definition,
        Setting.embeddingOllamaKey.definition, Setting.embeddingBatchSize.definition, Setting.embeddingConcurrency.definition,
        Setting.enableAsyncEmbedding.definition, Setting.embeddingThreads.definition, Setting.ingestionConcurrency.definition,
        Setting.contentExtractionEngine.definition, Setting.tikaURL.definition, Setting.doclingURL.definition, Setting.doclingKey.definition,
        Setting.doclingParameters.definition, Setting.externalExtractionMegabytes.definition, Setting.textSplitter.definition,
        Setting.markdownHeaderSplitter.definition, Setting.chunkSize.definition, Setting.chunkOverlap.definition, Setting.chunkMinimum.definition,
        Setting.topK.definition, Setting.topKReranker.definition, Setting.relevanceThreshold.definition, Setting.hybridSearch.definition,
        Setting.fusedSearch.definition,
        Setting.hybridBM25Weight.definition, Setting.fullContext.definition, Setting.bypassRetrieval.definition, Setting.ragTemplate.definition,
        Setting.fileMaximumMegabytes.definition, Setting.fileMaximumCount.definition, Setting.uploadLimitMegabytes.definition,
        Setting.allowedFileExtensions.definition, Setting.allowPrivateURLs.definition, Setting.foreignRetrievalSettings.definition,
    ]
}
