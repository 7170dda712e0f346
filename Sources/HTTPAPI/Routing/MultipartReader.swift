import Domain
package import NIOCore

#if canImport(Glibc)
    import Glibc
#endif

/// Reads `multipart/form-data` (RFC 7578) part by part from a body that is still coming in. At most one delimiter's length
/// beyond a network buffer is held back.
///
/// ```swift
/// while let part = try await reader.nextPart() {
///     while let bytes = try await reader.nextBytes() { ... }
/// }
/// ```
///
/// Errors: `AppError(.badRequest)` for anything that is not well formed, ends early, or goes beyond the limits.
package struct MultipartReader<Body: AsyncIteratorProtocol> where Body.Element == ByteBuffer {
    private var body: Body
    private var buffer = ByteBuffer()
    private let delimiter: [UInt8]
    private var parts = 0
    private var state = State.preamble

    private enum State {
        /// Before the first delimiter.
        case preamble
        /// Inside a part's content.
        case content
        /// At the delimiter that ended a part.
        case atDelimiter
        case finished
    }

    private static var longestHeaders: Int { 16 << 10 }
    private static var longestPreamble: Int { 64 << 10 }
    private static var mostParts: Int { 128 }

    package init(_ body: Body, boundary: String) {
        self.body = body
        delimiter = Array("\r\n--\(boundary)".utf8)
        // Makes the first delimiter, which has no line break before it, like the others.
        buffer.writeStaticString("\r\n")
    }

    /// The next part, after skipping what is left of the current one; `nil` after the last.
    package mutating func nextPart() async throws -> MultipartPart? {
        switch state {
        case .finished: return nil
        case .preamble:
            var skipped = 0
            while let bytes = try await contentUpToDelimiter() {
                skipped += bytes.readableBytes
                guard skipped <= Self.longestPreamble else { throw Self.malformed }
            }
        case .content:
            while try await nextBytes() != nil {}
        case .atDelimiter: break
        }
        buffer.moveReaderIndex(forwardBy: delimiter.count)
        if try await isLastDelimiter() {
            state = .finished
            return nil
        }
        let line = try await line(limit: 1024)
        guard line.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) else { throw Self.malformed }
        parts += 1
        guard parts <= Self.mostParts else { throw AppError(.badRequest, "The form has more than \(Self.mostParts) parts.") }
        state = .content
        return try await headers()
    }

    /// More content of the current part; `nil` at its end.
    package mutating func nextBytes() async throws -> ByteBuffer? {
        guard state == .content else { return nil }
        if let bytes = try await contentUpToDelimiter() { return bytes }
        state = .atDelimiter
        return nil
    }

    // MARK: Bytes

    static var malformed: AppError { AppError(.badRequest, "There was an error parsing the body") }

    /// - Throws: when the body is over; it must not end before the last delimiter.
    private mutating func fill() async throws {
        guard var more = try await body.next() else { throw Self.malformed }
        if buffer.readableBytes == 0 {
            buffer = more
        } else {
            buffer.discardReadBytes()
            buffer.writeBuffer(&more)
        }
    }

    /// Content before the next delimiter; `nil` when the delimiter is what comes next.
    private mutating func contentUpToDelimiter() async throws -> ByteBuffer? {
        while true {
            let (length, isAtDelimiter) = scan()
            if length > 0 { return buffer.readSlice(length: length) }
            if isAtDelimiter { return nil }
            try await fill()
        }
    }

    /// How many bytes are content for certain, and whether the delimiter follows them.
    private func scan() -> (length: Int, isAtDelimiter: Bool) {
        buffer.withUnsafeReadableBytes { bytes in
            guard let base = bytes.baseAddress else { return (0, false) }
            var position = 0
            while position < bytes.count, let found = memchr(base + position, 0x0D, bytes.count - position) {
                let start = base.distance(to: UnsafeRawPointer(found))
                let available = min(delimiter.count, bytes.count - start)
                let isMatch = delimiter.withUnsafeBytes { memcmp(base + start, $0.baseAddress!, available) == 0 }
                if isMatch { return (start, available == delimiter.count) }
                position = start + 1
            }
            return (bytes.count, false)
        }
    }

    /// Whether `--` follows the delimiter, and after it a line break, white space or the end of the body. Nothing is consumed.
    private mutating func isLastDelimiter() async throws -> Bool {
        while buffer.readableBytes < 2 { try await fill() }
        guard buffer.readableBytesView.starts(with: [0x2D, 0x2D]) else { return false }
        if buffer.readableBytes == 2 {
            guard var more = try await body.next() else { return true }
            buffer.discardReadBytes()
            buffer.writeBuffer(&more)
        }
        guard let next = buffer.readableBytesView.dropFirst(2).first else { return true }
        guard next == 0x0D || next == 0x20 || next == 0x09 else { throw Self.malformed }
        return true
    }

    /// Bytes up to CR LF, which is consumed.
    private mutating func line(limit: Int) async throws -> [UInt8] {
        var searched = 0
        while true {
            let view = buffer.readableBytesView
            if let feed = view.dropFirst(searched).firstIndex(of: 0x0A) {
                let length = feed - view.startIndex
                guard length >= 1, length <= limit, view[feed - 1] == 0x0D else { throw Self.malformed }
                let line = Array(view[view.startIndex..<(feed - 1)])
                buffer.moveReaderIndex(forwardBy: length + 1)
                return line
            }
            searched = view.count
            guard searched <= limit else { throw Self.malformed }
            try await fill()
        }
    }

    private mutating func headers() async throws -> MultipartPart {
        var part = MultipartPart()
        var total = 0
        while true {
            let line = try await line(limit: Self.longestHeaders)
            if line.isEmpty { break }
            total += line.count
            guard total <= Self.longestHeaders, let text = String(validating: line, as: UTF8.self), let colon = text.firstIndex(of: ":") else {
                throw Self.malformed
            }
            let value = String(text[text.index(after: colon)...]).trimmed
            switch text[..<colon].lowercased() {
            case "content-disposition": try part.readDisposition(value)
            case "content-type": part.contentType = value
            default: break
            }
        }
        guard part.hasDisposition else { throw Self.malformed }
        return part
    }
}

/// What the headers of a part say.
package struct MultipartPart: Sendable, Equatable {
    package internal(set) var name = ""
    /// As it was sent, not safe as a path; `nil` for plain fields.
    package internal(set) var filename: String?
    package internal(set) var contentType: String?
    fileprivate var hasDisposition = false

    fileprivate mutating func readDisposition(_ value: String) throws {
        let parameters = HeaderParameters(value)
        guard parameters.value.lowercased() == "form-data", let name = parameters["name"] else {
            throw AppError(.badRequest, "There was an error parsing the body")
        }
        hasDisposition = true
        self.name = name
        filename = parameters["filename*"].flatMap(HeaderParameters.extendedValue) ?? parameters["filename"]
    }
}
