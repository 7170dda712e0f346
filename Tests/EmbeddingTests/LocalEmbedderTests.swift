import Domain
import Embedding
import Foundation
import Testing

struct LocalEmbedderTests {
    static let fixtures = ["all-MiniLM-L6-v2", "multilingual-e5-small"]

    private func embedder(_ name: String) throws -> LocalEmbedder { try EncoderFixture.embedder(name) }

    @Test(arguments: fixtures)
    func `tokens are those of the reference library`(name: String) throws {
        let fixture = try EncoderFixture(name)
        let embedder = try embedder(name)
        #expect(fixture.rows.count >= 50)
        for row in fixture.rows { #expect(embedder.tokens(of: row.text, as: .passage) == row.ids, "\(row.testDescription)") }
    }

    @Test(arguments: fixtures, [EncoderPrecision.float, .fixed])
    func `vectors agree with the reference library`(name: String, precision: EncoderPrecision) async throws {
        let fixture = try EncoderFixture(name)
        let embedder = try LocalEmbedder(folder: EncoderFixture.folder(name), model: name, threads: 2, precision: precision)
        let vectors = try await embedder.embed(fixture.rows.map(\.text), as: .passage)
        #expect(vectors.count == fixture.rows.count)
        for (row, vector) in zip(fixture.rows, vectors) {
            #expect(cosine(row.vector, vector) >= 0.9999, "\(row.testDescription)")
            #expect(vector.count == embedder.identity.dimension)
            #expect(abs(vector.reduce(0) { $0 + $1 * $1 } - 1) < 1e-4)
        }
    }

    @Test(arguments: fixtures)
    func `narrow inputs change vectors by less than a thousandth`(name: String) async throws {
        let fixture = try EncoderFixture(name)
        let embedder = try LocalEmbedder(folder: EncoderFixture.folder(name), model: name, threads: 2, precision: .narrow)
        let vectors = try await embedder.embed(fixture.rows.map(\.text), as: .passage)
        // Only the 4-bit copy has layers that can be multiplied so; others stay exact.
        let floor = name.contains("e5") ? 0.999 : 0.9999
        for (row, vector) in zip(fixture.rows, vectors) { #expect(cosine(row.vector, vector) >= floor, "\(row.testDescription)") }
    }

    @Test func `a text's vector does not depend on its neighbours in the batch`() async throws {
        let embedder = try embedder("all-MiniLM-L6-v2")
        let texts = ["", "one", "two words", "보일러 압력", String(repeating: "long text ", count: 400), "three short words"]
        let together = try await embedder.embed(texts, as: .passage)
        for (text, vector) in zip(texts, together) {
            let alone = try await embedder.embed([text], as: .query)[0]
            #expect(cosine(alone, vector) > 0.999_999, "\(text.prefix(20))")
        }
    }

    @Test func `many texts at once keep their order`() async throws {
        let embedder = try embedder("all-MiniLM-L6-v2")
        let texts = (0..<100).map { "entry number \($0)" }
        let vectors = try await embedder.embed(texts, as: .passage)
        for index in [0, 31, 32, 63, 99] {
            let alone = try await embedder.embed([texts[index]], as: .passage)[0]
            #expect(cosine(alone, vectors[index]) > 0.999_999)
        }
        #expect(try await embedder.embed([], as: .passage).isEmpty)
    }

    @Test func `a cancelled task does not wait for its vectors`() async throws {
        let embedder = try embedder("all-MiniLM-L6-v2")
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await embedder.embed(["text"], as: .passage)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test func `an English model says how little it reads of Korean`() throws {
        let embedder = try embedder("all-MiniLM-L6-v2")
        #expect(embedder.coverage(of: "How do I reset the boiler when the pressure drops?") > 0.95)
        #expect(embedder.coverage(of: "보일러 압력이 낮을 때는 어떻게 해야 하나요?") < 0.1)
        #expect(embedder.coverage(of: "今天天气很好，我们去公园吧") < 0.1)
        let mixed = embedder.coverage(of: "Kubernetes 클러스터 재시작 방법을 restart 하세요")
        #expect(mixed > 0.2 && mixed < 0.8)
        #expect(embedder.coverage(of: "") == 1)
    }

    @Test func `a multilingual model reads Korean, and says so of scripts that nobody writes`() throws {
        let embedder = try embedder("multilingual-e5-small")
        #expect(embedder.coverage(of: "보일러 압력이 낮을 때는 어떻게 해야 하나요?") == 1)
        #expect(embedder.coverage(of: "How do I reset the boiler?") == 1)
        #expect(embedder.coverage(of: "𓀀𓀁𓀂𓀃") < 0.5)
    }

    @Test func `questions and passages get their prefixes`() async throws {
        let embedder = try embedder("multilingual-e5-small")
        let question = embedder.tokens(of: "boiler", as: .query)
        let passage = embedder.tokens(of: "boiler", as: .passage)
        #expect(question != passage)
        #expect(question == embedder.tokens(of: "boiler", as: .query))
        let passages = [
            "보일러 압력이 0.8바 아래로 내려가면 보충 밸브를 엽니다.", "도서관은 매주 월요일에 쉽니다.", "The ferry leaves the north pier at 07:20.",
        ]
        let vectors = try await embedder.embed(passages, as: .passage)
        for (query, best) in [
            ("보일러 압력이 낮아요", 0), ("What do I do when the boiler pressure is low?", 0), ("도서관 쉬는 날", 1), ("When does the ferry leave?", 2),
        ] {
            let vector = try await embedder.embed([query], as: .query)[0]
            let scores = vectors.map { cosine($0, vector) }
            #expect(scores.firstIndex(of: scores.max()!) == best, "\(query): \(scores)")
        }
    }

    @Test func `Hangul written letter by letter is the same text`() async throws {
        let embedder = try embedder("multilingual-e5-small")
        let text = "보일러 압력이 낮을 때 닭갈비"
        let letters = text.decomposedStringWithCanonicalMapping
        #expect(letters.unicodeScalars.count > text.unicodeScalars.count)
        #expect(embedder.tokens(of: letters, as: .passage) == embedder.tokens(of: text, as: .passage))
    }

    @Test func `the identity names the local engine`() throws {
        let embedder = try embedder("all-MiniLM-L6-v2")
        #expect(embedder.identity == EmbedderIdentity(engine: "", model: "all-MiniLM-L6-v2", dimension: 384))
    }
}
