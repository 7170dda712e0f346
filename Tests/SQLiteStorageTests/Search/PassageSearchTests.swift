import Domain
import Foundation
import GRDB
import Logging
import Testing

@testable import SQLiteStorage

/// A database in a folder of its own with documents made of given passages.
private final class SearchFixture {
    let folder = NSTemporaryDirectory() + "haneul-search-" + makeID()
    let database: SQLiteDatabase
    let documents: SQLiteDocumentStore
    let embedder = EmbedderIdentity(engine: "", model: "test", dimension: 32)

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        database = try SQLiteDatabase(path: folder + "/test.db")
        documents = SQLiteDocumentStore(database: database)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func search() -> SQLitePassageSearch {
        SQLitePassageSearch(database: database, indexFolder: folder + "/vectors", logger: Logger(label: "test"))
    }

    /// - Returns: the document's id.
    func add(_ texts: [String], vectors: [[Float]]? = nil, name: String = makeID()) async throws -> Int64 {
        let holder = DocumentHolder.collection(TextCollectionEntry(name: name, userID: "u", title: name))
        let draft = try await documents.draft(for: holder)
        let document = try await documents.claim(draft, for: holder, key: name, contentHash: name)
        let vectors = vectors ?? texts.indices.map { Self.vector(seed: UInt64(draft) &* 1_000_003 &+ UInt64($0)) }
        let chunks = texts.map { ChunkDraft(text: $0, indexText: $0, startIndex: 0) }
        try await documents.append(chunks, vectors: [PassageVectors(embedder: embedder, vectors: vectors)], to: document.id)
        try await documents.finish(document.id)
        return document.id
    }

    /// A direction that the seed decides.
    static func vector(seed: UInt64, count: Int = 32) -> [Float] {
        var state = seed
        let values = (0..<count).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(Int32(truncatingIfNeeded: state >> 32)) / Float(Int32.max)
        }
        let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }
}

struct PassageSearchTests {
    @Test func `the nearest passages are those of an exact search over floats`() async throws {
        let fixture = try SearchFixture()
        let search = fixture.search()
        var all: [(document: Int64, vector: [Float])] = []
        for part in 0..<10 {
            let vectors = (0..<300).map { SearchFixture.vector(seed: UInt64(part * 1000 + $0)) }
            let id = try await fixture.add(vectors.indices.map { "text \(part) \($0)" }, vectors: vectors)
            all += vectors.map { (id, $0) }
        }
        let ids = try await fixture.database.pool.read { try Int64.fetchAll($0, sql: "SELECT id FROM chunk ORDER BY id") }
        var found = 0
        let allowed = Set(all.map(\.document).filter { $0 % 2 == 1 })
        for question in 0..<50 {
            let query = SearchFixture.vector(seed: UInt64(900_000 + question))
            let exact = all.indices.filter { allowed.contains(all[$0].document) }.map { index in
                (ids[index], zip(all[index].vector, query).reduce(Float(0)) { $0 + $1.0 * $1.1 })
            }.sorted { $0.1 > $1.1 }.prefix(10)
            let matches = try await search.nearest(to: query, embedder: fixture.embedder.key, in: allowed, limit: 10)
            #expect(matches.count == 10)
            #expect(zip(matches, matches.dropFirst()).allSatisfy { $0.cosine >= $1.cosine })
            found += Set(exact.map(\.0)).intersection(matches.map(\.id)).count
        }
        #expect(Double(found) / 500 >= 0.99)
    }

    @Test func `new passages are found at once and deleted ones never again`() async throws {
        let fixture = try SearchFixture()
        let search = fixture.search()
        let (mine, other) = (SearchFixture.vector(seed: 1), SearchFixture.vector(seed: 2))
        let first = try await fixture.add(["one"], vectors: [mine], name: "a")
        #expect(try await search.nearest(to: mine, embedder: fixture.embedder.key, in: [first], limit: 5).count == 1)
        let second = try await fixture.add(["two"], vectors: [other], name: "b")
        let both = try await search.nearest(to: other, embedder: fixture.embedder.key, in: [first, second], limit: 5)
        #expect(both.count == 2 && both[0].cosine > 0.999)
        let collections = SQLiteCollectionStore(database: fixture.database)
        #expect(try await collections.deleteTexts(of: "b"))
        #expect(try await collections.documents(in: [.text("b")]).isEmpty)
        #expect(try await search.nearest(to: other, embedder: fixture.embedder.key, in: [second], limit: 5).isEmpty)
        #expect(try await search.matching("two", in: [first, second], limit: 5).isEmpty)
    }

