import Testing

@testable import Relay

struct RequestHeadTests {
    private func scan(_ text: String) -> RequestHead.Scan { Array(text.utf8).withUnsafeBytes { RequestHead.scan($0) } }

    private func head(_ text: String) throws -> RequestHead {
        guard case .head(let head) = scan(text) else { throw Failure() }
        return head
    }

    private struct Failure: Error {}

    private static let plain =
        "POST /api/chat/completions HTTP/1.1\r\nHost: h\r\nauthorization: Bearer  sk-1 \r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n"

    @Test func `a plain chat is seen as one`() throws {
        let head = try head(Self.plain + "{\"model\":1}\n")
        #expect(head.isPlain)
        #expect(head.length == Self.plain.utf8.count)
        #expect(head.contentLength == 12)
        #expect(head.keepsAlive)
        let token = try #require(head.token)
        #expect(String(decoding: Array(Self.plain.utf8)[token], as: UTF8.self) == "sk-1")
    }

    @Test func `a head is incomplete at every length before its end`() {
        let bytes = Array(Self.plain.utf8)
        for count in 0..<bytes.count {
            let scan = bytes[..<count].withUnsafeBytes { RequestHead.scan($0) }
            guard case .incomplete = scan else {
                Issue.record("not incomplete at \(count)")
                return
            }
        }
    }

    @Test(arguments: [
        "Transfer-Encoding: chunked", "transfer-encoding: identity", "Content-Length: 12\r\nContent-Length: 12", "Content-Length: +12",
        "Content-Length: 0x0c", "Content-Length: 12, 12", "Content-Length : 12", "Content-Length: 1234567890123456", " folded: line",
        "no colon", ": no name", "na(me): x", "Name: a\u{0}b", "Name: a\u{7F}b", "Name: a\rb", "Name: a\nb", "Upgrade: websocket",
        "Connection: keep-alive, Upgrade", "Content-Length:", "\u{1}: x",
    ])
    func `framing that two parsers may read differently is left to the full one`(line: String) {
        guard case .unclear = scan("POST /api/chat/completions HTTP/1.1\r\nHost: h\r\n\(line)\r\n\r\n") else {
            Issue.record("taken: \(line)")
            return
        }
    }

    @Test(arguments: [
        "GET /x HTTP/1.0", "GET  /x HTTP/1.1", "GET /x y HTTP/1.1", "get /x HTTP/1.1", "GET /x", "\u{16}\u{3}\u{1}", "PRI * HTTP/2.0",
        "CONNECT h:1 HTTP/1.1", "GET /x HTTP/1.1 ", " GET /x HTTP/1.1", "",
    ])
    func `request lines that are not plain are left to the full parser`(line: String) {
        guard case .unclear = scan("\(line)\r\nHost: h\r\n\r\n") else {
            Issue.record("taken: \(line)")
            return
        }
    }

    @Test func `line feeds alone are left to the full parser`() {
        guard case .unclear = scan("GET /x HTTP/1.1\nHost: h\n\n") else {
            Issue.record("taken")
            return
        }
    }

    @Test(arguments: [
        "Origin: http://x", "Expect: 100-continue", "Content-Encoding: gzip", "Idempotency-Key: 1", "Authorization: Bearer x",
        "Authorization: Basic eDp5", "Content-Type: text/plain",
    ])
    func `chats that need more than passing on go the long way`(line: String) throws {
        let text = Self.plain.dropLast() + line + "\r\n\r\n"
        let head = try head(String(text))
        #expect(!head.isPlain)
        #expect(head.contentLength == 12)
    }

    @Test(arguments: [
        ("application/json", true), ("Application/JSON; charset=utf-8", true), ("application/json ;x=y", true), ("application/jsonx", false),
        ("text/json", false), ("", false),
    ])
    func `only JSON bodies are plain`(type: String, isPlain: Bool) throws {
        let text = "POST /api/v1/chat/completions HTTP/1.1\r\nx-api-key: k\r\nContent-Type: \(type)\r\nContent-Length: 2\r\n\r\n"
        #expect(try head(text).isPlain == isPlain)
    }

    @Test func `a key in its own header counts only without cookies`() throws {
        let start = "POST /openai/chat/completions HTTP/1.1\r\nX-API-Key: sk-2\r\nContent-Type: application/json\r\nContent-Length: 2\r\n"
        #expect(try head(start + "\r\n").isPlain)
        #expect(try !head(start + "Cookie: token=x\r\n\r\n").isPlain)
        #expect(try !head(start + "x-api-key: other\r\n\r\n").isPlain)
    }

    @Test func `a bearer counts before cookies and keys`() throws {
        let head = try head(Self.plain.dropLast() + "Cookie: token=x\r\nx-api-key: y\r\n\r\n")
        #expect(head.isPlain)
        #expect(head.token.map { String(decoding: Array(Self.plain.utf8)[$0], as: UTF8.self) } == "sk-1")
    }

    @Test(arguments: ["GET /api/chat/completions", "POST /api/chat/completions/", "POST /api/chat/completions?x=1", "POST /api/models"])
    func `other requests are framed but not plain`(line: String) throws {
        let head = try head("\(line) HTTP/1.1\r\nAuthorization: Bearer x\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n")
        #expect(!head.isPlain)
        #expect(head.contentLength == 7)
    }

    @Test func `closing is noticed anywhere in the list`() throws {
        #expect(try !head(Self.plain.dropLast() + "Connection: x, Close\r\n\r\n").keepsAlive)
        #expect(try head(Self.plain.dropLast() + "Connection: keep-alive\r\n\r\n").keepsAlive)
    }
}
