import Domain
import Foundation
import GRDB
import Logging
import SQLiteStorage

/// Fills a database with passages of random vectors and prints what finding the nearest ones costs:
/// `VectorBenchmark FOLDER PASSAGES [QUERIES]`. The folder is left behind, so that a second run measures opening it.
@main
struct VectorBenchmark {
    static let dimension = 384
    static let passagesOfDocument = 100
    static let embedder = EmbedderIdentity(engine: "", model: "benchmark", dimension: dimension)

    static func main() async throws {
        let arguments = CommandLine.arguments
        guard arguments.count >= 3, let passages = Int(arguments[2]) else {
            print("usage: VectorBenchmark FOLDER PASSAGES [QUERIES]")
            exit(2)
        }
        let folder = arguments[1]
        let queries = arguments.count > 3 ? Int(arguments[3]) ?? 200 : 200
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let database = try SQLiteDatabase(path: folder + "/benchmark.db")
        let documents = try await fill(database, passages: passages)
        let resting = residentMegabytes()

        let clock = ContinuousClock.now
        let search = SQLitePassageSearch(database: database, indexFolder: folder + "/vectors", logger: Logger(label: "benchmark"))
        _ = try await search.nearest(to: vector(&dice), embedder: embedder.key, in: documents, limit: 10)
        report("first search (opens the index, or makes it)", [ContinuousClock.now - clock])
        try await measure("all passages", search, documents, queries)
        try await measure("every second document", search, documents.filter { $0.isMultiple(of: 2) }, queries)
        try await measure("one document", search, Set(documents.prefix(1)), queries)

        let gone = Set(try await search.nearest(to: vector(&dice), embedder: embedder.key, in: documents, limit: 1).map(\.id))
        let victim = try await database.pool.write { database in
            let id = try Int64.fetchOne(database, sql: "SELECT document_id FROM chunk WHERE id = ?", arguments: [gone.first])
            try database.execute(sql: "DELETE FROM document WHERE id = ?", arguments: [id])
            return id
        }
        try await measure("all but a deleted document", search, documents.subtracting([victim ?? 0]), queries)
        print(String(format: "resident: %.0f MB before the index, %.0f MB with it", resting, residentMegabytes()))
    }

    nonisolated(unsafe) private static var dice = Dice(state: 1)

    private static func measure(_ name: String, _ search: SQLitePassageSearch, _ documents: Set<Int64>, _ queries: Int) async throws {
        var times: [Duration] = []
        for _ in 0..<queries {
            let query = vector(&dice)
            let start = ContinuousClock.now
            let matches = try await search.nearest(to: query, embedder: embedder.key, in: documents, limit: 10)
            times.append(ContinuousClock.now - start)
            precondition(matches.count == 10)
        }
        report(name, times)
    }

    private static func report(_ name: String, _ times: [Duration]) {
        let sorted = times.map { $0 / .milliseconds(1) }.sorted()
        print(
            "\(name):", String(format: "p50 %.2f ms, p99 %.2f ms (%d)", sorted[sorted.count / 2], sorted[sorted.count * 99 / 100], sorted.count))
    }

    private static func fill(_ database: SQLiteDatabase, passages: Int) async throws -> Set<Int64> {
        let present = try await database.pool.read { try Int.fetchOne($0, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'document'") ?? 0 }
        for first in stride(from: present * passagesOfDocument, to: passages, by: 10_000) {
            try await database.pool.write { database in
                try database.execute(
                    sql: "INSERT OR IGNORE INTO embedder (id, key, dimension) VALUES (1, ?, ?)", arguments: [embedder.key, dimension])
                let document = try database.makeStatement(
                    sql: "INSERT INTO document (key, content_hash, state, chunk_count, created_at) VALUES (?, ?, 'indexed', ?, 0)")
                let chunk = try database.makeStatement(
                    sql: """
                        INSERT INTO chunk (document_id, ordinal, text, index_prefix, start_index, end_index, headings, metadata)
                        VALUES (?, ?, '', '', 0, 0, '[]', '{}')
                        """)
                let row = try database.makeStatement(sql: "INSERT INTO chunk_vector (chunk_id, embedder_id, vector) VALUES (?, 1, ?)")
                for start in stride(from: first, to: min(first + 10_000, passages), by: passagesOfDocument) {
                    try document.execute(arguments: ["d\(start)", "d\(start)", passagesOfDocument])
                    let id = database.lastInsertedRowID
                    for ordinal in 0..<min(passagesOfDocument, passages - start) {
                        try chunk.execute(arguments: [id, ordinal])
                        let bytes = vector(&dice).withUnsafeBytes { Data($0) }
                        try row.execute(arguments: [database.lastInsertedRowID, bytes])
                    }
                }
            }
        }
        return try await database.pool.read { try Set(Int64.fetchAll($0, sql: "SELECT id FROM document")) }
    }

    /// A direction; sums of four uniform numbers are near enough to a normal distribution.
    private static func vector(_ dice: inout Dice) -> [Float] {
        let values = (0..<dimension).map { _ -> Float in
            var bits = dice.next()
            var sum: Float = -2
            for _ in 0..<4 {
                sum += Float(bits & 0xFFFF) / 65536
                bits >>= 16
            }
            return sum
        }
        let length = values.reduce(Float(0)) { $0 + $1 * $1 }.squareRoot()
        return values.map { $0 / length }
    }

    private static func residentMegabytes() -> Double {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") } ?? ""
        return (Double(line.filter(\.isNumber)) ?? 0) / 1024
    }
}

/// SplitMix64.
private struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
