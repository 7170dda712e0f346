package import Domain
import HTTPTypes
import Hummingbird
import Wire

/// Searches collections, and says why it found what it found.
package struct RetrievalController: Controller {
    static let prefix = "/api/v1/retrieval"

    private let retriever: Retriever
    private let access: CollectionAccess
    private let settings: Settings

    package init(retriever: Retriever, access: CollectionAccess, settings: Settings) {
        self.retriever = retriever
        self.access = access
        self.settings = settings
    }

    package func addRoutes(to routes: RouteTable) {
        func on(
            _ method: HTTPRequest.Method, _ path: String, _ summary: String,
            _ handler: @escaping RouteTable.Handler
        ) {
            routes.on(
                method, Self.prefix + path, access: .user, scope: .knowledge, RouteDocumentation("Retrieval", summary),
                handler: handler)
        }
        on(
            .post, "/query/doc", "Passages of one collection."
        ) {
            try await queryDocument($0, $1)
        }
        on(
            .post, "/query/collection", "Passages of several collections, merged."
        ) { try await queryCollections($0, $1) }
        on(
            .get, "/explain", "Why passages are found: ranks and scores of both halves, weights, matched terms."
        ) { try await explain($0, $1) }
    }

    /// What a request may change of the settings.
    private struct Options {
        var limit: Int?
        var rerankLimit: Int?
        var threshold: Double?
        var isHybrid: Bool?
        var keywordWeight: Double?

        init(_ fields: inout FieldReader) {
            limit = fields.optionalInt("k")
            rerankLimit = fields.optionalInt("k_reranker")
            threshold = fields.optionalDouble("r")
            isHybrid = fields.optionalBool("hybrid")
            keywordWeight = fields.optionalDouble("hybrid_bm25_weight")
        }
    }

    private func query(_ text: String, _ keys: [CollectionKey], _ options: Options) -> RetrievalQuery {
        var query = RetrievalQuery(text: text, collections: keys, settings: settings)
        if let limit = options.limit { query.limit = min(max(limit, 0), 1000) }
        if let threshold = options.threshold { query.threshold = threshold }
        if let weight = options.keywordWeight { query.keywordWeight = min(max(weight, 0), 1) }
        if let isHybrid = options.isHybrid { query.mode = isHybrid ? .fused : .vectorsOnly }
        // Asked for more than reranking leaves: leave as many as are asked for.
        if let limit = query.rerankLimit { query.rerankLimit = max(min(options.rerankLimit ?? limit, 1000), query.limit) }
        return query
    }

    private func queryDocument(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let (name, text) = (fields.string("collection_name"), fields.string("query"))
        let options = Options(&fields)
        try fields.check()
        guard let key = try await access.resolve(name, for: context.requirePrincipal()) else { return .json(.null) }
        // A file without an indexed text has no collection yet.
        if case .file = key, try await access.collections.documents(in: [key]).isEmpty { return .json(.null) }
        let passages = try await retriever.passages(query(text, [key], options)).passages
        return .json([
            "ids": [.strings(passages.map { String($0.chunk.id) })], "documents": [.strings(passages.map(\.chunk.text))],
            "metadatas": [.array(passages.map { .object($0.metadata) })], "distances": [.array(passages.map { .double($0.score) })],
        ])
    }

    private func queryCollections(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let (names, text) = (fields.strings("collection_names"), fields.string("query"))
        var options = Options(&fields)
        try fields.check()
        let principal = try context.requirePrincipal()
        var keys: [CollectionKey] = []
        for name in names { if let key = try await access.resolve(name, for: principal) { keys.append(key) } }
        if options.isHybrid == false, settings[.hybridSearch] { options.isHybrid = nil }
        let passages = try await retriever.passages(query(text, keys, options)).passages
        return .json([
            "distances": [.array(passages.map { .double($0.score) })], "documents": [.strings(passages.map(\.chunk.text))],
            "metadatas": [.array(passages.map { .object($0.metadata) })],
        ])
    }

    // MARK: Why

    private func explain(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var reader = QueryReader(request)
        let (name, text) = (reader.string("collection_name"), reader.string("query"))
        let limit = reader.int("k", default: 10, in: 1...100)
        try reader.check()
        guard let key = try await access.resolve(name, for: context.requirePrincipal()) else { throw AppError.notFound }
        var query = RetrievalQuery(text: text, collections: [key], settings: settings)
        query.limit = limit
        let result = try await retriever.passages(query)
        let words = KeywordTokenizer.words(of: text)
        return .json([
            "query": .string(text), "terms": .strings(KeywordTokenizer.queryTerms(text).map { words[$0] ?? $0 }),
            "mode": query.mode == .fused ? "fused" : "vectors",
            "embedder": .string(result.embedder), "encoder_coverage": .double(result.encoderCoverage),
            "background": ["mean": .double(result.background.mean), "deviation": .double(result.background.deviation)],
            "weights": ["vector": .double(result.weights.vector), "keyword": .double(result.weights.keyword)],
            "documents": .int(result.documentCount), "threshold": .double(query.threshold),
            "passages": .array(result.passages.enumerated().map { Self.explanation($1, rank: $0 + 1) }),
        ])
    }

    private static func explanation(_ passage: Passage, rank: Int) -> JSONValue {
        let reason = passage.reason
        func number(_ value: Double?) -> JSONValue { value.map(JSONValue.double) ?? .null }
        return [
            "rank": .int(rank), "score": .double(passage.score), "fused": number(reason.fused),
            "vector": ["rank": .optional(reason.vectorRank), "cosine": number(reason.cosine)],
            "keyword": [
                "rank": .optional(reason.keywordRank), "score": number(reason.keywordScore), "coverage": number(reason.keywordCoverage),
                "terms": .strings(reason.terms),
            ],
            "rerank_score": number(reason.rerankScore), "chunk_id": .int(Int(passage.chunk.id)), "start_index": .int(passage.chunk.startIndex),
            "end_index": .int(passage.chunk.endIndex), "headings": .strings(passage.chunk.headings), "metadata": .object(passage.metadata),
            "document": .string(passage.chunk.text),
        ]
    }
}
