import Domain
import Foundation
import SQLiteStorage
import TestSupport
import Testing

@Suite struct FunctionStoresTests {
    private static func with(_ work: (SQLiteDatabase) async throws -> Void) async throws {
        let path = NSTemporaryDirectory() + "haneul-functions-" + makeID() + ".db"
        defer { for suffix in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + suffix) } }
        try await work(SQLiteDatabase(path: path))
    }

    @Test func `the stores in memory keep the contract`() async throws {
        #expect(try await FunctionStoresContract.violations(of: MemoryFunctionStore()) == [])
        #expect(try await FunctionStoresContract.violations(of: MemoryToolkitStore()) == [])
        #expect(try await FunctionStoresContract.violations(of: MemoryValveStore()) == [])
    }

    @Test func `the SQLite stores keep the contract`() async throws {
        try await Self.with { database in
            let functions = try await FunctionStoresContract.violations(of: SQLiteFunctionStore(database: database))
            let toolkits = try await FunctionStoresContract.violations(of: SQLiteToolkitStore(database: database))
            let valves = try await FunctionStoresContract.violations(of: SQLiteValveStore(database: database))
            #expect(functions == [] && toolkits == [] && valves == [])
        }
    }

    @Test func `a user's valves are gone with the user, everybody's stay`() async throws {
        try await Self.with { database in
            let users = SQLiteUserStore(database: database)
            let user = try await users.insert(User(email: "a@b.co", name: "", role: .user), passwordHash: nil, firstBecomesAdmin: false)
            let store = SQLiteValveStore(database: database)
            let plugin = PluginKey(.function, "f")
            try await store.put("own", for: plugin, userID: user.id)
            try await store.put("all", for: plugin, userID: nil)
            try await users.delete(id: user.id)
            #expect(try await store.sealedValves(of: plugin, userID: user.id) == nil)
            #expect(try await store.sealedValves(of: plugin, userID: nil) == "all")
        }
    }
}
