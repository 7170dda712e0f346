/// Reads the text of a page that a user names. Refuses addresses inside the own network.
package protocol PageReader: Sendable {
    /// - Throws: `AppError(.badRequest)` when it cannot or must not be read.
    func read(_ url: String) async throws -> WebPage
}

package struct WebPage: Sendable {
    package var url: String
    package var title: String
    package var text: String

    package init(url: String, title: String, text: String) {
        self.url = url
        self.title = title
        self.text = text
    }
}

/// Context from files, knowledge bases, inline texts and pages.
package struct KnowledgeContextRetriever: ContextRetriever {
    private let retriever: Retriever
    private let access: CollectionAccess
    private let documents: any DocumentStore
    private let pages: PagePassages
    private let settings: Settings

    package init(retriever: Retriever, access: CollectionAccess, documents: any DocumentStore, pages: PagePassages, settings: Settings) {
        self.retriever = retriever
        self.access = access
        self.documents = documents
        self.pages = pages
        self.settings = settings
    }

    package func context(for items: [JSONValue], queries: [String], question: String, principal: Principal) async throws -> RetrievedContext {
        var context = RetrievedContext()
        var seen = Set<String>()
        for item in items {
            guard let item = item.object else { continue }
            if let key = Self.identity(item), !seen.insert(key).inserted { continue }
            do {
                if let source = try await source(for: item, queries: queries, principal: principal) {
                    context.sources.append(source)
                    if source.documents.isEmpty { context.warnings.append(ItemWarning.text(item, ItemWarning.empty)) }
                } else {
                    context.warnings.append(ItemWarning.text(item, Self.isUnderstood(item) ? ItemWarning.unknown : ItemWarning.notUnderstood))
                }
            } catch let error as AppError where error.code != .internalError && error.code != .unavailable {
                context.warnings.append(ItemWarning.text(item, error.message))
            }
        }
        let text = ContextTemplate.sources(context.sources)
        if !text.isEmpty { context.prompt = ContextTemplate.fill(settings[.ragTemplate], context: text, question: question) }
        return context
    }

    /// The same item twice counts once; inline texts are what they are.
    private static func identity(_ item: JSONObject) -> String? {
        guard let type = item["type"]?.string, let id = item["id"]?.string ?? item["collection_name"]?.string ?? item["url"]?.string else {
            return nil
        }
        return "\(type) \(id)"
    }

    /// Whether the item names something that could be looked up.
    private static func isUnderstood(_ item: JSONObject) -> Bool {
        switch item["type"]?.string {
        case "file", "text", "collection": item["id"]?.string != nil || item["collection_name"]?.string != nil || item["collection_names"] != nil
        case "url", "web", "website": item["url"]?.string != nil
        default: false
        }
    }

    private func source(for item: JSONObject, queries: [String], principal: Principal) async throws -> ContextSource? {
        switch item["type"]?.string {
        case "text":
            if let source = Self.inline(item) { return source }
            guard let name = item["collection_name"]?.string else { return nil }
            return try await search([name], item: item, queries: queries, principal: principal)
        case "file":
            if let id = item["id"]?.string { return try await search(["file-" + id], item: item, queries: queries, principal: principal) }
            guard let name = item["collection_name"]?.string else { return Self.inline(item) }
            return try await search([name], item: item, queries: queries, principal: principal)
        case "collection":
            let names = item["collection_names"]?.array?.compactMap(\.string) ?? []
            guard let id = item["id"]?.string else {
                return names.isEmpty ? nil : try await search(names, item: item, queries: queries, principal: principal)
            }
            return try await search(names.isEmpty ? [id] : names, item: item, queries: queries, principal: principal)
        case "url", "web", "website":
            guard let url = item["url"]?.string else { return nil }
            let isWhole = item["context"]?.string == "full" || settings[.bypassRetrieval] || settings[.fullContext]
            return isWhole ? try await pages.whole(url, item: item) : try await pages.best(url, queries: queries, item: item)
        default: return nil
        }
    }

    private static func inline(_ item: JSONObject) -> ContextSource? {
        if let content = item["content"]?.string, !content.isEmpty {
            return ContextSource(item: item, documents: [content], metadata: [["name": item["name"] ?? ""]])
        }
        guard let content = item["file"]?["data"]?["content"]?.string, !content.isEmpty else { return nil }
        let meta = item["file"]?["meta"]?.object ?? [:]
        return ContextSource(item: item, documents: [content], metadata: [meta.isEmpty ? ["name": item["name"] ?? ""] : meta])
    }

    /// - Returns: `nil` when none of the names means anything.
    /// - Throws: `AppError(.forbidden)` when one must not be used.
    private func search(_ names: [String], item: JSONObject, queries: [String], principal: Principal) async throws -> ContextSource? {
        var keys: [CollectionKey] = []
        for name in names { if let key = try await access.resolve(name, for: principal) { keys.append(key) } }
        guard !keys.isEmpty else { return nil }
        if item["context"]?.string == "full" || settings[.bypassRetrieval] { return try await whole(keys, item: item) }
        if settings[.fullContext] {
            let passages = try await retriever.everything(in: keys)
            return ContextSource(item: item, documents: passages.map(\.chunk.text), metadata: passages.map(\.metadata))
        }
        let passages = try await best(keys, queries: queries)
        return ContextSource(
            item: item, documents: passages.map(\.chunk.text), metadata: passages.map(\.metadata), distances: passages.map(\.score))
    }

    /// The best passages over all queries, each once.
    private func best(_ keys: [CollectionKey], queries: [String]) async throws -> [Passage] {
        var best: [Int64: Passage] = [:]
        for query in queries {
            for passage in try await retriever.passages(RetrievalQuery(text: query, collections: keys, settings: settings)).passages
            where best[passage.chunk.id].map({ $0.score < passage.score }) ?? true {
                best[passage.chunk.id] = passage
            }
        }
        let sorted = best.values.sorted { $0.score != $1.score ? $0.score > $1.score : $0.chunk.id < $1.chunk.id }
        return Array(sorted.prefix(settings[.topK]))
    }

    /// Whole texts, one a file.
    private func whole(_ keys: [CollectionKey], item: JSONObject) async throws -> ContextSource {
        var source = ContextSource(item: item, documents: [], metadata: [])
        for citation in try await access.collections.contents(of: keys) {
            let text = try await documents.text(of: citation.documentID)
            guard !text.isEmpty else { continue }
            source.documents.append(text)
            source.metadata.append(CitationMetadata.whole(citation))
        }
        return source
    }
}
