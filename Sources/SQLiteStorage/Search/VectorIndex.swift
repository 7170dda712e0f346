import CKernels
import Dispatch
import Domain
import Foundation
import GRDB
import Logging

/// The vector half of the search: an exact scan over 8-bit rows, the best of them scored again with the floats of the database.
///
/// The database is the truth. Before every search the index takes in what is new there; what was deleted there is never in the
/// set of documents that a search is given. The file beside the database only saves reading everything again at a start.
///
/// `@unchecked Sendable`: everything mutable is touched on `queue` only.
final class VectorIndex: @unchecked Sendable {
    private let database: SQLiteDatabase
    private let folder: String
    private let logger: Logger
    private let queue = DispatchQueue(label: "haneul.vectors", qos: .userInitiated)
    private var files: [String: Opened] = [:]

    private final class Opened {
        let embedderID: Int64
        let file: VectorFile
        init(embedderID: Int64, file: VectorFile) {
            self.embedderID = embedderID
            self.file = file
        }
    }

    /// Rows read from the database at a time when catching up.
    private static let batch = 2048
    /// Below this one core is faster than two.
    private static let parallelRows = 40_000

    /// - Parameter folder: where the index files are; made when missing.
    init(database: SQLiteDatabase, folder: String, logger: Logger) {
        self.database = database
        self.folder = folder
        self.logger = logger
    }

    func search(_ query: [Float], embedder: String, in documents: Set<Int64>, limit: Int) async throws -> [VectorMatch] {
        try await run { try self.nearest(query, embedder, documents, limit) }
    }

    func cosines(of ids: [Int64], to query: [Float], embedder: String) async throws -> [Int64: Float] {
        try await run { try self.exact(ids, query, embedder) }
    }

    /// Forgets what is in memory and on the disk; the next search reads everything again.
    func invalidate() async {
        _ = try? await run {
            for opened in self.files.values { opened.file.clear() }
            self.files = [:]
        }
    }

