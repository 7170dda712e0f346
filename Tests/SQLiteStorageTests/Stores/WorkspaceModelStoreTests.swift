import Domain
import Foundation
import SQLiteStorage
import TestSupport
import Testing

@Suite struct WorkspaceModelStoreTests {
    @Test func `the store in memory keeps the contract`() async throws {
        #expect(try await WorkspaceModelStoreContract.violations(of: MemoryWorkspaceModelStore()) == [])
    }

    @Test func `the SQLite store keeps the contract`() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("models-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let database = try SQLiteDatabase(path: folder.appendingPathComponent("test.db").path)
        #expect(try await WorkspaceModelStoreContract.violations(of: SQLiteWorkspaceModelStore(database: database)) == [])
    }
}
