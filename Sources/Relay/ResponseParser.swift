/// Reads the answers of one upstream connection, one after the other, from bytes cut anywhere.
///
/// `next` is called with the same bytes until it returns `nil`, which means that all of them are used up.
struct ResponseParser {
    enum Event: Equatable {
        /// Answers with a status below 200 are passed over.
        case head(ResponseHead)
        /// A piece of the body, as a range of the bytes at hand.
        case body(Range<Int>)
        /// The answer is complete. What follows in the bytes belongs to nobody.
        case end
    }

    private enum State {
        case head
        case length(Int)
        case chunkSize(Int, digits: Int)
        /// Behind the digits of a chunk's size; for the size 0 the trailer follows.
        case chunkExtension(Int)
        case chunk(Int)
        case chunkEnd
        case trailer(lineLength: Int)
        case untilClose
        case finished
        case done
    }

    private var state = State.head
    /// The bytes of a head that came in more than one piece.
    private var stash: [UInt8] = []
    /// Where the last line of the stash begins: what stands before has been searched.
    private var stashLine = 0
    private var trailerLength = 0
    private static let maximumHead = 64 * 1024

    /// Whether anything of the answer has been seen.
    var hasBegun: Bool {
        if case .head = state { return !stash.isEmpty }
        return true
    }

    /// Forgets the last answer.
    mutating func reset() {
        state = .head
        if !stash.isEmpty { stash = [] }
        trailerLength = 0
    }

    /// What the end of the connection means: `true` when the answer is complete by it.
    func isComplete(atClose: Void = ()) -> Bool {
        switch state {
        case .untilClose, .finished, .done: true
        default: false
        }
    }

    mutating func next(_ bytes: UnsafeRawBufferPointer, at position: inout Int) throws(ResponseError) -> Event? {
        while true {
            switch state {
            case .finished:
                state = .done
                return .end
            case .done: return nil
            case .head:
                guard let head = try readHead(bytes, at: &position) else { return nil }
                if head.status >= 200 { return .head(head) }
                guard head.status != 101 else { throw .malformed }
            case .untilClose:
                guard position < bytes.count else { return nil }
                defer { position = bytes.count }
                return .body(position..<bytes.count)
            case .length(let remaining):
                guard position < bytes.count else { return nil }
                let piece = position..<(position + min(remaining, bytes.count - position))
                position = piece.upperBound
                state = piece.count == remaining ? .finished : .length(remaining - piece.count)
                return .body(piece)
            case .chunk(let remaining):
                guard position < bytes.count else { return nil }
                let piece = position..<(position + min(remaining, bytes.count - position))
                position = piece.upperBound
                state = piece.count == remaining ? .chunkEnd : .chunk(remaining - piece.count)
                return .body(piece)
            case .chunkSize, .chunkExtension, .chunkEnd, .trailer:
                guard position < bytes.count else { return nil }
                try frame(bytes, at: &position)
            }
        }
    }

    /// The bytes between chunks.
    private mutating func frame(_ bytes: UnsafeRawBufferPointer, at position: inout Int) throws(ResponseError) {
        let byte = bytes[position]
        position += 1
        switch state {
        case .chunkSize(let size, let digits):
            if let digit = Self.hexValue(byte) {
                guard digits < 12 else { throw .malformed }
                state = .chunkSize(size << 4 | digit, digits: digits + 1)
            } else {
                guard digits > 0, byte == 0x0A || byte == 0x0D || byte == UInt8(ascii: ";") || byte == 0x20 || byte == 0x09 else { throw .malformed }
                if byte == 0x0A { endOfSize(size) } else { state = .chunkExtension(size) }
            }
        case .chunkExtension(let size):
            if byte == 0x0A { endOfSize(size) }
        case .chunkEnd:
            if byte == 0x0A { state = .chunkSize(0, digits: 0) } else if byte != 0x0D { throw .malformed }
        case .trailer(let lineLength):
            trailerLength += 1
            guard trailerLength <= Self.maximumHead else { throw .headTooLong }
            if byte == 0x0A {
                state = lineLength == 0 ? .finished : .trailer(lineLength: 0)
            } else if byte != 0x0D {
                state = .trailer(lineLength: lineLength + 1)
            }
        default: break
        }
    }

    private mutating func endOfSize(_ size: Int) { state = size == 0 ? .trailer(lineLength: 0) : .chunk(size) }

    private mutating func readHead(_ bytes: UnsafeRawBufferPointer, at position: inout Int) throws(ResponseError) -> ResponseHead? {
        let head: ResponseHead
        if stash.isEmpty {
            let rest = bytes.slice(position..<bytes.count)
            var line = 0
            guard let length = Self.headLength(rest, line: &line) else {
                stashLine = line
                stash.append(contentsOf: rest)
                position = bytes.count
                guard stash.count <= Self.maximumHead else { throw .headTooLong }
                return nil
            }
            position += length
            head = try ResponseHead(parsing: rest.slice(0..<length))
        } else {
            let before = stash.count
            stash.append(contentsOf: bytes.slice(position..<bytes.count))
            var line = stashLine
            guard let length = stash.withUnsafeBytes({ Self.headLength($0, line: &line) }) else {
                stashLine = line
                position = bytes.count
                guard stash.count <= Self.maximumHead else { throw .headTooLong }
                return nil
            }
            position += length - before
            let result = stash.withUnsafeBytes { bytes in
                Result { () throws(ResponseError) in try ResponseHead(parsing: bytes.slice(0..<length)) }
            }
            stash = []
            head = try result.get()
        }
        switch head.framing {
        case _ where head.status < 200: state = .head
        case .none: state = .finished
        case .length(let length): state = .length(length)
        case .chunked: state = .chunkSize(0, digits: 0)
        case .untilClose: state = .untilClose
        }
        return head
    }

    /// Where the empty line ends.
    /// - Parameter line: where a line begins, from which to search; left at the last one that begins in the bytes.
    private static func headLength(_ bytes: UnsafeRawBufferPointer, line: inout Int) -> Int? {
        while let newline = bytes.index(of: 0x0A, from: line) {
            if newline == line || (newline == line + 1 && bytes[line] == 0x0D) { return newline + 1 }
            line = newline + 1
        }
        return nil
    }

    private static func hexValue(_ byte: UInt8) -> Int? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int(byte) - 0x30
        case UInt8(ascii: "a")...UInt8(ascii: "f"): Int(byte) - 0x57
        case UInt8(ascii: "A")...UInt8(ascii: "F"): Int(byte) - 0x37
        default: nil
        }
    }
}