    private func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result(catching: body)) }
        }
    }

    // MARK: On the queue

    private func nearest(_ query: [Float], _ embedder: String, _ documents: Set<Int64>, _ limit: Int) throws -> [VectorMatch] {
        guard limit > 0, !documents.isEmpty, let opened = try open(embedder), opened.file.dimension == query.count else { return [] }
        try catchUp(opened)
        let file = opened.file
        guard file.isMapped else { throw AppError(.unavailable, "The vector index cannot be read.") }
        let candidates = scan(file, query, documents, limit: max(limit * 4, 64))
        let floats = try exact(candidates.map { file.chunkIDs[Int($0.row)] }, query, embedder)
        return floats.map { VectorMatch(id: $0.key, cosine: $0.value) }
            .sorted { $0.cosine != $1.cosine ? $0.cosine > $1.cosine : $0.id < $1.id }.prefix(limit).map { $0 }
    }

    private func scan(_ file: VectorFile, _ query: [Float], _ documents: Set<Int64>, limit: Int) -> [haneul_match] {
        var ranges: [Range<Int>] = []
        if documents.count < file.extents.count {
            for id in documents { if let extent = file.extents[id] { ranges += extent } }
        } else {
            for (id, extent) in file.extents where documents.contains(id) { ranges += extent }
        }
        guard !ranges.isEmpty, let rows = file.rows else { return [] }
        let total = ranges.reduce(0) { $0 + $1.count }
        let begin = ranges.reduce(Int.max) { min($0, $1.lowerBound) }
        let end = ranges.reduce(0) { max($0, $1.upperBound) }
        var allowed: [UInt64] = []
        if total < end - begin {
            allowed = [UInt64](repeating: 0, count: (end + 63) / 64)
            for range in ranges { Self.set(range, in: &allowed) }
        }
        var quantized = [Int8](repeating: 0, count: file.dimension)
        let scale = haneul_quantize_i8(query, file.dimension, &quantized)
        let parts = total > Self.parallelRows ? max(1, min(8, ProcessInfo.processInfo.activeProcessorCount)) : 1
        var best = [haneul_match](repeating: haneul_match(), count: parts * limit)
        var found = [Int](repeating: 0, count: parts)
        let step = ((end - begin + 63) / parts + 64) & ~63
        let scales = file.scales
        best.withUnsafeMutableBufferPointer { best in
            found.withUnsafeMutableBufferPointer { found in
                let work = ScanWork(
                    rows: rows, scales: scales, dimension: file.dimension, query: quantized, queryScale: scale, allowed: allowed,
                    best: best.baseAddress!,
                    found: found.baseAddress!, limit: limit, begin: begin, end: end, step: step)
                if parts == 1 { work.scan(0) } else { DispatchQueue.concurrentPerform(iterations: parts) { work.scan($0) } }
            }
        }
        var merged: [haneul_match] = []
        for part in 0..<parts { merged += best[(part * limit)..<(part * limit + found[part])] }
        haneul_sort_matches(&merged, merged.count)
        return Array(merged.prefix(limit))
    }

    private static func set(_ range: Range<Int>, in bits: inout [UInt64]) {
        var row = range.lowerBound
        while row < range.upperBound {
            let next = min((row | 63) + 1, range.upperBound)
            let width = next - row
            let mask: UInt64 = width == 64 ? .max : ((1 << UInt64(width)) - 1) << UInt64(row & 63)
            bits[row >> 6] |= mask
            row = next
        }
    }

    private func exact(_ ids: [Int64], _ query: [Float], _ embedder: String) throws -> [Int64: Float] {
        guard !ids.isEmpty else { return [:] }
        return try database.pool.read { database in
            var cosines: [Int64: Float] = [:]
            let cursor = try Row.fetchCursor(
                database,
                sql: """
                    SELECT chunk_id, vector FROM chunk_vector
                    WHERE embedder_id = (SELECT id FROM embedder WHERE key = ?) AND chunk_id IN (SELECT value FROM json_each(?))
                    """, arguments: [embedder, JSONValue.array(ids.map { .int(Int($0)) }).jsonText])
            while let row = try cursor.next() {
                guard let vector = try row.withUnsafeData(atIndex: 1, { Self.floats($0, count: query.count) }) else { continue }
                cosines[row[0]] = haneul_dot_f32(vector, query, query.count)
            }
            return cosines
        }
    }

    private static func floats(_ data: Data?, count: Int) -> [Float]? {
        guard let data, data.count == count * 4 else { return nil }
        return [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
            initialized = data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer)) / 4
        }
    }

    // MARK: Following the database

    private func open(_ embedder: String) throws -> Opened? {
        let known = try database.pool.read { database in
            try Row.fetchOne(
                database, sql: "SELECT id, dimension, (SELECT id FROM database_identity) AS identity FROM embedder WHERE key = ?",
                arguments: [embedder]
            )
            .map { (id: $0["id"] as Int64, dimension: $0["dimension"] as Int, identity: $0["identity"] as String) }
        }
        guard let known, known.dimension > 0 else { return nil }
        if let opened = files[embedder], opened.embedderID == known.id, opened.file.dimension == known.dimension { return opened }
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = try VectorFile(path: "\(folder)/embedder-\(known.id)", dimension: known.dimension, identity: Array(known.identity.utf8))
        let opened = Opened(embedderID: known.id, file: file)
        if try !agrees(opened) {
            logger.notice("the vector index does not fit the database and is made anew", metadata: ["embedder": "\(embedder)"])
            file.clear()
        }
        try dropDeleted(opened)
        files[embedder] = opened
        return opened
    }

    /// Whether the file is of this state of the database (not of one that was restored from a backup): no row is newer than the
    /// database, and rows picked over the whole file are what the database has.
    private func agrees(_ opened: Opened) throws -> Bool {
        let file = opened.file
        guard file.count > 0 else { return true }
        guard file.isMapped, let rows = file.rows else { return false }
        let sample = Set([file.count - 1] + stride(from: 0, to: file.count, by: max(1, file.count / 100)))
        return try database.pool.read { database in
            let last = try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'chunk'") ?? 0
            guard file.lastChunkID <= last else { return false }
            var quantized = [Int8](repeating: 0, count: file.dimension)
            for row in sample {
                let stored = try Data.fetchOne(
                    database, sql: "SELECT vector FROM chunk_vector WHERE embedder_id = ? AND chunk_id = ?",
                    arguments: [opened.embedderID, file.chunkIDs[row]])
                guard let stored else { continue }  // deleted meanwhile
                guard let vector = Self.floats(stored, count: file.dimension) else { return false }
                _ = haneul_quantize_i8(vector, file.dimension, &quantized)
                guard memcmp(quantized, rows + row * file.dimension, file.dimension) == 0 else { return false }
            }
            return true
        }
    }

    /// Takes in vectors that are newer than the index.
    private func catchUp(_ opened: Opened) throws {
        let file = opened.file
        while true {
            let after = file.lastChunkID
            let rows = try database.pool.read { database in
                var rows: [(chunkID: Int64, documentID: Int64, vector: [Float])] = []
                let cursor = try Row.fetchCursor(
                    database,
                    sql: """
                        SELECT v.chunk_id, c.document_id, v.vector FROM chunk_vector v JOIN chunk c ON c.id = v.chunk_id
                        WHERE v.embedder_id = ? AND v.chunk_id > ? ORDER BY v.chunk_id LIMIT ?
                        """, arguments: [opened.embedderID, after, Self.batch])
                while let row = try cursor.next() {
                    let vector = try row.withUnsafeData(atIndex: 2) { Self.floats($0, count: file.dimension) }
                    rows.append((row[0], row[1], vector ?? [Float](repeating: 0, count: file.dimension)))
                }
                return rows
            }
            try file.append(rows)
            if rows.count < Self.batch { break }
        }
        if file.unflushed >= 20_000 { file.flush() }
        if try database.pool.read({ try Bool.fetchOne($0, sql: "SELECT EXISTS (SELECT 1 FROM deleted_chunk)") ?? false }) {
            try dropDeleted(opened)
        }
        scheduleFlush()
    }

    private var flushIsScheduled = false

    private func scheduleFlush() {
        guard !flushIsScheduled, files.values.contains(where: { $0.file.unflushed > 0 }) else { return }
        flushIsScheduled = true
        queue.asyncAfter(deadline: .now() + 5) {
            self.flushIsScheduled = false
            for opened in self.files.values { opened.file.flush() }
        }
    }

    /// Forgets documents that the database no longer has; when much of the file is such rows, it is made anew.
    private func dropDeleted(_ opened: Opened) throws {
        let file = opened.file
        let living = try database.pool.read { try Set(Int64.fetchCursor($0, sql: "SELECT id FROM document")) }
        file.forget(documents: Set(file.extents.keys).subtracting(living))
        if file.count > 10_000, file.liveCount * 2 < file.count { file.clear() }
        try database.pool.write { try $0.execute(sql: "DELETE FROM deleted_chunk") }
        if file.count == 0 { try catchUp(opened) }
    }
}

/// One scan, shared by the threads that do its parts. `@unchecked Sendable`: every part writes to its own places only, and the
/// caller waits for all of them before it looks.
private struct ScanWork: @unchecked Sendable {
    let rows: UnsafePointer<Int8>
    let scales: [Float]
    let dimension: Int
    let query: [Int8]
    let queryScale: Float
    /// Empty for all rows.
    let allowed: [UInt64]
    let best: UnsafeMutablePointer<haneul_match>
    let found: UnsafeMutablePointer<Int>
    let limit: Int
    let begin: Int
    let end: Int
    let step: Int

    func scan(_ part: Int) {
        let first = part == 0 ? begin : (begin & ~63) + part * step
        let last = min(end, (begin & ~63) + (part + 1) * step)
        guard first < last else { return }
        allowed.withUnsafeBufferPointer { bits in
            found[part] = haneul_scan_i8(
                rows, scales, dimension, first, last, query, queryScale, bits.isEmpty ? nil : bits.baseAddress, best + part * limit, limit)
        }
    }
}
