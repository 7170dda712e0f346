/// Passages of pages that chats attach. A page is read, cut and compared in memory and nothing of it is stored; for a while it is
/// remembered, so that the turns of a chat neither fetch nor embed it again.
package actor PagePassages {
    private let reader: any PageReader
    private let embedders: any SearchEncoders
    private let settings: Settings
    private let probe = BackgroundProbe()
    private var pages: [String: Remembered] = [:]

    private struct Remembered {
        var page: WebPage
        var chunks: [ChunkDraft]
        /// By position of the passage, for the embedder named.
        var vectors: [Int: [Float]] = [:]
        var embedder = ""
        var readAt: ContinuousClock.Instant
    }

    /// Unicode scalars of a page that are looked at.
    private static let longestPage = 2_000_000
    /// Unicode scalars of a page that goes into a prompt whole.
    private static let longestWhole = 40_000
    /// Passages whose meaning is compared; words choose them where a page has more.
    private static let mostCompared = 24
    private static let mostPages = 32
    private static let lifetime = Duration.seconds(600)

    package init(reader: any PageReader, embedders: any SearchEncoders, settings: Settings) {
        self.reader = reader
        self.embedders = embedders
        self.settings = settings
    }

    /// The beginning of a page.
    /// - Throws: as `PageReader`.
    package func whole(_ url: String, item: JSONObject) async throws -> ContextSource {
        let page = try await remembered(url).page
        let text = String(page.text.unicodeScalars.prefix(Self.longestWhole))
        return ContextSource(item: item, documents: text.isEmpty ? [] : [text], metadata: text.isEmpty ? [] : [Self.metadata(page)])
    }

    /// The passages of a page that fit best; all of a short one.
    /// - Throws: as `PageReader`, and as `Embedder`.
    package func best(_ url: String, queries: [String], item: JSONObject) async throws -> ContextSource {
        let found = try await remembered(url)
        let limit = settings[.topK]
        var source = ContextSource(item: item, documents: [], metadata: [])
        guard found.chunks.count > limit, !queries.isEmpty else {
            for chunk in found.chunks { Self.add(chunk, of: found.page, to: &source) }
            return source
        }
        var scores: [Int: Double] = [:]
        for query in queries {
            for (position, score) in try await ranked(url, query: query, limit: limit) { scores[position] = max(scores[position] ?? 0, score) }
        }
        let best = scores.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }.prefix(limit)
        for (position, _) in best { Self.add(found.chunks[position], of: found.page, to: &source) }
        source.distances = best.map(\.value)
        return source
    }

    private static func add(_ chunk: ChunkDraft, of page: WebPage, to source: inout ContextSource) {
        var metadata = Self.metadata(page)
        metadata["start_index"] = .int(chunk.startIndex)
        if !chunk.headings.isEmpty { metadata["headings"] = .strings(chunk.headings) }
        source.documents.append(chunk.text)
        source.metadata.append(metadata)
    }

    private static func metadata(_ page: WebPage) -> JSONObject {
        ["source": .string(page.url), "name": .string(page.title.isEmpty ? page.url : page.title)]
    }

    // MARK: Reading

    private func remembered(_ url: String) async throws -> Remembered {
        let now = ContinuousClock.now
        if let known = pages[url], known.readAt.duration(to: now) < Self.lifetime { return known }
        var page = try await reader.read(url)
        page.text = String(page.text.unicodeScalars.prefix(Self.longestPage))
        let chunker = Chunker(options: IngestionRecipe(settings).chunking ?? ChunkingOptions())
        let chunks = try chunker.chunks(of: ExtractedDocument(sections: [.init(text: page.text)]), title: page.title)
        let fresh = Remembered(page: page, chunks: chunks, readAt: now)
        pages[url] = fresh
        if pages.count > Self.mostPages, let oldest = pages.min(by: { $0.value.readAt < $1.value.readAt })?.key { pages[oldest] = nil }
        return fresh
    }

    // MARK: Comparing

    private func ranked(_ url: String, query: String, limit: Int) async throws -> [(position: Int, score: Double)] {
        guard let found = pages[url] else { return [] }
        let words = Self.coverages(of: query, in: found.chunks)
        let candidates = words.indices.sorted { words[$0] != words[$1] ? words[$0] > words[$1] : $0 < $1 }.prefix(max(Self.mostCompared, limit))
        let embedder = try await embedders.searchEmbedder()
        let question = try await embedder.embed([query], as: .query).first ?? []
        let vectors = try await vectors(of: Array(candidates), in: url, by: embedder)
        let fused = candidates.map { position in
            let cosine = vectors[position].map { vector in Double(zip(vector, question).reduce(Float(0)) { $0 + $1.0 * $1.1 }) }
            var candidate = Fusion.Candidate(id: Int64(position), cosine: cosine)
            candidate.keywordScore = words[position]
            candidate.keywordCoverage = words[position]
            return candidate
        }
        let background = try await probe.level(of: question, embedder: embedder)
        let fusion = Fusion(keywordWeight: settings[.hybridBM25Weight], encoderCoverage: embedder.coverage(of: query))
        var ceiling = 1.0
        return fusion.fuse(fused, background: background).0.prefix(limit).map { candidate in
            ceiling = min(ceiling, max(candidate.cosine.map { (1 + $0) / 2 } ?? 0, candidate.keywordCoverage))
            return (Int(candidate.id), ceiling)
        }
    }

    private func vectors(of positions: [Int], in url: String, by embedder: any Embedder) async throws -> [Int: [Float]] {
        guard var found = pages[url] else { return [:] }
        if found.embedder != embedder.identity.key { (found.vectors, found.embedder) = ([:], embedder.identity.key) }
        let missing = positions.filter { found.vectors[$0] == nil }
        if !missing.isEmpty {
            let fresh = try await embedder.embed(missing.map { found.chunks[$0].indexText }, as: .passage)
            for (position, vector) in zip(missing, fresh) { found.vectors[position] = vector }
            // Read anew meanwhile: the positions are another page's.
            if pages[url]?.readAt == found.readAt { pages[url] = found }
        }
        return found.vectors
    }

    /// How much of the question each passage has, its terms weighted by how rare they are on the page: 0 to 1.
    private static func coverages(of query: String, in chunks: [ChunkDraft]) -> [Double] {
        let terms = Set(KeywordTokenizer.queryTerms(query))
        let found = chunks.map { terms.intersection(KeywordTokenizer.indexTerms($0.indexText)) }
        var counts: [String: Int] = [:]
        for terms in found { for term in terms { counts[term, default: 0] += 1 } }
        let weights = counts.mapValues { 1 / Double($0) }
        let total = terms.reduce(0) { $0 + (weights[$1] ?? 1) }
        return found.map { terms in total > 0 ? terms.reduce(0) { $0 + (weights[$1] ?? 0) } / total : 0 }
    }
}
