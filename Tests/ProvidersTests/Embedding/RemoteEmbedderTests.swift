import Domain
import Providers
import TestSupport
import Testing

struct RemoteEmbedderTests {
    private func embedder(_ api: RemoteEmbedder.API, _ transport: ScriptedTransport, batch: Int = 2) throws -> RemoteEmbedder {
        try RemoteEmbedder(
            api: api, model: "m", baseURL: "http://up/v1/", key: "secret", batchSize: batch, concurrency: 1, transport: transport)
    }

    /// Answers with [position of the text's first character, 0], out of order for OpenAI.
    private static func answer(_ request: UpstreamRequest, ollama: Bool) -> UpstreamResponse {
        let vectors = (request.json["input"]?.array ?? []).map { text -> JSONValue in
            [.double(Double(text.string?.unicodeScalars.first?.value ?? 0)), 1.0]
        }
        if ollama { return .json(["embeddings": .array(vectors)]) }
        let data = vectors.enumerated().map { JSONValue.object(["index": .int($0.offset), "embedding": $0.element]) }
        return .json(["data": .array(data.reversed())])
    }

    @Test(arguments: [true, false])
    func `texts go out in batches and vectors come back in order with length one`(_ isOllama: Bool) async throws {
        let transport = ScriptedTransport { Self.answer($0, ollama: isOllama) }
        let embedder = try embedder(isOllama ? .ollama : .openAI, transport)
        #expect(embedder.identity.dimension == 0)
        let vectors = try await embedder.embed(["a", "b", ""], as: .passage)
        #expect(vectors.count == 3 && embedder.identity.dimension == 2)
        #expect(vectors.allSatisfy { abs($0[0] * $0[0] + $0[1] * $0[1] - 1) < 1e-5 })
        #expect(vectors[1][0] / vectors[1][1] > vectors[0][0] / vectors[0][1])
        #expect(transport.requests.map(\.url) == Array(repeating: isOllama ? "http://up/v1/api/embed" : "http://up/v1/embeddings", count: 2))
        #expect(transport.requests[0].header("authorization") == "Bearer secret")
        #expect(transport.requests[1].json["input"]?.array?.first?.string == " ")
    }

    @Test(arguments: [(429, AppError.Code.tooManyRequests), (503, .unavailable), (500, .unavailable), (401, .badRequest), (404, .badRequest)])
    func `a refusal says whether trying again makes sense`(_ status: Int, _ code: AppError.Code) async throws {
        let transport = ScriptedTransport { _ in .json(["error": ["message": "no"]], status: status, headers: [(name: "retry-after", value: "7")]) }
        let error = await #expect(throws: AppError.self) { try await embedder(.openAI, transport).embed(["a"], as: .query) }
        #expect(error?.code == code)
        #expect(code == .badRequest || error?.retryAfter == 7)
    }

    @Test(
        arguments: [
            ["data": []], ["data": [["embedding": []]]], ["data": [["embedding": ["x"]]]], "text",
            ["data": [["embedding": [1.0]], ["embedding": [2.0]]]],
        ] as [JSONValue])
    func `answers that are no vectors are refused`(_ answer: JSONValue) async throws {
        let transport = ScriptedTransport { _ in .json(answer) }
        await #expect(throws: AppError.self) { try await embedder(.openAI, transport).embed(["a"], as: .query) }
    }

    @Test func `vectors that change their length are refused`() async throws {
        let transport = ScriptedTransport { request in
            request.json["input"]?[0]?.string == "a" ? .json(["data": [["embedding": [1.0, 0.0]]]]) : .json(["data": [["embedding": [1.0]]]])
        }
        let embedder = try embedder(.openAI, transport)
        _ = try await embedder.embed(["a"], as: .query)
        await #expect(throws: AppError.self) { try await embedder.embed(["b"], as: .query) }
    }

    @Test(arguments: ["", "ftp://x", "example.com"])
    func `an address is needed`(_ url: String) {
        #expect(throws: AppError.self) {
            try RemoteEmbedder(
                api: .openAI, model: "m", baseURL: url, key: "", batchSize: 1, concurrency: 1, transport: ScriptedTransport { _ in .json([:]) })
        }
    }
}
