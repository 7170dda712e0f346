package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Settings of ingest and search as Open WebUI's clients read and write them: one flat object.
package struct RetrievalSettingsController: Controller {
    private let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    package func addRoutes(to routes: RouteTable) {
        let path = RetrievalController.prefix + "/config"
        routes.on(.get, path, access: .admin, scope: .admin, RouteDocumentation("Retrieval", "Settings of ingest and search.")) { _, _ in
            .json(.object(current()))
        }
        routes.on(
            .post, path + "/update", access: .admin, scope: .admin,
            RouteDocumentation("Retrieval", "Change settings; absent and null keys stay.")
        ) { request, _ in
            try await update(request.jsonObject())
            return .json(.object(current()))
        }
    }

    // MARK: Reading

    private func current() -> JSONObject {
        let foreign = settings[.foreignRetrievalSettings].object ?? [:]
        var object: JSONObject = ["status": true]
        let template = settings[.ragTemplate]
        object["RAG_TEMPLATE"] = .string(template.isEmpty ? ContextTemplate.standard : template)
        for field in RetrievalField.own { object[field.key] = field.wire(settings.current(field.definition).value) }
        for (key, value) in RetrievalField.foreign { object[key] = foreign[key] ?? value }
        object["web"] = .object(RetrievalField.foreignWeb.merging(foreign["web"]?.object ?? [:]))
        return object
    }

    // MARK: Writing

    private func update(_ body: JSONObject) async throws {
        var fields = FieldReader(body)
        var changes: [String: JSONValue] = [:]
        if let template = fields.optionalString("RAG_TEMPLATE") {
            // The built-in template sent back stays the built-in one.
            changes[Setting.ragTemplate.definition.name] = .string(template == ContextTemplate.standard ? "" : template)
        }
        for field in RetrievalField.own {
            guard let value = body[field.key], !value.isNull else { continue }
            if let stored = field.stored(value) {
                changes[field.definition.name] = stored
            } else {
                fields.report(field.issue, field.key, "Input should be a valid \(field.definition.kind.rawValue)")
            }
        }
        var foreign = settings[.foreignRetrievalSettings].object ?? [:]
        for (key, standard) in RetrievalField.foreign {
            guard let value = body[key], !value.isNull else { continue }
            if RetrievalField.fits(value, standard) { foreign[key] = value } else { fields.report("type_error", key, "Input is of the wrong type") }
        }
        if let web = fields.optionalObject("web") {
            foreign["web"] = .object((foreign["web"]?.object ?? [:]).merging(web.filter { !$1.isNull }))
        }
        try fields.check()
        if foreign != settings[.foreignRetrievalSettings].object ?? [:] {
            changes[Setting.foreignRetrievalSettings.definition.name] = .object(foreign)
        }
        if !changes.isEmpty { try await settings.update(changes) }
    }
}

/// A key of the wire's settings object and what it means here.
struct RetrievalField: Sendable {
    let key: String
    let definition: SettingDefinition
    /// 0 here is `null` on the wire.
    var isNullable = false

    func wire(_ value: JSONValue) -> JSONValue { isNullable && value.int == 0 ? .null : value }

    /// The value to store; `nil` when its type is wrong. Numbers may come as text, as forms send them.
    func stored(_ value: JSONValue) -> JSONValue? {
        if isNullable, value.string?.trimmed == "" { return 0 }
        if let text = value.string, definition.kind == .integer || definition.kind == .number || definition.kind == .boolean {
            return text.isEmpty ? nil : definition.parse(text)
        }
        switch definition.kind {
        case .integer: return value.int.map(JSONValue.int)
        case .number: return value.double == nil ? nil : value
        case .boolean: return value.bool.map(JSONValue.bool)
        case .string: return value.string.map(JSONValue.string)
        case .list: return value.array.flatMap { $0.allSatisfy { $0.string != nil } ? value : nil }
        case .json: return definition.problem(value) == nil ? value : nil
        }
    }

    var issue: String {
        switch definition.kind {
        case .integer: "int_parsing"
        case .number: "float_parsing"
        case .boolean: "bool_parsing"
        case .string: "string_type"
        case .list: "list_type"
        case .json: "type_error"
        }
    }

