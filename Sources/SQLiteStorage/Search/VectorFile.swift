import CKernels
import Foundation

#if canImport(Glibc)
    import Glibc
#endif

/// Vectors of one embedder in 8 bits, memory-mapped, with the passage and the document of each row.
///
/// Two files: `<name>.rows` holds `dimension` bytes a row, `<name>.index` a header and 24 bytes a row (passage id, document id,
/// scale). Only rows counted in the header exist after a restart; the header is written after the rows are on the disk, so a
/// crash at any moment loses rows that the database has, never makes wrong ones. What a file says is believed only when it
/// carries the database's identity.
///
/// Not thread-safe: `VectorIndex` uses it on its own queue.
final class VectorFile {
    struct Row {
        var chunkID: Int64
        var documentID: Int64
        var scale: Float
    }

    let dimension: Int
    private(set) var chunkIDs: [Int64] = []
    private(set) var scales: [Float] = []
    /// Rows of each document, in order.
    private(set) var extents: [Int64: [Range<Int>]] = [:]
    var count: Int { chunkIDs.count }
    var lastChunkID: Int64 { chunkIDs.last ?? 0 }

    private let rowsDescriptor: Int32
    private let indexDescriptor: Int32
    private var mapping: UnsafeMutableRawPointer?
    private var mappedBytes = 0
    /// Rows that the header counts.
    private var durable = 0

    private static let magic: [UInt8] = Array("HANEULV1".utf8)
    private static let headerBytes = 64
    private static let entryBytes = 24

