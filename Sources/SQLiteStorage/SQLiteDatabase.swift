import Domain
import FoundationEssentials
package import GRDB
import Logging

/// The server's one database file, in WAL mode with foreign keys on. Reads run beside the one writer.
package struct SQLiteDatabase: Sendable {
    package let pool: DatabasePool

    /// Opens or makes the database and brings its schema up to date.
    ///
    /// - Parameter migrating: `false` beside a running server, whose schema must not change under it.
    /// - Throws: `AppError` in one line when the file is no database, cannot be written, or was made by a newer version.
    package init(path: String, migrating: Bool = true) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 6
        configuration.prepareDatabase { database in
            // An answered request is on the disk: a power cut loses nothing that was accepted.
            try database.execute(sql: "PRAGMA synchronous = FULL")
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
        }
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            try Self.migrate(pool, migrating)
        } catch let error as AppError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_NOTADB {
            throw AppError(.internalError, "\(path) is not a database.", cause: error)
        } catch {
            throw AppError(.internalError, "Cannot open the database \(path): \(Self.reason(error))", cause: error)
        }
    }

    private static func migrate(_ pool: DatabasePool, _ migrating: Bool) throws {
        var migrator = DatabaseMigrator()
        for migration in Migrations.all { migrator.registerMigration(migration.name, migrate: migration.run) }
        let known = Set(Migrations.all.map(\.name))
        let applied = try pool.read { database in try migrator.appliedIdentifiers(database) }
        if let unknown = applied.subtracting(known).sorted().first {
            throw AppError(
                .internalError, "The database was made by a newer version of Haneul (it has step \(unknown)). Use that version or restore a backup.")
        }
        guard migrating else {
            if applied == known { return }
            throw AppError(.conflict, "The running server is an older version of Haneul. Restart it first.")
        }
        try migrator.migrate(pool)
    }

    private static func reason(_ error: any Error) -> String {
        (error as? DatabaseError)?.message ?? "\(error)"
    }

    /// A number that differs from the last one when another process has changed the database in between.
    package func changesByOthers() async throws -> Int {
        try await pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "PRAGMA data_version") ?? 0 }
    }

    /// Whether the database answers a query now.
    package func isUp() async -> Bool {
        (try? await pool.read { database in try Int.fetchOne(database, sql: "SELECT 1") }) == 1
    }
}
