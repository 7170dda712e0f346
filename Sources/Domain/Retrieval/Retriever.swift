import Foundation

/// Where the encoder in force and the reranker come from: both can change while the server runs.
package protocol SearchEncoders: Sendable {
    /// The embedder whose vectors are whole: what a search compares with.
    func searchEmbedder() async throws -> any Embedder
    /// `nil` when none is configured.
    func reranker() async throws -> (any Reranker)?
}

/// Finds the passages of collections that answer a question. Access is the caller's to check: see `CollectionAccess`.
package struct Retriever: Sendable {
    private let search: any PassageSearch
    private let documents: any DocumentStore
    private let collections: any CollectionStore
    private let embedders: any SearchEncoders
    private let probe = BackgroundProbe()

    package init(search: any PassageSearch, documents: any DocumentStore, collections: any CollectionStore, embedders: any SearchEncoders) {
        self.search = search
        self.documents = documents
        self.collections = collections
        self.embedders = embedders
    }

    /// Candidates of each half.
    private static let depth = 60

    /// Best first; equal texts once. An empty question or an empty collection finds nothing.
    package func passages(_ query: RetrievalQuery) async throws -> RetrievalResult {
        guard !query.text.trimmed.isEmpty, query.limit > 0 else { return RetrievalResult() }
        let documents = try await collections.documents(in: query.collections)
        guard !documents.isEmpty else { return RetrievalResult() }
        let depth = max(Self.depth, query.limit * 2)
        let embedder = try await embedders.searchEmbedder()
        async let keywordMatches = query.mode == .fused ? search.matching(query.text, in: documents, limit: depth) : []
        let vector = try await vector(of: query, by: embedder)
        let key = embedder.identity.key
        let nearest = try await search.nearest(to: vector, embedder: key, in: documents, limit: depth)
        let matches = try await keywordMatches

        // Without vectors (embedding was off, the engine changed) words still find.
        var candidates: [Int64: Fusion.Candidate] = [:]
        for match in nearest { candidates[match.id] = Fusion.Candidate(id: match.id, cosine: Double(match.cosine)) }
        let strangers = matches.map(\.id).filter { candidates[$0] == nil }
        let cosines = try await search.cosines(of: strangers, to: vector, embedder: key)
        for match in matches {
            var candidate = candidates[match.id] ?? Fusion.Candidate(id: match.id, cosine: cosines[match.id].map(Double.init))
            candidate.keywordScore = match.score
            candidate.keywordCoverage = match.coverage
            candidates[match.id] = candidate
        }
        let coverage = vector.isEmpty ? 0 : embedder.coverage(of: query.text)
        let background =
            vector.isEmpty ? BackgroundProbe.Level(mean: 0, deviation: 0.1) : try await probe.level(of: vector, embedder: embedder)
        let fusion = Fusion(keywordWeight: query.mode == .fused ? query.keywordWeight : 0, encoderCoverage: query.mode == .fused ? coverage : 1)
        let (order, weights) = fusion.fuse(Array(candidates.values), background: background)

        var reasons: [Int64: PassageReason] = [:]
        for (rank, match) in nearest.enumerated() { reasons[match.id, default: PassageReason()].vectorRank = rank + 1 }
        for (rank, match) in matches.enumerated() {
            reasons[match.id, default: PassageReason()].keywordRank = rank + 1
            reasons[match.id]!.keywordScore = match.score
            reasons[match.id]!.keywordCoverage = match.coverage
            reasons[match.id]!.terms = match.terms
        }
        let chunks = try await self.documents.chunks(order.prefix(depth).map(\.id))
        let scored = Self.scored(order, chunks: chunks, reasons: reasons, weights: weights, query: query)
        let kept = try await reranked(scored, query).filter { $0.score >= query.threshold }.prefix(query.limit)
        let passages = try await cited(Array(kept), in: query.collections, embedder: embedder.identity)
        return RetrievalResult(
            passages: passages, weights: weights, encoderCoverage: coverage, embedder: key, documentCount: documents.count, background: background)
    }

    /// Empty when the embedding engine does not answer and words can still find something.
    private func vector(of query: RetrievalQuery, by embedder: any Embedder) async throws -> [Float] {
        do {
            return try await embedder.embed([query.text], as: .query).first ?? []
        } catch let error as AppError where query.mode == .fused && (error.code == .unavailable || error.code == .tooManyRequests) {
            return []
        }
    }

    /// Every passage of the collections in order, as when no question matters.
    package func everything(in collections: [CollectionKey]) async throws -> [Passage] {
        var passages: [Passage] = []
        for citation in try await self.collections.contents(of: collections) {
            for chunk in try await documents.chunks(of: citation.documentID) {
                passages.append(
                    Passage(chunk: chunk, score: 1, fileID: citation.fileID, metadata: CitationMetadata.of(chunk, citation: citation, embedder: nil)))
            }
        }
        return passages
    }

    // MARK: Scores

    /// Wire scores: descending, 0 to 1. The fused order decides; the number is the similarity of meaning, lifted by the words
    /// that agree, and never above the passage before it.
    private static func scored(
        _ order: [Fusion.Candidate], chunks: [Chunk], reasons: [Int64: PassageReason], weights: Fusion.Weights, query: RetrievalQuery
    ) -> [Passage] {
        let byID = Dictionary(uniqueKeysWithValues: chunks.map { ($0.id, $0) })
        let question = query.text.trimmed
        var seen = Set<String>()
        var ceiling = 1.0
        var passages: [Passage] = []
        // The passage that is the question itself comes first, whatever prefixes did to its vector.
        let candidates = order.filter { byID[$0.id]?.text.trimmed == question } + order.filter { byID[$0.id]?.text.trimmed != question }
        for candidate in candidates {
            guard let chunk = byID[candidate.id], seen.insert(chunk.text).inserted else { continue }
            var reason = reasons[candidate.id] ?? PassageReason()
            reason.cosine = candidate.cosine
            reason.fused = candidate.score
            let similarity = candidate.cosine.map { (1 + $0) / 2 }
            var score = candidate.keywordCoverage
            if let similarity { score = weights.vector * similarity + weights.keyword * max(similarity, score) }
            if chunk.text.trimmed == question { score = 1 }
            ceiling = min(ceiling, max(0, score))
            passages.append(Passage(chunk: chunk, score: ceiling, fileID: nil, metadata: [:], reason: reason))
        }
        return passages
    }

    private func reranked(_ passages: [Passage], _ query: RetrievalQuery) async throws -> [Passage] {
        guard let limit = query.rerankLimit, passages.count > 1, let reranker = try await embedders.reranker() else { return passages }
        let candidates = Array(passages.prefix(max(limit, query.limit) * 4))
        let scores = try await reranker.score(query: query.text, passages: candidates.map(\.chunk.text))
        guard scores.count == candidates.count else { throw AppError(.upstreamFailed, "The reranker answered with too few scores.") }
        // Scores of cross-encoders are logits, or already probabilities.
        let areProbabilities = scores.allSatisfy { $0 >= 0 && $0 <= 1 }
        var reranked = candidates
        for (position, score) in scores.enumerated() {
            let score = Double(score)
            reranked[position].reason.rerankScore = score
            reranked[position].score = areProbabilities ? score : 1.0 / (1.0 + Foundation.exp(-score))
        }
        reranked.sort { $0.score != $1.score ? $0.score > $1.score : $0.chunk.id < $1.chunk.id }
        return Array(reranked.prefix(limit))
    }

    private func cited(_ passages: [Passage], in keys: [CollectionKey], embedder: EmbedderIdentity) async throws -> [Passage] {
        let documents = Array(Set(passages.map(\.chunk.documentID)))
        let citations = try await collections.citations(of: documents, in: keys)
        return passages.compactMap { passage in
            // Deleted since it was found.
            guard let citation = citations[passage.chunk.documentID] else { return nil }
            var passage = passage
            passage.fileID = citation.fileID
            passage.metadata = CitationMetadata.of(passage.chunk, citation: citation, embedder: embedder)
            return passage
        }
    }
}
