import Domain
import SystemPackage

/// A file of text, read block by block in whatever encoding it is.
final class TextFile {
    private static let blockSize = 1 << 18

    private let descriptor: FileDescriptor
    private let converter: CharsetConverter
    private var isAtEnd = false

    /// Throws a reason when the file is no text.
    init(_ request: ExtractionRequest) throws {
        descriptor = try Self.open(request.path)
        do {
            guard let charset = try Self.charset(of: descriptor), let converter = CharsetConverter(charset) else {
                throw ExtractionFailure.binary(request.filename)
            }
            self.converter = converter
            try descriptor.seek(offset: 0, from: .start)
        } catch {
            // A class that failed to initialise has no deinit.
            try? descriptor.close()
            throw error
        }
    }

    deinit { try? descriptor.close() }

    /// The next stretch of text; `nil` at the end.
    func next() throws -> String? {
        while !isAtEnd {
            let block = try Self.read(descriptor)
            isAtEnd = block.isEmpty
            let text = block.withUnsafeBytes { converter.decode($0, isLast: isAtEnd) }
            if !text.isEmpty { return text }
        }
        return nil
    }

    // MARK: Whole files

    /// All bytes of a file of a kind that must be read whole.
    static func contents(of path: String, limit: Int) throws -> [UInt8] {
        let descriptor = try open(path)
        defer { try? descriptor.close() }
        var bytes: [UInt8] = []
        while true {
            let block = try read(descriptor)
            if block.isEmpty { return bytes }
            guard bytes.count + block.count <= limit else { throw ExtractionFailure.tooLarge(limit) }
            bytes += block
        }
    }

    /// The first bytes, for a look at the magic number.
    static func head(of path: String, count: Int) throws -> [UInt8] {
        let descriptor = try open(path)
        defer { try? descriptor.close() }
        return Array(try read(descriptor).prefix(count))
    }

    /// Whether it decodes as text.
    static func isText(_ path: String) throws -> Bool {
        let descriptor = try open(path)
        defer { try? descriptor.close() }
        return try charset(of: descriptor) != nil
    }

    private static func open(_ path: String) throws -> FileDescriptor {
        do {
            return try FileDescriptor.open(FilePath(path), .readOnly, options: [.closeOnExec])
        } catch {
            throw ExtractionFailure.unreadable(cause: error)
        }
    }

    private static func read(_ descriptor: FileDescriptor) throws -> [UInt8] {
        do {
            return try [UInt8](unsafeUninitializedCapacity: blockSize) { buffer, count in
                count = try descriptor.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
        } catch {
            throw ExtractionFailure.unreadable(cause: error)
        }
    }

    private static func charset(of descriptor: FileDescriptor) throws -> Charset? {
        var detector = CharsetDetector()
        while !detector.isCertain {
            let block = try read(descriptor)
            if block.isEmpty { break }
            block.withUnsafeBytes { detector.add($0) }
        }
        return detector.charset()
    }
}
