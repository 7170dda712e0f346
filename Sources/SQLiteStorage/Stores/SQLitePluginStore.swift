package import Domain
package import GRDB

/// A plug-in as a row: the id, and every other column in one order.
package protocol PluginRow: StoredPlugin {
    static var table: String { get }
    /// What people call one.
    static var noun: String { get }
    /// Every column but the id.
    static var columns: [String] { get }
    /// In the order of `columns`.
    var values: StatementArguments { get }
    /// `nil` for what only a newer version understands.
    init?(row: Row)
}

/// Functions, or toolkits.
package struct SQLitePluginStore<Plugin: PluginRow>: PluginStore {
    private let database: SQLiteDatabase

    package init(database: SQLiteDatabase) { self.database = database }

    package func all() async throws -> [Plugin] {
        try await database.pool.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM \(Plugin.table) ORDER BY rowid").compactMap(Plugin.init(row:))
        }
    }

    package func find(_ id: String) async throws -> Plugin? {
        try await database.pool.read { try Self.find($0, id) }
    }

    package func insert(_ plugin: Plugin) async throws {
        let names = (["id"] + Plugin.columns).joined(separator: ", ")
        let places = Array(repeating: "?", count: Plugin.columns.count + 1).joined(separator: ", ")
        do {
            try await database.pool.write { database in
                try database.execute(sql: "INSERT INTO \(Plugin.table) (\(names)) VALUES (\(places))", arguments: [plugin.id] + plugin.values)
            }
        } catch let error as DatabaseError where error.extendedResultCode == .SQLITE_CONSTRAINT_PRIMARYKEY {
            throw AppError(.conflict, "There is a \(Plugin.noun) with this id.", cause: error)
        }
    }

    package func update(_ id: String, _ change: @escaping @Sendable (inout Plugin) throws -> Void) async throws -> Plugin? {
        let changes = Plugin.columns.map { "\($0) = ?" }.joined(separator: ", ")
        return try await database.pool.write { database in
            guard var plugin = try Self.find(database, id) else { return nil }
            try change(&plugin)
            try database.execute(sql: "UPDATE \(Plugin.table) SET \(changes) WHERE id = ?", arguments: plugin.values + [id])
            return plugin
        }
    }

    package func delete(_ id: String) async throws -> Bool {
        try await database.pool.write { database in
            try database.execute(sql: "DELETE FROM \(Plugin.table) WHERE id = ?", arguments: [id])
            return database.changesCount > 0
        }
    }

    private static func find(_ database: Database, _ id: String) throws -> Plugin? {
        try Row.fetchOne(database, sql: "SELECT * FROM \(Plugin.table) WHERE id = ?", arguments: [id]).flatMap(Plugin.init(row:))
    }
}
