import Domain

extension RouteDescriptions {
    private static let options: Shape = [
        "query": .text("When does the harbour close?"), "k": .count(4).maybe, "k_reranker": .count(3).maybe, "r": .number.maybe,
        "hybrid": .bool.maybe, "hybrid_bm25_weight": .number.maybe,
    ]
    private static let passages = Shape.named(
        "Passages",
        [
            "documents": .list(.list(.text("The harbour closes at ten."))),
            "metadatas": .list(.list(.map.showing(["name": "rules.md", "source": "rules.md"]))), "distances": .list(.list(.number)),
        ])
    private static let processed: Shape = [
        "status": .yes, "collection_name": .text("harbour"), "filename": .text("rules.md").optional, "content": .text("# Rules"),
    ]
    private static let page = RouteDescription.answers(processed).takes([
        "url": .text("https://example.com/rules.html"), "collection_name": .text("harbour").maybe,
    ]).or(500, 504)
    private static let encoder = Shape.named(
        "EncoderSettings",
        [
            "status": .yes, "RAG_EMBEDDING_ENGINE": .text(""), "RAG_EMBEDDING_MODEL": .string, "RAG_EMBEDDING_BATCH_SIZE": .integer,
            "ENABLE_ASYNC_EMBEDDING": .bool, "RAG_EMBEDDING_CONCURRENT_REQUESTS": .integer, "openai_config": address, "ollama_config": address,
            "azure_openai_config": .map,
            "reindexing": .record(["done": .integer, "total": .integer, "answering": .string, "error": .string.nullable]).optional,
        ])
    private static let address: Shape = ["url": .text("https://api.openai.com/v1"), "key": .text("")]
    private static let settings = Shape.named("RetrievalSettings", ["status": .yes, "RAG_TEMPLATE": .string, "TOP_K": .count(3)])

    static let retrieval = RouteDescriptions(
        "/api/v1/retrieval",
        [
            "POST /query/doc": .answers(passages.adding(["ids": .list(.list(.string))]).nullable).takes(
                options.adding(["collection_name": .text("harbour")])
            ).or(400, 404, 500),
            "POST /query/collection": .answers(passages).takes(options.adding(["collection_names": .list(.text("harbour"))])).or(404, 500),
            "GET /explain": .answers([
                "query": .string, "terms": .list(.string), "mode": .choice("fused", "vectors"), "embedder": .string, "encoder_coverage": .number,
                "weights": ["vector": .number, "keyword": .number], "documents": .integer, "threshold": .number,
                "passages": .list([
                    "rank": .integer, "score": .number, "vector": .map, "keyword": .map, "metadata": .map, "document": .string,
                ]),
            ]).with(
                .needed("collection_name", "Where to search."), .needed("query", "What to search."), .number("k", "How many passages, up to 100.")
            ).or(400, 404, 500),
            "GET /config": .answers(settings),
            "POST /config/update": .answers(settings).takes(["TOP_K": .count(5).maybe, "RAG_TEMPLATE": .string.maybe]),
            "GET /embedding": .answers(encoder),
            "POST /embedding/update": .answers(encoder).takes([
                "RAG_EMBEDDING_ENGINE": .choice("", "openai", "ollama"), "RAG_EMBEDDING_MODEL": .text("text-embedding-3-small"),
                "RAG_EMBEDDING_BATCH_SIZE": .integer.maybe, "ENABLE_ASYNC_EMBEDDING": .bool.maybe,
                "RAG_EMBEDDING_CONCURRENT_REQUESTS": .integer.maybe, "openai_config": .map.maybe, "ollama_config": .map.maybe,
            ]).or(500, 504),
            "POST /process/text": .answers(processed).takes([
                "name": .text("Rules"), "content": .text("# Rules"), "collection_name": .text("harbour").maybe,
            ]).or(500),
            "POST /process/file": .answers(processed).takes([
                "file_id": .id, "content": .text("# Rules").maybe, "collection_name": .text("file-3f0c2a7e").maybe,
            ]).or(404, 409),
            "POST /process/files/batch": .answers(["results": .list(outcome), "errors": .list(outcome)]).takes([
                "files": .list(["id": .id]), "collection_name": .id,
            ]),
            "POST /process/web": page, "POST /process/youtube": page, "POST /process/url": page,
            "POST /delete": .answers(["status": .bool]).takes(["collection_name": .text("harbour"), "file_id": .id]).or(404),
            "POST /reset/db": .answers(.null),
            "POST /reset/uploads": .answers(.done),
        ])

    private static let outcome: Shape = ["file_id": .id, "status": .choice("completed", "failed"), "error": .string.nullable]
}
