package import Domain
import Foundation
import Synchronization

/// Vectors from an OpenAI-compatible server (`POST /embeddings`) or Ollama (`POST /api/embed`).
package final class RemoteEmbedder: Embedder {
    package enum API: Sendable { case openAI, ollama }

    private let api: API
    private let model: String
    private let address: String
    private let key: String
    private let batchSize: Int
    private let concurrency: Int
    private let transport: any UpstreamTransport
    /// Learned from the first answer.
    private let dimension = Mutex(0)

    /// - Parameters:
    ///   - baseURL: `https://api.openai.com/v1`, `http://localhost:11434`.
    ///   - concurrency: calls at once; 0 for one a batch without limit.
    /// - Throws: `AppError(.badRequest)` when the address is missing or no HTTP address.
    package init(
        api: API, model: String, baseURL: String, key: String, batchSize: Int, concurrency: Int, transport: any UpstreamTransport
    ) throws {
        var base = baseURL.trimmed
        while base.hasSuffix("/") { base.removeLast() }
        guard base.hasPrefix("http://") || base.hasPrefix("https://") else {
            throw AppError(.badRequest, "The address of the embedding engine is missing.")
        }
        self.api = api
        self.model = model
        address = base + (api == .openAI ? "/embeddings" : "/api/embed")
        self.key = key
        self.batchSize = max(1, batchSize)
        self.concurrency = concurrency <= 0 ? 16 : concurrency
        self.transport = transport
    }

    package var identity: EmbedderIdentity {
        EmbedderIdentity(engine: api == .openAI ? "openai" : "ollama", model: model, dimension: dimension.withLock { $0 })
    }

    package func embed(_ texts: [String], as role: EmbeddingRole) async throws -> [[Float]] {
        let batches = stride(from: 0, to: texts.count, by: batchSize).map { Array(texts[$0..<min($0 + batchSize, texts.count)]) }
        var answers = [[[Float]]](repeating: [], count: batches.count)
        try await withThrowingTaskGroup(of: (Int, [[Float]]).self) { group in
            for (index, batch) in batches.enumerated() {
                if index >= concurrency, let (done, vectors) = try await group.next() { answers[done] = vectors }
                group.addTask { (index, try await self.request(batch)) }
            }
            for try await (done, vectors) in group { answers[done] = vectors }
        }
        return answers.flatMap(\.self)
    }

    private func request(_ texts: [String]) async throws -> [[Float]] {
        // Servers refuse empty texts.
        let input = texts.map { $0.isEmpty ? " " : $0 }
        var body: JSONObject = ["model": .string(model), "input": .strings(input)]
        if api == .openAI { body["encoding_format"] = "float" }
        var headers = [(name: "Content-Type", value: "application/json")]
        if !key.isEmpty { headers.append((name: "Authorization", value: "Bearer \(key)")) }
        let response: UpstreamResponse
        let bytes: [UInt8]
        do {
            response = try await transport.send(UpstreamRequest(url: address, headers: headers, body: JSONValue.object(body).jsonBytes))
            bytes = try await response.body.collect(upTo: 256 << 20)
        } catch let error as AppError where error.code == .upstreamFailed || error.code == .timeout {
            // It restarts, or the network has a bad moment: worth another try later.
            throw AppError(.unavailable, "The embedding engine cannot be reached: \(error.message)", cause: error)
        }
        guard response.status == 200 else { throw Self.refusal(response, bytes) }
        guard let answer = try? JSONValue(parsing: bytes) else {
            throw AppError(.upstreamFailed, "The embedding engine's answer is no JSON.")
        }
        let vectors = try Self.vectors(answer, api: api).map(Self.normalized)
        guard vectors.count == texts.count else {
            throw AppError(.upstreamFailed, "The embedding engine answered with \(vectors.count) vectors for \(texts.count) texts.")
        }
        try check(vectors)
        return vectors
    }

    /// All vectors of one engine have one length.
    private func check(_ vectors: [[Float]]) throws {
        let known = dimension.withLock { dimension in
            if dimension == 0 { dimension = vectors.first?.count ?? 0 }
            return dimension
        }
        guard known > 0, vectors.allSatisfy({ $0.count == known }) else {
            throw AppError(.upstreamFailed, "The embedding engine answered with vectors of another length than \(known).")
        }
    }

    private static func refusal(_ response: UpstreamResponse, _ bytes: [UInt8]) -> AppError {
        let answer = try? JSONValue(parsing: bytes)
        let said = answer?["error"]?["message"]?.string ?? answer?["error"]?.string ?? answer?["detail"]?.string ?? ""
        let message = "The embedding engine answered with status \(response.status)\(said.isEmpty ? "" : ": \(said.prefix(300))")"
        let retryAfter = response.header("retry-after").flatMap { Int($0.trimmed) }
        switch response.status {
        case 429: return AppError(.tooManyRequests, message, retryAfter: retryAfter)
        case 408, 425, 500...: return AppError(.unavailable, message, retryAfter: retryAfter)
        default: return AppError(.badRequest, message)
        }
    }

    private static func vectors(_ answer: JSONValue, api: API) throws -> [[Float]] {
        let lists: [JSONValue]
        switch api {
        case .openAI:
            let data = answer["data"]?.array ?? []
            lists = data.enumerated().sorted { ($0.element["index"]?.int ?? $0.offset) < ($1.element["index"]?.int ?? $1.offset) }
                .compactMap { $0.element["embedding"] }
        case .ollama: lists = answer["embeddings"]?.array ?? []
        }
        return try lists.map { list in
            let vector = (list.array ?? []).compactMap { $0.double.map(Float.init) }
            guard !vector.isEmpty, vector.count == list.array?.count, vector.allSatisfy(\.isFinite) else {
                throw AppError(.upstreamFailed, "The embedding engine answered with something that is no vector.")
            }
            return vector
        }
    }

    private static func normalized(_ vector: [Float]) -> [Float] {
        let length = vector.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }
}
