import Domain
import Foundation
import Logging
import SQLiteStorage
import Synchronization
import Testing

/// The index moves from one encoder to another while files come in.
struct EncoderMoveTests {
    @Test func `new passages are found through the old encoder until the new one is whole`() async throws {
        let bench = try Bench()
        try await bench.add("one")
        #expect(try await bench.desk.searchEmbedder().identity.model == "old")
        bench.gate.isOpen = false
        try await bench.choose("new")
        #expect(try await bench.desk.searchEmbedder().identity.model == "old", "the old index answers")
        let id = try await bench.add("two")
        #expect(try await bench.found("old") == 2)
        #expect(try await bench.vectors(of: "old", in: id) == 1)
        #expect(try await bench.vectors(of: "new", in: id) == 1)
        bench.gate.isOpen = true
        while try await bench.desk.searchEmbedder().identity.model != "new" { try await Task.sleep(for: .milliseconds(5)) }
        #expect(try await bench.found("new") == 2)
        await bench.desk.stop()
    }

    @Test func `an old encoder that is broken does not keep files from being indexed`() async throws {
        let bench = try Bench()
        try await bench.add("one")
        bench.gate.isOpen = false
        try await bench.choose("new")
        bench.gate.isBroken = true
        let id = try await bench.add("two")
        #expect(try await bench.vectors(of: "new", in: id) == 1)
        #expect(try await bench.vectors(of: "old", in: id) == 0)
        bench.gate.isOpen = true
        await bench.desk.stop()
    }
}

/// Holds up the encoder that the index moves to, for texts that were there before; breaks the old one.
private final class Gate: Sendable {
    private let state = Mutex((isOpen: true, isBroken: false))
    var isOpen: Bool {
        get { state.withLock { $0.isOpen } }
        set { state.withLock { $0.isOpen = newValue } }
    }
    var isBroken: Bool {
        get { state.withLock { $0.isBroken } }
        set { state.withLock { $0.isBroken = newValue } }
    }
}

private struct GatedEncoder: Embedder {
    let identity: EmbedderIdentity
    let gate: Gate

    func embed(_ texts: [String], as role: EmbeddingRole) async throws -> [[Float]] {
        if identity.model == "old", gate.isBroken { throw AppError(.unavailable, "It is gone.") }
        while identity.model == "new", texts == ["one"], !gate.isOpen { try await Task.sleep(for: .milliseconds(2)) }
        return texts.map { _ in [1, 0, 0] }
    }
}

private final class Bench: Sendable {
    let folder = NSTemporaryDirectory() + "haneul-move-" + makeID()
    let database: SQLiteDatabase
    let documents: SQLiteDocumentStore
    let settings: Settings
    let desk: EncoderDesk
    let search: SQLitePassageSearch
    let builder: DocumentBuilder
    let gate = Gate()

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let database = try SQLiteDatabase(path: folder + "/test.db")
        let (settings, gate) = (try Settings(environment: ["RAG_EMBEDDING_MODEL": "old"]), gate)
        let search = SQLitePassageSearch(database: database, indexFolder: folder + "/vectors", logger: Logger(label: "test"))
        let desk = EncoderDesk(
            settings: settings, store: SQLiteVectorStore(database: database),
            open: { GatedEncoder(identity: EmbedderIdentity(engine: "", model: $0.model, dimension: 3), gate: gate) },
            openReranker: { _ in throw AppError.notFound }, changed: { await search.invalidateVectors() }, logger: Logger(label: "test"))
        documents = SQLiteDocumentStore(database: database)
        builder = DocumentBuilder(documents: documents, encoders: { try await desk.ingestionEncoders() }, makeDigest: { LengthDigest() })
        (self.database, self.settings, self.desk, self.search) = (database, settings, desk, search)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    func choose(_ model: String) async throws {
        try await settings.update(["RAG_EMBEDDING_MODEL": .string(model)])
        await desk.settingsChanged()
    }

    @discardableResult
    func add(_ text: String) async throws -> Int64 {
        let recipe = IngestionRecipe(chunking: ChunkingOptions())
        let holder = DocumentHolder.collection(TextCollectionEntry(name: text, userID: "u", title: ""))
        let document = try await builder.store(text, for: holder, recipe: recipe)
        try await builder.build(document.id, recipe: recipe)
        return document.id
    }

    /// Passages that a search with this encoder finds.
    func found(_ model: String) async throws -> Int {
        let all = try await SQLiteCollectionStore(database: database).documents(in: [.text("one"), .text("two")])
        return try await search.nearest(to: [1, 0, 0], embedder: "local:" + model, in: all, limit: 10).count
    }

    func vectors(of model: String, in document: Int64) async throws -> Int {
        let ids = try await documents.chunks(of: document).map(\.id)
        return try await search.cosines(of: ids, to: [1, 0, 0], embedder: "local:" + model).count
    }
}

/// Different for texts of different beginnings, which is enough here.
private struct LengthDigest: StreamingDigest {
    private var value: UInt64 = 17
    mutating func update(_ bytes: UnsafeRawBufferPointer) { for byte in bytes { value = value &* 31 &+ UInt64(byte) } }
    func hex() -> String { String(value, radix: 16) }
}