    static let own: [RetrievalField] = [
        RetrievalField(key: "TOP_K", definition: Setting.topK.definition),
        RetrievalField(key: "BYPASS_EMBEDDING_AND_RETRIEVAL", definition: Setting.bypassRetrieval.definition),
        RetrievalField(key: "RAG_FULL_CONTEXT", definition: Setting.fullContext.definition),
        RetrievalField(key: "ENABLE_RAG_HYBRID_SEARCH", definition: Setting.hybridSearch.definition),
        RetrievalField(key: "TOP_K_RERANKER", definition: Setting.topKReranker.definition),
        RetrievalField(key: "RELEVANCE_THRESHOLD", definition: Setting.relevanceThreshold.definition),
        RetrievalField(key: "HYBRID_BM25_WEIGHT", definition: Setting.hybridBM25Weight.definition),
        RetrievalField(key: "RAG_RERANKING_MODEL", definition: Setting.rerankingModel.definition),
        RetrievalField(key: "CONTENT_EXTRACTION_ENGINE", definition: Setting.contentExtractionEngine.definition),
        RetrievalField(key: "TIKA_SERVER_URL", definition: Setting.tikaURL.definition),
        RetrievalField(key: "DOCLING_SERVER_URL", definition: Setting.doclingURL.definition),
        RetrievalField(key: "DOCLING_API_KEY", definition: Setting.doclingKey.definition),
        RetrievalField(key: "DOCLING_PARAMS", definition: Setting.doclingParameters.definition),
        RetrievalField(key: "TEXT_SPLITTER", definition: Setting.textSplitter.definition),
        RetrievalField(key: "ENABLE_MARKDOWN_HEADER_TEXT_SPLITTER", definition: Setting.markdownHeaderSplitter.definition),
        RetrievalField(key: "CHUNK_SIZE", definition: Setting.chunkSize.definition),
        RetrievalField(key: "CHUNK_OVERLAP", definition: Setting.chunkOverlap.definition),
        RetrievalField(key: "CHUNK_MIN_SIZE_TARGET", definition: Setting.chunkMinimum.definition),
        RetrievalField(key: "FILE_MAX_SIZE", definition: Setting.fileMaximumMegabytes.definition, isNullable: true),
        RetrievalField(key: "FILE_MAX_COUNT", definition: Setting.fileMaximumCount.definition, isNullable: true),
        RetrievalField(key: "ALLOWED_FILE_EXTENSIONS", definition: Setting.allowedFileExtensions.definition),
    ]

    /// Switches of Open WebUI without effect here, with their defaults: clients write them and expect to read them again.
    static let foreign: JSONObject = [
        "ENABLE_RAG_HYBRID_SEARCH_ENRICHED_TEXTS": false, "RAG_RERANKING_ENGINE": "", "RAG_EXTERNAL_RERANKER_URL": "",
        "RAG_EXTERNAL_RERANKER_API_KEY": "", "RAG_EXTERNAL_RERANKER_TIMEOUT": "", "RAG_RERANKING_BATCH_SIZE": 32, "PDF_EXTRACT_IMAGES": false,
        "PDF_LOADER_MODE": "page", "DATALAB_MARKER_API_KEY": "", "DATALAB_MARKER_API_BASE_URL": "", "DATALAB_MARKER_ADDITIONAL_CONFIG": "",
        "DATALAB_MARKER_SKIP_CACHE": false, "DATALAB_MARKER_FORCE_OCR": false, "DATALAB_MARKER_PAGINATE": false,
        "DATALAB_MARKER_STRIP_EXISTING_OCR": false, "DATALAB_MARKER_DISABLE_IMAGE_EXTRACTION": false, "DATALAB_MARKER_FORMAT_LINES": false,
        "DATALAB_MARKER_USE_LLM": false, "DATALAB_MARKER_OUTPUT_FORMAT": "markdown", "EXTERNAL_DOCUMENT_LOADER_URL": "",
        "EXTERNAL_DOCUMENT_LOADER_API_KEY": "", "DOCUMENT_INTELLIGENCE_ENDPOINT": "",
        "DOCUMENT_INTELLIGENCE_KEY": "", "DOCUMENT_INTELLIGENCE_MODEL": "prebuilt-layout",
        "MISTRAL_OCR_API_BASE_URL": "https://api.mistral.ai/v1", "MISTRAL_OCR_API_KEY": "", "MINERU_API_MODE": "local", "MINERU_API_URL": "",
        "MINERU_API_KEY": "", "MINERU_API_TIMEOUT": "300", "MINERU_PARAMS": [:], "FILE_IMAGE_COMPRESSION_WIDTH": .null,
        "FILE_IMAGE_COMPRESSION_HEIGHT": .null, "ENABLE_GOOGLE_DRIVE_INTEGRATION": false, "ENABLE_ONEDRIVE_INTEGRATION": false,
    ]

    static let foreignWeb: JSONObject = [
        "ENABLE_WEB_SEARCH": false, "WEB_SEARCH_ENGINE": "", "WEB_SEARCH_TRUST_ENV": false, "WEB_SEARCH_RESULT_COUNT": 3,
        "WEB_SEARCH_CONCURRENT_REQUESTS": 0, "WEB_LOADER_CONCURRENT_REQUESTS": 10, "WEB_SEARCH_DOMAIN_FILTER_LIST": [],
        "BYPASS_WEB_SEARCH_EMBEDDING_AND_RETRIEVAL": false, "BYPASS_WEB_SEARCH_WEB_LOADER": false, "SEARXNG_QUERY_URL": "",
        "WEB_LOADER_ENGINE": "", "ENABLE_WEB_LOADER_SSL_VERIFICATION": true, "YOUTUBE_LOADER_LANGUAGE": ["en"], "YOUTUBE_LOADER_PROXY_URL": "",
        "YOUTUBE_LOADER_TRANSLATION": "",
    ]

    static func fits(_ value: JSONValue, _ standard: JSONValue) -> Bool {
        switch (value, standard) {
        case (.bool, .bool), (.string, .string), (.number, .number), (.object, .object), (.array, .array): true
        // Clients send what is a number as text and the other way round.
        case (.number, .string), (.string, .number), (.number, .null), (.string, .null), (.string, .object): true
        default: false
        }
    }
}
