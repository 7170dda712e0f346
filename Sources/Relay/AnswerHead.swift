import NIOHTTP1

/// The head of an answer, written into bytes that are used again for every answer.
struct AnswerHead {
    enum Framing {
        case length(Int)
        case chunked
    }

    var status = 200
    var contentType = ResponseHead.json
    var retryAfter: [UInt8] = []
    var framing = Framing.length(0)
    var isStream = false
    /// Who answers: `openai:0`.
    var upstream: [UInt8] = []
    /// Who was passed over or has failed, with why; empty for nobody.
    var failover: [UInt8] = []
    var closes = false
    /// Seconds since the request came.
    var seconds = 0

    static let eventStream = Array("text/event-stream; charset=utf-8".utf8)
    static let text = Array("text/plain; charset=utf-8".utf8)
    /// Room that every head fits into, unless the upstream's own header values are very long.
    static let room = 512

    func write(into bytes: inout [UInt8], requestID: [UInt8], date: [UInt8]) {
        bytes.removeAll(keepingCapacity: true)
        if status == 200 {
            bytes.append("HTTP/1.1 200 OK\r\ncontent-type: ")
        } else {
            bytes.append("HTTP/1.1 ")
            bytes.append(decimal: status)
            bytes.append(" ")
            bytes.append(contentsOf: HTTPResponseStatus(statusCode: status).reasonPhrase.utf8)
            bytes.append("\r\ncontent-type: ")
        }
        bytes.append(contentsOf: contentType)
        switch framing {
        case .length(let length):
            bytes.append("\r\ncontent-length: ")
            bytes.append(decimal: length)
        case .chunked: bytes.append("\r\ntransfer-encoding: chunked")
        }
        if isStream { bytes.append("\r\ncache-control: no-cache") }
        if !retryAfter.isEmpty {
            bytes.append("\r\nretry-after: ")
            bytes.append(contentsOf: retryAfter)
        }
        if closes { bytes.append("\r\nconnection: close") }
        if !upstream.isEmpty {
            bytes.append("\r\nx-haneul-upstream: ")
            bytes.append(contentsOf: upstream)
        }
        bytes.append("\r\nx-haneul-attempts: 1")
        if !failover.isEmpty {
            bytes.append("\r\nx-haneul-failover: ")
            bytes.append(contentsOf: failover)
        }
        bytes.append("\r\nx-request-id: ")
        bytes.append(contentsOf: requestID)
        bytes.append("\r\nx-process-time: ")
        bytes.append(decimal: seconds)
        bytes.append("\r\ndate: ")
        bytes.append(contentsOf: date)
        bytes.append("\r\n\r\n")
    }
}

extension [UInt8] {
    @inline(__always)
    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(decimal value: Int) {
        if value >= 10 { append(decimal: value / 10) }
        append(UInt8(ascii: "0") + UInt8(value % 10))
    }

    /// Sixteen digits.
    mutating func append(hex value: UInt64) {
        var shift = 60
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt64(shift)) & 15
            append(digit < 10 ? 0x30 + digit : 0x57 + digit)
            shift -= 4
        }
    }
}
