package import Domain
import HTTPTypes
import Hummingbird

/// Which encoder is used, and how far a change of it is.
package struct EmbeddingSettingsController: Controller {
    private let settings: Settings
    private let encoders: EncoderDesk

    package init(settings: Settings, encoders: EncoderDesk) {
        self.settings = settings
        self.encoders = encoders
    }

    package func addRoutes(to routes: RouteTable) {
        let path = RetrievalController.prefix + "/embedding"
        routes.on(.get, path, access: .admin, scope: .admin, RouteDocumentation("Retrieval", "The encoder in force.")) { _, _ in
            .json(.object(await current()))
        }
        routes.on(
            .post, path + "/update", access: .admin, scope: .admin,
            RouteDocumentation(
                "Retrieval", "Change the encoder. Everything is embedded anew in the background; until then the old index answers.")
        ) { try await update($0, $1) }
    }

    private func current() async -> JSONObject {
        let progress = await encoders.progress()
        var object: JSONObject = [
            "status": true, "RAG_EMBEDDING_ENGINE": .string(settings[.embeddingEngine]), "RAG_EMBEDDING_MODEL": .string(settings[.embeddingModel]),
            "RAG_EMBEDDING_BATCH_SIZE": .int(settings[.embeddingBatchSize]), "ENABLE_ASYNC_EMBEDDING": .bool(settings[.enableAsyncEmbedding]),
            "RAG_EMBEDDING_CONCURRENT_REQUESTS": .int(settings[.embeddingConcurrency]),
            "openai_config": ["url": .string(settings[.embeddingOpenAIURL]), "key": .string(settings[.embeddingOpenAIKey])],
            "ollama_config": ["url": .string(settings[.embeddingOllamaURL]), "key": .string(settings[.embeddingOllamaKey])],
            "azure_openai_config": ["url": "", "key": "", "version": ""],
        ]
        if let progress {
            object["reindexing"] = [
                "done": .int(progress.done), "total": .int(progress.total), "answering": .string(progress.answering),
                "error": .optional(progress.failure),
            ]
        }
        return object
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let (engine, model) = (fields.string("RAG_EMBEDDING_ENGINE"), fields.string("RAG_EMBEDDING_MODEL"))
        let batch = fields.optionalInt("RAG_EMBEDDING_BATCH_SIZE")
        let isAsync = fields.optionalBool("ENABLE_ASYNC_EMBEDDING")
        let concurrency = fields.optionalInt("RAG_EMBEDDING_CONCURRENT_REQUESTS")
        let (openAI, ollama) = (fields.optionalObject("openai_config"), fields.optionalObject("ollama_config"))
        try fields.check()
        guard ["", "openai", "ollama"].contains(engine) else {
            throw AppError(.badRequest, "The embedding engine \(engine) is not available. Use openai, ollama or the local one.")
        }
        guard !model.trimmed.isEmpty else { throw AppError(.badRequest, "The embedding model is missing.") }
        var changes: [String: JSONValue] = [
            Setting.embeddingEngine.definition.name: .string(engine), Setting.embeddingModel.definition.name: .string(model),
        ]
        if let batch { changes[Setting.embeddingBatchSize.definition.name] = .int(batch) }
        if let isAsync { changes[Setting.enableAsyncEmbedding.definition.name] = .bool(isAsync) }
        if let concurrency { changes[Setting.embeddingConcurrency.definition.name] = .int(concurrency) }
        for (config, url, key) in [
            (openAI, Setting<String>.embeddingOpenAIURL, Setting<String>.embeddingOpenAIKey),
            (ollama, Setting<String>.embeddingOllamaURL, Setting<String>.embeddingOllamaKey),
        ] {
            if let value = config?["url"]?.string { changes[url.definition.name] = .string(value) }
            if let value = config?["key"]?.string { changes[key.definition.name] = .string(value) }
        }
        // Nothing is stored that cannot embed.
        let choice = EncoderChoice(
            engine: engine, model: model,
            url: changes[(engine == "ollama" ? Setting<String>.embeddingOllamaURL : .embeddingOpenAIURL).definition.name]?.string
                ?? settings[engine == "ollama" ? .embeddingOllamaURL : .embeddingOpenAIURL],
            key: changes[(engine == "ollama" ? Setting<String>.embeddingOllamaKey : .embeddingOpenAIKey).definition.name]?.string
                ?? settings[engine == "ollama" ? .embeddingOllamaKey : .embeddingOpenAIKey],
            batchSize: batch ?? settings[.embeddingBatchSize], concurrency: concurrency ?? settings[.embeddingConcurrency])
        try await encoders.probe(choice)
        try await settings.update(changes)
        await encoders.settingsChanged()
        return .json(.object(await current()))
    }
}