    /// Opens or makes the files at `path` (without extension).
    /// - Parameter identity: 32 bytes; a file with another identity or dimension is emptied.
    init(path: String, dimension: Int, identity: [UInt8]) throws {
        self.dimension = dimension
        rowsDescriptor = open(path + ".rows", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        indexDescriptor = open(path + ".index", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard rowsDescriptor >= 0, indexDescriptor >= 0 else { throw VectorFileError(operation: "open", code: errno) }
        self.identity = identity
        load()
    }

    private let identity: [UInt8]

    deinit {
        if let mapping { munmap(mapping, mappedBytes) }
        close(rowsDescriptor)
        close(indexDescriptor)
    }

    var rows: UnsafePointer<Int8>? { mapping.map { UnsafePointer($0.assumingMemoryBound(to: Int8.self)) } }

    // MARK: Reading

    private func load() {
        guard let kept = readHeader(), kept > 0 else {
            clear()
            return
        }
        var bytes = [UInt8](repeating: 0, count: kept * Self.entryBytes)
        let size = bytes.count
        guard bytes.withUnsafeMutableBytes({ pread(indexDescriptor, $0.baseAddress, size, off_t(Self.headerBytes)) }) == size,
            Self.fileSize(rowsDescriptor) >= kept * dimension
        else {
            clear()
            return
        }
        chunkIDs.reserveCapacity(kept)
        scales.reserveCapacity(kept)
        bytes.withUnsafeBytes { raw in
            for row in 0..<kept {
                let offset = row * Self.entryBytes
                note(
                    Row(
                        chunkID: raw.loadUnaligned(fromByteOffset: offset, as: Int64.self),
                        documentID: raw.loadUnaligned(fromByteOffset: offset + 8, as: Int64.self),
                        scale: raw.loadUnaligned(fromByteOffset: offset + 16, as: Float.self)))
            }
        }
        durable = kept
        remap()
    }

    /// The number of rows; `nil` when the header is not ours.
    private func readHeader() -> Int? {
        var header = [UInt8](repeating: 0, count: Self.headerBytes)
        guard pread(indexDescriptor, &header, header.count, 0) == header.count, Array(header[0..<8]) == Self.magic else { return nil }
        guard Array(header[16..<48]) == Array(identity.prefix(32)) else { return nil }
        return header.withUnsafeBytes { raw in
            guard Int(raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self)) == dimension else { return nil }
            let count = Int(raw.loadUnaligned(fromByteOffset: 48, as: Int64.self))
            // A torn header does not match its own check.
            guard raw.loadUnaligned(fromByteOffset: 56, as: Int64.self) == ~Int64(count), count >= 0, count < Int(UInt32.max) else { return nil }
            return count
        }
    }

    private func note(_ row: Row) {
        let position = chunkIDs.count
        chunkIDs.append(row.chunkID)
        scales.append(row.scale)
        if let last = extents[row.documentID]?.last, last.upperBound == position {
            extents[row.documentID]![extents[row.documentID]!.count - 1] = last.lowerBound..<(position + 1)
        } else {
            extents[row.documentID, default: []].append(position..<(position + 1))
        }
    }

    // MARK: Writing

    func clear() {
        chunkIDs = []
        scales = []
        extents = [:]
        durable = 0
        writeHeader(0)
    }

    /// Adds rows in the order of their passage ids.
    /// - Throws: `VectorFileError` when the disk is full; nothing is added then.
    func append(_ vectors: [(chunkID: Int64, documentID: Int64, vector: [Float])]) throws {
        guard !vectors.isEmpty else { return }
        var rows = [Int8](repeating: 0, count: vectors.count * dimension)
        var entries = [UInt8](repeating: 0, count: vectors.count * Self.entryBytes)
        var noted: [Row] = []
        noted.reserveCapacity(vectors.count)
        rows.withUnsafeMutableBufferPointer { rows in
            for (offset, item) in vectors.enumerated() {
                let scale = haneul_quantize_i8(item.vector, dimension, rows.baseAddress! + offset * dimension)
                noted.append(Row(chunkID: item.chunkID, documentID: item.documentID, scale: scale))
            }
        }
        entries.withUnsafeMutableBytes { raw in
            for (index, row) in noted.enumerated() {
                raw.storeBytes(of: row.chunkID, toByteOffset: index * Self.entryBytes, as: Int64.self)
                raw.storeBytes(of: row.documentID, toByteOffset: index * Self.entryBytes + 8, as: Int64.self)
                raw.storeBytes(of: row.scale, toByteOffset: index * Self.entryBytes + 16, as: Float.self)
            }
        }
        try rows.withUnsafeBytes { try Self.write(rowsDescriptor, $0, at: count * dimension) }
        try entries.withUnsafeBytes { try Self.write(indexDescriptor, $0, at: Self.headerBytes + count * Self.entryBytes) }
        for row in noted { note(row) }
        remap()
    }

    /// Takes the rows of documents that are gone out of the account. Their bytes stay until the file is made anew.
    func forget(documents: Set<Int64>) { for id in documents { extents[id] = nil } }

    var liveCount: Int { extents.values.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } } }

    /// Brings the rows to the disk, then counts them.
    func flush() {
        guard durable < count, fdatasync(rowsDescriptor) == 0, fdatasync(indexDescriptor) == 0 else { return }
        writeHeader(count)
        durable = count
    }

    var unflushed: Int { count - durable }

    private func writeHeader(_ count: Int) {
        var header = [UInt8](repeating: 0, count: Self.headerBytes)
        header.replaceSubrange(0..<8, with: Self.magic)
        header.replaceSubrange(16..<(16 + min(32, identity.count)), with: identity.prefix(32))
        header.withUnsafeMutableBytes { raw in
            raw.storeBytes(of: UInt32(dimension), toByteOffset: 8, as: UInt32.self)
            raw.storeBytes(of: Int64(count), toByteOffset: 48, as: Int64.self)
            raw.storeBytes(of: ~Int64(count), toByteOffset: 56, as: Int64.self)
        }
        // Failing is harmless: the old header counts fewer rows, or none of ours.
        _ = pwrite(indexDescriptor, header, header.count, 0)
    }

    /// Maps what there is, with room to grow so that not every batch maps anew.
    private func remap() {
        let needed = count * dimension
        guard needed > mappedBytes else { return }
        let size = max(1 << 20, (needed + needed / 4 + 4095) & ~4095)
        guard Self.fileSize(rowsDescriptor) >= size || ftruncate(rowsDescriptor, off_t(size)) == 0,
            let fresh = mmap(nil, size, PROT_READ, MAP_SHARED, rowsDescriptor, 0), fresh != MAP_FAILED
        else { return }
        if let mapping { munmap(mapping, mappedBytes) }
        mapping = fresh
        mappedBytes = size
    }

    /// Whether every row can be read.
    var isMapped: Bool { count == 0 || (mapping != nil && mappedBytes >= count * dimension) }

    private static func fileSize(_ descriptor: Int32) -> Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func write(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer, at offset: Int) throws {
        var done = 0
        while done < bytes.count {
            let written = pwrite(descriptor, bytes.baseAddress! + done, bytes.count - done, off_t(offset + done))
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw VectorFileError(operation: "write", code: errno) }
            done += written
        }
    }
}

/// The vector index could not be read or written.
struct VectorFileError: Error {
    var operation: String
    var code: Int32
}
