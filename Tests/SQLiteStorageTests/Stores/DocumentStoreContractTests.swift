import Domain
import Foundation
import Logging
import SQLiteStorage
import TestSupport
import Testing

/// The stores keep their promises on SQLite.
struct DocumentStoreContractTests {
    private func violations(_ contract: (DocumentStores) async throws -> [String]) async throws -> [String] {
        let folder = NSTemporaryDirectory() + "haneul-contract-" + makeID()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let database = try SQLiteDatabase(path: folder + "/test.db")
        let search = SQLitePassageSearch(database: database, indexFolder: folder + "/vectors", logger: Logger(label: "test"))
        return try await contract(
            DocumentStores(
                files: SQLiteFileStore(database: database), jobs: SQLiteIngestionStore(database: database),
                documents: SQLiteDocumentStore(database: database), knowledge: SQLiteKnowledgeStore(database: database),
                collections: SQLiteCollectionStore(database: database), vectors: SQLiteVectorStore(database: database), search: search,
                vectorsChanged: { await search.invalidateVectors() }))
    }

    @Test func `knowledge bases`() async throws {
        #expect(try await violations { try await KnowledgeStoreContract.violations(of: $0.knowledge, files: $0.files) } == [])
    }

    @Test func `collections`() async throws { #expect(try await violations(CollectionStoreContract.violations) == []) }

    @Test func `search`() async throws { #expect(try await violations(PassageSearchContract.violations) == []) }

    @Test func `vectors`() async throws { #expect(try await violations(VectorStoreContract.violations) == []) }
}
