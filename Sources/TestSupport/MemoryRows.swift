import Domain
import Synchronization

/// Rows in memory, by id and in the order in which they came.
package final class MemoryRows<Row: Sendable>: Sendable {
    private let rows = Mutex<[Row]>([])
    private let id: @Sendable (Row) -> String
    private let taken: String

    /// - Parameter taken: what is said when an id is there already.
    package init(id: @escaping @Sendable (Row) -> String, taken: String) {
        self.id = id
        self.taken = taken
    }

    package var all: [Row] { rows.withLock { $0 } }

    package func find(_ wanted: String) -> Row? { rows.withLock { $0.first { id($0) == wanted } } }

    package func insert(_ row: Row) throws {
        try rows.withLock { rows in
            guard !rows.contains(where: { id($0) == id(row) }) else { throw AppError(.conflict, taken) }
            rows.append(row)
        }
    }

    package func update(_ wanted: String, _ change: (inout Row) throws -> Void) throws -> Row? {
        try rows.withLock { rows in
            guard let index = rows.firstIndex(where: { id($0) == wanted }) else { return nil }
            var row = rows[index]
            try change(&row)
            rows[index] = row
            return row
        }
    }

    package func delete(_ wanted: String) -> Bool {
        rows.withLock { rows in
            guard let index = rows.firstIndex(where: { id($0) == wanted }) else { return false }
            rows.remove(at: index)
            return true
        }
    }
}
