import Domain
import Synchronization
import Testing

struct PagePassagesTests {
    private static let item: JSONObject = ["type": "url", "url": "https://example.com/a"]

    private func passages(_ text: String, _ encoder: CountingEncoder = CountingEncoder()) throws -> (PagePassages, CountingReader) {
        let reader = CountingReader(text: text)
        return (
            PagePassages(reader: reader, embedders: encoder, settings: try Settings(environment: ["CHUNK_SIZE": "200", "CHUNK_OVERLAP": "0"])), reader
        )
    }

    private let long =
        (0..<200).map { "Paragraph \($0) speaks of harbours and ledgers and of nothing else in the world." }
        .joined(separator: "\n\n") + "\n\nThe password of the lighthouse is MANGROVE.\n\n" + String(repeating: "More words stand here. ", count: 40)

    @Test func `only the passages that fit go into the prompt`() async throws {
        let (pages, _) = try passages(long)
        let source = try await pages.best("https://example.com/a", queries: ["What is the password of the lighthouse?"], item: Self.item)
        #expect(source.documents.count == 3)
        #expect(source.documents[0].contains("MANGROVE"))
        #expect(source.distances?.count == 3 && source.distances == source.distances?.sorted(by: >))
        #expect(source.metadata[0]["source"]?.string == "https://example.com/a" && source.metadata[0]["name"]?.string == "Title")
        #expect((source.metadata[0]["start_index"]?.int ?? 0) > 10_000)
    }

    @Test func `a short page goes in whole and costs no encoding`() async throws {
        let encoder = CountingEncoder()
        let (pages, _) = try passages("Short.\n\nPage.", encoder)
        let source = try await pages.best("https://example.com/a", queries: ["anything"], item: Self.item)
        #expect(source.documents == ["Short.\n\nPage."])
        #expect(encoder.texts == 0)
    }

    @Test func `the next turn neither reads nor encodes the page again`() async throws {
        let encoder = CountingEncoder()
        let (pages, reader) = try passages(long, encoder)
        _ = try await pages.best("https://example.com/a", queries: ["harbours"], item: Self.item)
        let before = encoder.texts
        _ = try await pages.best("https://example.com/a", queries: ["harbours"], item: Self.item)
        #expect(reader.reads == 1)
        #expect(encoder.texts - before == 1, "the question only")
    }

    @Test func `a page is never longer than the limit`() async throws {
        let (pages, _) = try passages(String(repeating: "가", count: 100_000))
        let source = try await pages.whole("https://example.com/a", item: Self.item)
        #expect(source.documents[0].unicodeScalars.count == 40_000)
    }
}

private final class CountingReader: PageReader {
    private let text: String
    private let count = Mutex(0)
    var reads: Int { count.withLock { $0 } }

    init(text: String) { self.text = text }

    func read(_ url: String) async throws -> WebPage {
        count.withLock { $0 += 1 }
        return WebPage(url: url, title: "Title", text: text)
    }
}

/// Counts what it encodes; all texts mean the same to it.
private final class CountingEncoder: Embedder, SearchEncoders {
    let identity = EmbedderIdentity(engine: "", model: "counting", dimension: 2)
    private let count = Mutex(0)
    var texts: Int { count.withLock { $0 } }

    func embed(_ texts: [String], as role: EmbeddingRole) async throws -> [[Float]] {
        count.withLock { $0 += texts.count }
        return texts.map { _ in [1, 0] }
    }

    func searchEmbedder() async throws -> any Embedder { self }
    func reranker() async throws -> (any Reranker)? { nil }
}