    @Test func `nothing outside of the set is scored and unknown encoders find nothing`() async throws {
        let fixture = try SearchFixture()
        let search = fixture.search()
        let vector = SearchFixture.vector(seed: 1)
        let hidden = try await fixture.add(["secret keeper"], vectors: [vector])
        let open = try await fixture.add(["open keeper"], vectors: [SearchFixture.vector(seed: 2)])
        let matches = try await search.nearest(to: vector, embedder: fixture.embedder.key, in: [open], limit: 5)
        let words = try await search.matching("secret keeper", in: [open], limit: 5)
        #expect(matches.count == 1 && words.count == 1 && words[0].terms == ["keeper"])
        #expect(try await search.nearest(to: vector, embedder: "local:other", in: [hidden, open], limit: 5).isEmpty)
        #expect(try await search.nearest(to: [1, 0], embedder: fixture.embedder.key, in: [hidden, open], limit: 5).isEmpty)
        #expect(try await search.nearest(to: vector, embedder: fixture.embedder.key, in: [], limit: 5).isEmpty)
        #expect(try await search.nearest(to: vector, embedder: fixture.embedder.key, in: [hidden], limit: 0).isEmpty)
    }

    @Test(arguments: ["missing", "torn", "other database"])
    func `a lost or foreign index file is made anew`(_ kind: String) async throws {
        let fixture = try SearchFixture()
        let vectors = (0..<100).map { SearchFixture.vector(seed: UInt64($0)) }
        let id = try await fixture.add(vectors.indices.map { "t\($0)" }, vectors: vectors)
        let expected = try await fixture.search().nearest(to: vectors[7], embedder: fixture.embedder.key, in: [id], limit: 3)
        let folder = fixture.folder + "/vectors"
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let path = folder + "/" + name
            switch kind {
            case "missing": try FileManager.default.removeItem(atPath: path)
            case "torn": try Data(try Data(contentsOf: URL(fileURLWithPath: path)).prefix(50)).write(to: URL(fileURLWithPath: path))
            default: try Data(repeating: 7, count: 9000).write(to: URL(fileURLWithPath: path))
            }
        }
        #expect(try await fixture.search().nearest(to: vectors[7], embedder: fixture.embedder.key, in: [id], limit: 3) == expected)
        #expect(expected.count == 3 && expected[0].cosine > 0.999)
    }

    @Test(arguments: [
        ("서고 번호가 무엇인가요?", 1), ("HX-2291-C", 0), ("hx2291c", 0), ("2291", 0), ("lighthouse keepers", 2), ("ＪＪ－２０８", 1), ("도서관", 1),
    ])
    func `words, pairs and codes find their passage first`(_ question: String, _ expected: Int) async throws {
        let fixture = try SearchFixture()
        let texts = [
            "The valve HX-2291-C must be replaced every year.", "북촌 도서관의 비밀 서고 번호는 JJ-208 이다.", "The lighthouse keeper on Marrow Point is Odile.",
            "Sourdough bread needs flour, salt and water.",
        ]
        let id = try await fixture.add(texts)
        let chunks = try await fixture.documents.chunks(of: id)
        let matches = try await fixture.search().matching(question, in: [id], limit: 3)
        #expect(matches.first?.id == chunks[expected].id)
        #expect((matches.first?.coverage ?? 0) > 0.3)
        #expect(matches.allSatisfy { !$0.terms.isEmpty })
    }

    @Test(arguments: ["", "?!", "nothinglikethis", "the of and", "\" OR * NEAR(", "AND OR NOT"])
    func `questions without a telling word do no harm`(_ question: String) async throws {
        let fixture = try SearchFixture()
        let id = try await fixture.add(["A plain passage."])
        #expect(try await fixture.search().matching(question, in: [id], limit: 3).isEmpty)
    }

    @Test func `keywords agree whether a set is small or large`() async throws {
        let fixture = try SearchFixture()
        // More passages than a small set may have.
        let large = try await fixture.add((0..<4200).map { "common words number\($0) " + ($0 == 4000 ? "needle" : "hay") })
        let small = try await fixture.add(["another needle in common words"])
        let search = fixture.search()
        #expect(try await search.matching("needle", in: [large], limit: 3).count == 1)
        #expect(try await search.matching("needle", in: [small], limit: 3).count == 1)
        #expect(try await search.matching("needle common", in: [large, small], limit: 3).prefix(2).allSatisfy { $0.terms.contains("needle") })
    }
}
