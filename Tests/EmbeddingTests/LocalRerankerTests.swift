import Domain
import Embedding
import Foundation
import Testing

/// Tiny models with random weights and what the real libraries say of them: `Scripts/encoders/make_tiny_models.py`.
struct TinyModels {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures/tiny"

    static func expected(_ name: String) throws -> [JSONValue] {
        let document = try JSONValue(parsing: Data(contentsOf: URL(fileURLWithPath: root + "/expected.json")))
        return try #require(document[name]?.array)
    }

    static func ids(_ row: JSONValue) -> [Int32] { (row["ids"]?.array ?? []).compactMap { $0.int.map(Int32.init) } }
}

struct LocalRerankerTests {
    @Test(arguments: ["bert-reranker", "xlmr-reranker-f16"], [EncoderPrecision.float, .fixed, .narrow])
    func `pairs are scored as by the reference library`(name: String, precision: EncoderPrecision) async throws {
        let reranker = try LocalReranker(folder: TinyModels.root + "/" + name, threads: 1, precision: precision)
        let rows = try TinyModels.expected(name)
        #expect(rows.count >= 10)
        for row in rows {
            let query = try #require(row["query"]?.string)
            let passage = try #require(row["passage"]?.string)
            #expect(reranker.tokens(query: query, passage: passage) == TinyModels.ids(row), "\(query.prefix(20)) / \(passage.prefix(20))")
            let score = try await reranker.score(query: query, passages: [passage])[0]
            // Random weights amplify rounding more than trained ones do.
            #expect(abs(Double(score) - row["score"]!.double!) < (precision == .float ? 1e-4 : 5e-3), "\(query.prefix(20)) / \(passage.prefix(20))")
        }
    }

    @Test func `scores come in the order of the passages`() async throws {
        let reranker = try LocalReranker(folder: TinyModels.root + "/bert-reranker", threads: 2)
        let passages = (0..<11).map { "passage number \($0) about the river gauge" }
        let together = try await reranker.score(query: "river", passages: passages)
        for (passage, score) in zip(passages, together) {
            let alone = try await reranker.score(query: "river", passages: [passage])[0]
            #expect(abs(alone - score) < 1e-4)
        }
        #expect(try await reranker.score(query: "river", passages: []).isEmpty)
    }

    @Test func `an encoder is no reranker`() {
        let error = #expect(throws: AppError.self) { try LocalReranker(folder: TinyModels.root + "/bert-first-bf16") }
        #expect(error?.code == .badRequest)
    }
}

struct TinyEncoderTests {
    @Test(arguments: [EncoderPrecision.float, .fixed, .narrow])
    func `vocab txt, bfloat16 and first-token pooling agree with the reference library`(precision: EncoderPrecision) async throws {
        let embedder = try LocalEmbedder(folder: TinyModels.root + "/bert-first-bf16", model: "tiny", threads: 1, precision: precision)
        #expect(embedder.identity.dimension == 32)
        for row in try TinyModels.expected("bert-first-bf16") {
            let text = try #require(row["text"]?.string)
            #expect(embedder.tokens(of: text, as: .passage) == TinyModels.ids(row), "\(text.prefix(30))")
            let vector = try await embedder.embed([text], as: .passage)[0]
            let expected = (row["vector"]?.array ?? []).compactMap { $0.double.map(Float.init) }
            #expect(cosine(vector, expected) >= 0.9999, "\(text.prefix(30))")
        }
    }
}
