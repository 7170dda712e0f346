/// The head of an HTTP/1.1 request, as far as the relay must know it: where it ends, how long the body is, and whether it is a
/// plain chat. Names and values stay where they are.
struct RequestHead {
    /// Including the empty line.
    var length = 0
    var contentLength = 0
    /// A chat route, asked with POST.
    var path: RelayPath?
    /// Where the token stands.
    var token: Range<Int>?
    /// Where a request id of the client stands.
    var requestID: Range<Int>?
    /// Where the client's place in a trace stands.
    var traceParent: Range<Int>?
    /// Nothing in the head needs a look of the handlers behind the relay.
    var isPlain = false
    /// The client does not ask to close the connection after the answer.
    var keepsAlive = true

    /// The result of looking for a head at the start of some bytes.
    enum Scan {
        case incomplete
        /// The head, whose request ends `contentLength` bytes after it.
        case head(RequestHead)
        /// Something that is not plainly framed. Whoever sees this must leave all bytes to the full HTTP parser and never guess
        /// where a request ends: two parsers that disagree are how requests are smuggled.
        case unclear
    }

    static func scan(_ bytes: UnsafeRawBufferPointer) -> Scan {
        var scanner = RequestHeadScanner(bytes: bytes)
        return scanner.scan()
    }
}

/// One pass over a head. Strict: lines end in CRLF, names are letters, digits, `-` and `_`, values have no control characters but
/// tabs, the body is framed by one `Content-Length` or there is none.
private struct RequestHeadScanner {
    let bytes: UnsafeRawBufferPointer
    var head = RequestHead()
    private var hasLength = false
    private var hasJSONType = false
    private var hasBearer = false
    private var hasCookie = false
    private var key: Range<Int>?
    private var isSpecial = false

    init(bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    mutating func scan() -> RequestHead.Scan {
        var line = 0
        while true {
            guard let newline = bytes.index(of: 0x0A, from: line) else { return .incomplete }
            guard newline > line, bytes[newline - 1] == 0x0D else { return .unclear }
            let end = newline - 1
            if end == line {
                guard line > 0 else { return .unclear }
                head.length = newline + 1
                finish()
                return .head(head)
            }
            guard !hasControls(line..<end), line == 0 ? requestLine(end) : field(line..<end) else { return .unclear }
            line = newline + 1
        }
    }

    private mutating func finish() {
        if !hasBearer, let key, !hasCookie { head.token = key }
        head.isPlain = head.path != nil && head.token != nil && hasJSONType && hasLength && !isSpecial
    }

    /// `METHOD SP target SP HTTP/1.1`
    private mutating func requestLine(_ end: Int) -> Bool {
        guard end > 10, bytes.slice((end - 9)..<end).equals(" HTTP/1.1") else { return false }
        var position = 0
        while position < end, bytes[position] >= UInt8(ascii: "A"), bytes[position] <= UInt8(ascii: "Z") { position += 1 }
        guard position > 0, bytes[position] == 0x20 else { return false }
        let target = (position + 1)..<(end - 9)
        guard !target.isEmpty, bytes.index(of: 0x20, from: target.lowerBound) == target.upperBound else { return false }
        let method = bytes.slice(0..<position)
        if method.equals("POST") { head.path = RelayPath(bytes.slice(target)) }
        return !method.equals("CONNECT")
    }

    private mutating func field(_ line: Range<Int>) -> Bool {
        var colon = line.lowerBound
        while colon < line.upperBound, Self.isNameByte(bytes[colon]) { colon += 1 }
        guard colon > line.lowerBound, colon < line.upperBound, bytes[colon] == UInt8(ascii: ":") else { return false }
        let name = bytes.slice(line.lowerBound..<colon)
        let value = bytes.trimmed((colon + 1)..<line.upperBound)
        switch name.count {
        case 6:
            if name.equalsIgnoringCase("cookie") { hasCookie = true }
            if name.equalsIgnoringCase("origin") || name.equalsIgnoringCase("expect") { isSpecial = true }
        case 7 where name.equalsIgnoringCase("upgrade"): return false
        case 9 where name.equalsIgnoringCase("x-api-key"):
            if key != nil || value.isEmpty { isSpecial = true }
            key = value
        case 10 where name.equalsIgnoringCase("connection"):
            if bytes.listContains("close", in: value) { head.keepsAlive = false }
            if bytes.listContains("upgrade", in: value) { return false }
        case 11 where name.equalsIgnoringCase("traceparent"): head.traceParent = value
        case 12:
            if name.equalsIgnoringCase("content-type") { hasJSONType = isJSON(bytes.slice(value)) }
            if name.equalsIgnoringCase("x-request-id") { head.requestID = isIdentifier(value) ? value : nil }
        case 13 where name.equalsIgnoringCase("authorization"):
            guard !hasBearer, bytes.slice(value).hasPrefixIgnoringCase("bearer ") else {
                isSpecial = true
                break
            }
            hasBearer = true
            let token = bytes.trimmed((value.lowerBound + 7)..<value.upperBound)
            if token.isEmpty { isSpecial = true } else { head.token = token }
        case 14 where name.equalsIgnoringCase("content-length"):
            guard !hasLength, let length = bytes.decimal(value) else { return false }
            hasLength = true
            head.contentLength = length
        case 15 where name.equalsIgnoringCase("idempotency-key"): isSpecial = true
        case 16 where name.equalsIgnoringCase("content-encoding"): isSpecial = true
        case 17 where name.equalsIgnoringCase("transfer-encoding"): return false
        default: break
        }
        return true
    }

    /// `application/json`, with or without parameters.
    private func isJSON(_ value: UnsafeRawBufferPointer) -> Bool {
        guard value.hasPrefixIgnoringCase("application/json") else { return false }
        return value.count == 16 || value[16] == UInt8(ascii: ";") || value[16] == 0x20
    }

    private func isIdentifier(_ value: Range<Int>) -> Bool {
        !value.isEmpty && value.count <= 128 && value.allSatisfy { Self.isNameByte(bytes[$0]) || bytes[$0] == UInt8(ascii: ".") }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    /// Control characters other than tabs, and DEL. Eight bytes at a time.
    private func hasControls(_ range: Range<Int>) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var position = range.lowerBound
        while position + 8 <= range.upperBound {
            let word = bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)
            let deletes = word ^ (ones &* 0x7F)
            let found = ((word &- (ones &* 0x20)) & ~word) | ((deletes &- ones) & ~deletes)
            if found & 0x8080_8080_8080_8080 != 0 { break }
            position += 8
        }
        while position < range.upperBound {
            let byte = bytes[position]
            if (byte < 0x20 && byte != 0x09) || byte == 0x7F { return true }
            position += 1
        }
        return false
    }
}
