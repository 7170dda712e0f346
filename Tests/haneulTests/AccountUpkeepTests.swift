import Domain
import Foundation
import SQLiteStorage
import Cryptography
import Testing

@testable import haneul

struct AccountUpkeepTests {
    @Test func `a command beside the server works and refuses another schema`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let beside = try DataDirectory(path: server.path, sharing: true)
            let isShared = beside.isShared
            #expect(isShared)
            #expect(throws: AppError.self) { _ = try DataDirectory(path: server.path) }
            let database = try SQLiteDatabase(path: beside.databasePath, migrating: false)
            let before = try await database.changesByOthers()
            #expect(try await SQLiteUserStore(database: database).user(id: admin.id)?.role == .admin)
            #expect(try await database.changesByOthers() == before)
            _ = try await server.account(.user, by: admin)
            #expect(try await database.changesByOthers() != before)
        }
        let path = NSTemporaryDirectory() + "haneul-test-" + makeID()
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: AppError.self) {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            _ = try SQLiteDatabase(path: path + "/haneul.db", migrating: false)
        }
    }
}
