/// The head of an upstream's answer, as far as the relay must know it.
struct ResponseHead: Equatable {
    enum Framing: Equatable {
        case none
        case length(Int)
        case chunked
        /// The end of the connection is the end of the body.
        case untilClose
    }

    var status = 0
    var framing = Framing.untilClose
    var keepsAlive = true
    var isEventStream = false
    /// Missing counts as JSON.
    var isJSON = true
    var contentEncoding: [UInt8] = []
    var retryAfter: [UInt8] = []
    var requestID: [UInt8] = []

    static let json = Array("application/json".utf8)

    /// Reads a whole head, empty line included. Line ends may be CRLF or LF.
    init(parsing bytes: UnsafeRawBufferPointer) throws(ResponseError) {
        var line = 0
        var length: Int?
        var isChunked = false
        while let newline = bytes.index(of: 0x0A, from: line) {
            let end = newline > line && bytes[newline - 1] == 0x0D ? newline - 1 : newline
            if line == 0 {
                try statusLine(bytes.slice(0..<end))
            } else if end > line {
                guard let colon = bytes.index(of: UInt8(ascii: ":"), from: line), colon < end, colon > line, bytes[line] > 0x20 else {
                    throw .malformed
                }
                let value = bytes.trimmed((colon + 1)..<end)
                let name = bytes.slice(line..<colon)
                switch name.count {
                case 10 where name.equalsIgnoringCase("connection"):
                    if bytes.listContains("close", in: value) { keepsAlive = false }
                case 11 where name.equalsIgnoringCase("retry-after"): retryAfter = Self.text(bytes, value)
                case 12:
                    if name.equalsIgnoringCase("content-type") {
                        let type = bytes.slice(value)
                        isEventStream = type.hasPrefixIgnoringCase("text/event-stream")
                        isJSON = type.hasPrefixIgnoringCase("application/json")
                    } else if name.equalsIgnoringCase("x-request-id") {
                        requestID = Self.text(bytes, value)
                    }
                case 14 where name.equalsIgnoringCase("content-length"):
                    guard let number = bytes.decimal(value), length == nil || length == number else { throw .malformed }
                    length = number
                case 16 where name.equalsIgnoringCase("content-encoding"):
                    if !bytes.slice(value).equalsIgnoringCase("identity") { contentEncoding = Self.text(bytes, value) }
                case 17 where name.equalsIgnoringCase("transfer-encoding"):
                    guard bytes.slice(value).equalsIgnoringCase("chunked"), !isChunked else { throw .malformed }
                    isChunked = true
                default: break
                }
            }
            line = newline + 1
        }
        if status < 200 || status == 204 || status == 304 {
            framing = .none
        } else if isChunked {
            framing = .chunked
            // Both framings at once: believe the chunks, but never use the connection again.
            if length != nil { keepsAlive = false }
        } else if let length {
            framing = length == 0 ? .none : .length(length)
        } else {
            keepsAlive = false
        }
    }

    /// `HTTP/1.1 200 OK`
    private mutating func statusLine(_ line: UnsafeRawBufferPointer) throws(ResponseError) {
        guard line.count >= 12, line.slice(0..<7).equals("HTTP/1."), line[8] == 0x20, line.count == 12 || line[12] == 0x20,
            let code = line.decimal(9..<12), code >= 100
        else { throw .malformed }
        status = code
        if line[7] != UInt8(ascii: "1") { keepsAlive = false }
    }

    /// A value that may stand in an answer of ours: no control characters.
    private static func text(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> [UInt8] {
        bytes.slice(range).filter { $0 >= 0x20 && $0 != 0x7F }
    }
}

/// An upstream that does not speak HTTP/1.1.
enum ResponseError: Error {
    case malformed
    case headTooLong
}
