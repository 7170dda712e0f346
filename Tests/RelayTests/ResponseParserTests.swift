import Testing

@testable import Relay

struct ResponseParserTests {
    private struct Outcome: Equatable {
        var statuses: [Int] = []
        var body = ""
        var isEnded = false
    }

    /// Feeds the pieces one after the other.
    private func parse(_ pieces: [[UInt8]]) throws -> (Outcome, ResponseParser) {
        var parser = ResponseParser()
        var outcome = Outcome()
        var body: [UInt8] = []
        for piece in pieces {
            try piece.withUnsafeBytes { bytes in
                var position = 0
                while let event = try parser.next(bytes, at: &position) {
                    switch event {
                    case .head(let head): outcome.statuses.append(head.status)
                    case .body(let range): body += bytes[range]
                    case .end: outcome.isEnded = true
                    }
                    if outcome.isEnded { break }
                }
            }
        }
        outcome.body = String(decoding: body, as: UTF8.self)
        return (outcome, parser)
    }

    private static let answers: [(text: String, outcome: (Int, String))] = [
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", (200, "hello")),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0b\r\n, wonderful\r\n0\r\n\r\n", (200, "hello, wonderful")),
        ("HTTP/1.1 200\r\ntransfer-encoding: Chunked\r\n\r\n3;x=\"y\"\r\nabc\r\n0\r\nTrailer: x\r\nOther: y\r\n\r\n", (200, "abc")),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 429 Slow down\r\nContent-Length: 2\r\nRetry-After: 3\r\n\r\nno", (429, "no")),
        ("HTTP/1.1 204 No Content\r\n\r\n", (204, "")),
        ("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", (500, "")),
        ("HTTP/1.1 200 OK\nContent-Length: 2\n\nab", (200, "ab")),
    ]

    @Test(arguments: answers.indices)
    func `an answer is read whatever the pieces it comes in`(index: Int) throws {
        let (text, (status, body)) = Self.answers[index]
        let expected = Outcome(statuses: [status], body: body, isEnded: true)
        let bytes = Array(text.utf8)
        #expect(try parse([bytes]).0 == expected)
        #expect(try parse(bytes.map { [$0] }).0 == expected)
        for cut in 1..<bytes.count { #expect(try parse([Array(bytes[..<cut]), Array(bytes[cut...])]).0 == expected) }
    }

    @Test(arguments: answers.indices)
    func `an answer cut anywhere is not complete`(index: Int) throws {
        let bytes = Array(Self.answers[index].text.utf8)
        for count in 0..<bytes.count {
            let (outcome, parser) = try parse([Array(bytes[..<count])])
            #expect(!outcome.isEnded)
            #expect(!parser.isComplete())
        }
    }

    @Test func `without framing the end of the connection is the end of the answer`() throws {
        let (outcome, parser) = try parse([Array("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nsome".utf8)])
        #expect(outcome.body == "some")
        #expect(!outcome.isEnded)
        #expect(parser.isComplete())
    }

    @Test(arguments: [
        "HTTP/2 200 OK\r\n\r\n", "hello\r\n\r\n", "\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 abc\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffff\r\n", "HTTP/1.1 200 OK\r\n folded\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\n", "HTTP/1.1 200 OK\r\nnocolon\r\n\r\n",
    ])
    func `what is not HTTP is refused`(text: String) {
        #expect(throws: ResponseError.self) { try parse([Array(text.utf8)]) }
    }

    @Test func `a head without end is refused`() {
        let line = Array("x: y\r\n".utf8)
        #expect(throws: ResponseError.headTooLong) {
            try parse([Array("HTTP/1.1 200 OK\r\n".utf8)] + Array(repeating: line, count: 20_000))
        }
    }

    @Test func `what matters of a head is read`() throws {
        let text =
            "HTTP/1.1 429 Slow\r\nCONTENT-TYPE: text/event-stream; charset=utf-8\r\nRetry-After: 7\r\nConnection: Close\r\nContent-Length: 3\r\n\r\n"
        let head = try Array(text.utf8).withUnsafeBytes { try ResponseHead(parsing: $0) }
        #expect(head.status == 429)
        #expect(head.isEventStream)
        #expect(!head.isJSON)
        #expect(!head.keepsAlive)
        #expect(head.retryAfter == Array("7".utf8))
        #expect(head.framing == .length(3))
    }

    @Test func `a connection with two framings is used once`() throws {
        let text = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        let head = try Array(text.utf8).withUnsafeBytes { try ResponseHead(parsing: $0) }
        #expect(head.framing == .chunked)
        #expect(!head.keepsAlive)
    }
}
