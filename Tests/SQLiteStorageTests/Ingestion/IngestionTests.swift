import Domain
import Foundation
import GRDB
import Logging
import SQLiteStorage
import Synchronization
import Testing

/// The whole way of a file on the real stores, with an encoder and an extractor that do what a test tells them.
struct IngestionTests {
    @Test func `a file becomes searchable with its text, passages, vectors and keywords`() async throws {
        let bench = try Bench()
        let file = try await bench.upload("first paragraph\n\nsecond paragraph")
        let done = try #require(try await bench.queue.wait(for: file.id))
        #expect(done.state == .completed)
        #expect(done.collectionName == "file-" + file.id)
        let documentID = try #require(done.documentID)
        let document = try #require(try await bench.store.find(documentID))
        #expect(document.state == .indexed)
        #expect(document.chunkCount == 1)
        #expect(try await bench.store.text(of: document.id) == "first paragraph\n\nsecond paragraph")
        #expect(try await bench.count("SELECT count(*) FROM chunk_vector") == 1)
        #expect(try await bench.count("SELECT count(*) FROM chunk_keyword WHERE chunk_keyword MATCH 'paragraph'") == 1)
        #expect(try await bench.count("SELECT count(*) FROM ingestion") == 0)
    }

    @Test func `files with the same text share one document, whoever comes first, and it goes with the last`() async throws {
        let bench = try Bench()
        let text = String(repeating: "the same words in every file. ", count: 400)
        let files = try await withThrowingTaskGroup(of: File.self) { group in
            for _ in 0..<6 { group.addTask { try await bench.upload(text) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        var documents = Set<Int64>()
        for file in files { documents.insert(try #require(try await bench.queue.wait(for: file.id)?.documentID)) }
        #expect(documents.count == 1)
        let chunks = try await bench.count("SELECT count(*) FROM chunk")
        #expect(try await bench.count("SELECT count(DISTINCT ordinal) FROM chunk") == chunks)
        #expect(bench.encoder.texts == chunks, "nothing is embedded twice")
        for file in files.dropLast() { try await bench.library.delete(file.id) }
        #expect(try await bench.count("SELECT count(*) FROM chunk") == chunks)
        try await bench.library.delete(try #require(files.last).id)
        for table in ["document", "document_text", "chunk", "chunk_vector", "chunk_keyword"] {
            #expect(try await bench.count("SELECT count(*) FROM \(table)") == 0, "\(table)")
        }
    }

    @Test func `files with the same text do not wait for each other for ever when there is one place only`() async throws {
        let bench = try Bench(settings: ["HANEUL_INGESTION_CONCURRENCY": "1"])
        let text = (0..<300).map { "Paragraph number \($0) " + String(repeating: "with words ", count: 60) }.joined(separator: "\n\n")
        var files: [File] = []
        for _ in 0..<4 { files.append(try await bench.upload(text)) }
        for file in files { #expect(try await bench.queue.wait(for: file.id)?.state == .completed) }
        #expect(try await bench.count("SELECT count(*) FROM document") == 1)
    }

    @Test(arguments: ["", " \n\t ", "\u{FEFF}\n"])
    func `a file without text fails with that reason and leaves nothing`(_ text: String) async throws {
        let bench = try Bench()
        let file = try await bench.upload(text)
        let done = try #require(try await bench.queue.wait(for: file.id))
        #expect(done.state == .failed)
        #expect(done.failure == AppError.emptyContent.message)
        #expect(done.contentHash == nil)
        #expect(try await bench.count("SELECT count(*) FROM document") == 0)
    }

    @Test func `one bad file holds nobody up`() async throws {
        let bench = try Bench(settings: ["HANEUL_INGESTION_CONCURRENCY": "1"])
        let bad = try await bench.upload("FAIL this one")
        let good = try await bench.upload("this one is fine")
        #expect(try await bench.queue.wait(for: good.id)?.state == .completed)
        let failed = try #require(try await bench.queue.wait(for: bad.id))
        #expect(failed.state == .failed)
        #expect(failed.failure == "The file is corrupt.")
    }

    @Test func `an encoder that is busy is asked again, and what was done stays done`() async throws {
        let bench = try Bench()
        bench.encoder.refusals = [nil, AppError(.unavailable, "The engine is starting."), AppError(.tooManyRequests, "Slow down.")]
        let text = (0..<300).map { "Paragraph number \($0) " + String(repeating: "with words ", count: 60) }.joined(separator: "\n\n")
        let file = try await bench.upload(text)
        let done = try #require(try await bench.queue.wait(for: file.id))
        #expect(done.state == .completed)
        let chunks = try await bench.count("SELECT count(*) FROM chunk")
        #expect(chunks > 128)
        #expect(try await bench.count("SELECT max(ordinal) + 1 FROM chunk") == chunks)
        #expect(bench.encoder.texts == chunks)
    }

    @Test func `an encoder that never answers ends in a failure that names it`() async throws {
        let bench = try Bench(retry: RetryPolicy(first: 0, longest: 0, limit: 3))
        bench.encoder.refusals = Array(repeating: AppError(.unavailable, "The engine is down."), count: 10)
        let file = try await bench.upload("some text")
        let done = try #require(try await bench.queue.wait(for: file.id))
        #expect(done.state == .failed)
        #expect(done.failure == "The engine is down.")
        #expect(try await bench.count("SELECT count(*) FROM document") == 0)
    }

    @Test func `another queue on the same data goes on where the first was stopped`() async throws {
        let bench = try Bench()
        bench.encoder.stopsAfter = 2
        let text = (0..<400).map { "Paragraph number \($0) " + String(repeating: "with words ", count: 60) }.joined(separator: "\n\n")
        let file = try await bench.upload(text)
        await bench.encoder.waitUntilStopped()
        await bench.queue.stop()
        #expect(try await bench.files.find(file.id)?.state == .processing)
        let kept = try await bench.count("SELECT count(*) FROM chunk")
        #expect(kept == 128)
        bench.encoder.stopsAfter = nil
        let second = try Bench(on: bench)
        try await second.queue.start()
        #expect(try await second.queue.wait(for: file.id)?.state == .completed)
        let chunks = try await bench.count("SELECT count(*) FROM chunk")
        #expect(try await bench.count("SELECT count(DISTINCT ordinal) FROM chunk") == chunks)
        #expect(second.encoder.texts == chunks - kept)
    }

    @Test func `deleting a file in the middle of its work leaves nothing`() async throws {
        let bench = try Bench()
        bench.encoder.stopsAfter = 1
        let text = (0..<400).map { "Paragraph number \($0) " + String(repeating: "with words ", count: 60) }.joined(separator: "\n\n")
        let file = try await bench.upload(text)
        await bench.encoder.waitUntilStopped()
        try await bench.library.delete(file.id)
        #expect(try await bench.queue.wait(for: file.id) == nil)
        for table in ["file", "ingestion", "document", "chunk", "chunk_keyword"] {
            #expect(try await bench.count("SELECT count(*) FROM \(table)") == 0, "\(table)")
        }
        #expect(try await bench.blobs.all().isEmpty)
    }

    @Test func `a new text takes the place of the old one at once and everywhere`() async throws {
        let bench = try Bench()
        let file = try await bench.upload("the old wording")
        let before = try #require(try await bench.queue.wait(for: file.id))
        let after = try await bench.library.replaceText(of: before, with: "the new wording")
        #expect(after.documentID != before.documentID)
        #expect(try await bench.library.text(of: after) == "the new wording")
        #expect(try await bench.count("SELECT count(*) FROM document") == 1)
        await #expect(throws: AppError.self) { try await bench.library.replaceText(of: after, with: " \n") }
        #expect(try await bench.library.text(of: after) == "the new wording")
    }

    @Test func `a new text that cannot be embedded leaves the old one in place`() async throws {
        let bench = try Bench(retry: RetryPolicy(first: 0, longest: 0, limit: 0))
        let file = try await bench.upload("the old wording")
        let before = try #require(try await bench.queue.wait(for: file.id))
        bench.encoder.refusals = [AppError(.unavailable, "The engine is down.")]
        await #expect(throws: AppError.self) { try await bench.library.replaceText(of: before, with: "the new wording") }
        let after = try #require(try await bench.files.find(file.id))
        #expect(after.state == .completed)
        #expect(try await bench.library.text(of: after) == "the old wording")
        #expect(try await bench.count("SELECT count(*) FROM document") == 1)
    }

    @Test func `without embedding only the text is kept`() async throws {
        let bench = try Bench(settings: ["BYPASS_EMBEDDING_AND_RETRIEVAL": "true"])
        let file = try await bench.upload("only the text")
        let done = try #require(try await bench.queue.wait(for: file.id))
        #expect(done.state == .completed)
        #expect(done.collectionName == nil)
        #expect(try await bench.library.text(of: done) == "only the text")
        #expect(try await bench.count("SELECT count(*) FROM chunk") == 0)
        #expect(bench.encoder.texts == 0)
    }

    @Test func `vectors that do not fit are refused`() async throws {
        let bench = try Bench()
        bench.encoder.dimensions = [3, 5]
        let file = try await bench.upload("some text")
        let done = try #require(try await bench.queue.wait(for: file.id))
        #expect(done.state == .failed)
        #expect(done.failure?.contains("dimensions") == true)
    }

    @Test func `a start clears away uploads that nobody acknowledged and documents that nobody holds`() async throws {
        let bench = try Bench()
        let orphan = try await bench.blobs.begin()
        try await orphan.write([1, 2, 3])
        try await orphan.commit(as: makeID())
        let half = try await bench.blobs.begin()
        try await half.write([1])
        let kept = try await bench.upload("kept")
        _ = try await bench.queue.wait(for: kept.id)
        try await bench.execute("INSERT INTO document (key, content_hash, state, created_at) VALUES ('left', '', 'building', 0)")
        try await bench.library.reconcile()
        #expect(try await bench.blobs.all() == [kept.id])
        #expect(try FileManager.default.contentsOfDirectory(atPath: bench.folder + "/uploads") == [kept.id])
        #expect(try await bench.count("SELECT count(*) FROM document") == 1)
        await half.abort()
    }
}

/// A library on a folder of its own.
private final class Bench: Sendable {
    let folder: String
    let database: SQLiteDatabase
    let files: SQLiteFileStore
    let store: SQLiteDocumentStore
    let blobs: FolderBlobStore
    let encoder = ScriptedEncoder()
    let queue: IngestionQueue
    let library: FileLibrary
    private let ownsFolder: Bool

    convenience init(settings: [String: String] = [:], retry: RetryPolicy = RetryPolicy(first: 0, longest: 0, limit: 12)) throws {
        let folder = NSTemporaryDirectory() + "/ingestion-" + makeID()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try self.init(
            folder: folder, database: SQLiteDatabase(path: folder + "/haneul.db"), settings: settings, retry: retry, ownsFolder: true)
    }

    /// A second server on the same data.
    convenience init(on other: Bench) throws {
        try self.init(folder: other.folder, database: other.database, settings: [:], retry: RetryPolicy(first: 0), ownsFolder: false)
    }

    private init(folder: String, database: SQLiteDatabase, settings: [String: String], retry: RetryPolicy, ownsFolder: Bool) throws {
        self.folder = folder
        self.database = database
        self.ownsFolder = ownsFolder
        let settings = try Settings(environment: settings)
        files = SQLiteFileStore(database: database)
        store = SQLiteDocumentStore(database: database)
        blobs = try FolderBlobStore(folder: folder + "/uploads")
        let encoder = encoder
        let builder = DocumentBuilder(documents: store, encoders: { IngestionEncoders(wanted: encoder) }, makeDigest: { FNVDigest() })
        queue = IngestionQueue(
            files: files, jobs: SQLiteIngestionStore(database: database), documents: store, blobs: blobs, extractor: WholeText(),
            builder: builder, settings: settings, retryPolicy: retry, logger: Logger(label: "test"))
        library = FileLibrary(
            files: files, documents: store, queue: queue, blobs: blobs,
            access: CollectionAccess(
                files: files, knowledge: SQLiteKnowledgeStore(database: database), collections: SQLiteCollectionStore(database: database),
                authorizer: Authorizer(grants: SQLiteAccessGrantStore(database: database))),
            logger: Logger(label: "test"))
    }

    deinit {
        if ownsFolder { try? FileManager.default.removeItem(atPath: folder) }
    }

    let owner = Principal(userID: "owner", name: "Owner", email: "owner@example.com", role: .user)

    func upload(_ text: String) async throws -> File {
        let bytes = try await library.beginUpload()
        try await bytes.write(Array(text.utf8))
        let file = File(
            userID: owner.userID, filename: "a.txt", contentType: "text/plain", size: text.utf8.count, fileHash: "", state: .pending)
        return try await library.add(file, bytes: bytes, isProcessed: true, principal: owner)
    }

    func count(_ sql: String) async throws -> Int { try await database.pool.read { try Int.fetchOne($0, sql: sql) ?? 0 } }
    func execute(_ sql: String) async throws { try await database.pool.write { try $0.execute(sql: sql) } }
}

/// The bytes as they are; what begins with `FAIL` is corrupt.
private struct WholeText: TextExtractor {
    func extract(_ request: ExtractionRequest) async throws -> ExtractedDocument {
        let text = try String(contentsOfFile: request.path, encoding: .utf8)
        if text.hasPrefix("FAIL") { throw AppError(.badRequest, "The file is corrupt.") }
        return ExtractedDocument(sections: [.init(text: text)])
    }
}

/// Counts what it is asked for and refuses when it is told to.
private final class ScriptedEncoder: Embedder {
    private struct State {
        var texts = 0
        var calls = 0
        var refusals: [AppError?] = []
        var dimensions: [Int] = []
        var stopsAfter: Int?
        var isStopped = false
    }

    private let state = Mutex(State())
    let identity = EmbedderIdentity(engine: "", model: "scripted", dimension: 3)

    var texts: Int { state.withLock { $0.texts } }
    /// What the next calls answer; `nil` lets one through.
    var refusals: [AppError?] {
        get { state.withLock { $0.refusals } }
        set { state.withLock { $0.refusals = newValue } }
    }
    /// Of the vectors of one call, in turn.
    var dimensions: [Int] {
        get { state.withLock { $0.dimensions } }
        set { state.withLock { $0.dimensions = newValue } }
    }
    /// Calls after which it hangs until it is cancelled.
    var stopsAfter: Int? {
        get { state.withLock { $0.stopsAfter } }
        set { state.withLock { $0.stopsAfter = newValue } }
    }

    func waitUntilStopped() async {
        while !state.withLock({ $0.isStopped }) { await Task.yield() }
    }

    func embed(_ texts: [String], as role: EmbeddingRole) async throws -> [[Float]] {
        let (hangs, refusal, dimensions) = state.withLock { state in
            let hangs = state.stopsAfter.map { state.calls >= $0 } ?? false
            state.isStopped = hangs
            state.calls += 1
            let refusal: AppError? = state.refusals.isEmpty ? nil : state.refusals.removeFirst()
            if !hangs, refusal == nil { state.texts += texts.count }
            return (hangs, refusal, state.dimensions)
        }
        if hangs { try await Task.sleep(for: .seconds(3600)) }
        if let refusal { throw refusal }
        return texts.indices.map { index in
            let dimension = dimensions.isEmpty ? 3 : dimensions[min(dimensions.count - 1, 1)]
            return (0..<dimension).map { $0 == index % dimension ? 1 : 0 }
        }
    }
}

/// FNV-1a: enough to tell a test's texts apart.
private struct FNVDigest: StreamingDigest {
    private var value: UInt64 = 0xcbf2_9ce4_8422_2325
    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    func hex() -> String { String(value, radix: 16) }
}
