import Domain
import Synchronization
import TestSupport
import Testing

@testable import Relay

/// Chats that the relay answers, over real sockets.
@Suite(.serialized) struct RelayedChatTests {
    private static let completion = #"{"id":"c1","choices":[{"message":{"content":"안녕"}}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#

    @Test func `a plain answer comes back as it is, and the provider sees its own key only`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer(Self.completion))] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest())
            let answer = try await client.answer()
            #expect(answer.status == 200)
            #expect(answer.body == Self.completion)
            #expect(answer.headers["content-type"] == "application/json")
            #expect(answer.headers["x-process-time"] == "0")
            #expect(answer.headers["date"]?.hasSuffix(" GMT") == true)
            let request = try #require(harness.upstream.requests.first)
            #expect(request.hasPrefix("POST /v1/chat/completions HTTP/1.1\r\n"))
            #expect(request.contains("\r\nauthorization: Bearer sk-up\r\n"))
            #expect(request.contains("\r\nx-extra: 1\r\n"))
            #expect(request.contains("\r\nx-request-id: \(try #require(answer.headers["x-request-id"]))\r\n"))
            #expect(!request.contains("sk-good"))
            #expect(request.hasSuffix("\r\n\r\n" + #"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#))
            let record = try #require(harness.recorder.records.first)
            #expect((record.userID, record.keyID, record.modelID, record.upstream) == ("u1", "k1", "m", "openai:0"))
            #expect((record.tokens.input, record.tokens.output, record.status, record.isEstimated) == (3, 4, 200, false))
            #expect((record.relayedRoute, record.failure, record.isStream) == ("/api/chat/completions", nil, false))
            #expect(record.requestID == answer.headers["x-request-id"])
            #expect(harness.relay.counters.snapshot.openExchanges == 0)
        }
    }

    @Test func `the model is replaced and own keys are left out, everything else stays byte for byte`() async throws {
        let body = #"{ "chat_id":"local:x", "model" : "alias","x":1.0,"y":"\u00e9/\/", "session_id":"s","messages":[ ] }"#
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest(body))
            #expect(try await client.answer().body == "{}")
            let request = try #require(harness.upstream.requests.first)
            #expect(request.hasSuffix("\r\n\r\n" + #"{ "model" : "real","x":1.0,"y":"\u00e9/\/","messages":[ ] }"#))
        }
    }

    @Test func `requests and answers may come in single bytes`() async throws {
        try await RelayHarness.with(script: { index, _ in
            [
                .dribble(
                    index == 0
                        ? plainAnswer(Self.completion) : streamHead + chunk("data: {\"a\":\"안\"}\r\n\r\n") + chunk("data: [DONE]\n\n") + "0\r\n\r\n")
            ]
        }) { harness in
            let client = try await harness.client()
            try await client.dribble(chatRequest(#"{"model":"m","stream":false}"#))
            #expect(try await client.answer().body == Self.completion)
            try await client.dribble(chatRequest(#"{"model":"m","stream":true}"#))
            #expect(try await client.answer().body == "data: {\"a\":\"안\"}\r\n\r\ndata: [DONE]\n\n")
        }
    }

    @Test(arguments: ["/api/chat/completions", "/api/v1/chat/completions", "/openai/chat/completions"])
    func `every chat route is relayed`(path: String) async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest(path: path))
            #expect(try await client.answer().body == "{}")
        }
    }

    @Test func `connections are kept, on both sides`() async throws {
        try await RelayHarness.with(script: { index, _ in [.send(plainAnswer("{\"n\":\(index)}"))] }) { harness in
            let client = try await harness.client()
            for n in 0..<20 {
                try await client.send(chatRequest())
                #expect(try await client.answer().body == "{\"n\":\(n)}")
            }
            #expect(harness.upstream.connections == 1)
            #expect(harness.relay.counters.snapshot.relayed == 20)
        }
    }

    @Test func `pipelined requests are answered in order, whichever way they go`() async throws {
        try await RelayHarness.with(script: { index, _ in [.pause(milliseconds: 5), .send(plainAnswer("{\"n\":\(index)}"))] }) { harness in
            let client = try await harness.client()
            let other = "GET /health HTTP/1.1\r\nHost: h\r\n\r\n"
            let post = "POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc"
            try await client.send(chatRequest() + other + chatRequest() + chatRequest() + post + other + chatRequest())
            for body in ["{\"n\":0}", "long GET /health 0", "{\"n\":1}", "{\"n\":2}", "long POST /other 3", "long GET /health 0", "{\"n\":3}"] {
                #expect(try await client.answer().body == body)
            }
        }
    }

    @Test func `a request to close is honoured`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest(headers: "Connection: close\r\n"))
            let answer = try await client.answer()
            #expect(answer.headers["connection"] == "close")
            try await client.waitUntilClosed()
        }
    }

    @Test func `a client's own request id is used`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest(headers: "X-Request-Id: abc-1.2\r\n"))
            #expect(try await client.answer().headers["x-request-id"] == "abc-1.2")
            #expect(try #require(harness.upstream.requests.first).contains("x-request-id: abc-1.2\r\n"))
        }
    }

    @Test func `a large body and a large answer pass`() async throws {
        let text = String(repeating: "한글 text ", count: 40_000)
        try await RelayHarness.with(script: { _, request in [.send(plainAnswer("{\"n\":\(request.utf8.count),\"t\":\"\(text)\(text)\(text)\"}"))] }) {
            harness in
            let client = try await harness.client()
            try await client.send(chatRequest("{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"\(text)\"}]}"))
            let answer = try await client.answer()
            #expect(answer.body.utf8.count > 3 * text.utf8.count)
            #expect(answer.body.hasSuffix("\(text)\"}"))
            #expect(try #require(harness.upstream.requests.first).hasSuffix("\(text)\"}]}"))
        }
    }

    // MARK: Streams

    private final class Flag: Sendable {
        private let state = Mutex(false)
        var value: Bool { state.withLock { $0 } }
        func raise() { state.withLock { $0 = true } }
    }

    @Test func `a stream is passed on line by line as it comes`() async throws {
        let isSeen = Flag()
        try await RelayHarness.with(script: { _, _ in
            [
                .send(streamHead + chunk(": hi\r\n\r\ndata: {\"a\":1}\n\n")), .wait(until: { isSeen.value }), .send(chunk("data: {\"a\"")),
                .pause(milliseconds: 5), .send(chunk(":2}\n\nnot an event\n\n") + chunk("data: [DONE]\n\n") + "0\r\n\r\n"),
            ]
        }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            let first = try await client.wait { $0.contains("{\"a\":1}") }
            #expect(!first.contains("[DONE]"))
            isSeen.raise()
            let answer = try await client.answer()
            #expect(answer.headers["content-type"] == "text/event-stream; charset=utf-8")
            #expect(answer.headers["cache-control"] == "no-cache")
            #expect(answer.body == ": hi\r\n\r\ndata: {\"a\":1}\n\ndata: {\"a\":2}\n\nnot an event\n\ndata: [DONE]\n\n")
            #expect(harness.relay.counters.snapshot.streams == 1)
        }
    }

    @Test(arguments: [
        ("data: {\"a\":1}\n\ndata: [DONE]\n\n", "data: {\"a\":1}\n\ndata: [DONE]\n\n"),
        ("data: {\"a\":1}\n\n", "data: {\"a\":1}\n\ndata: [DONE]\n\n"),
        ("data: {\"a\":1}", "data: {\"a\":1}\n\ndata: [DONE]\n\n"), ("data: {\"a\":1}\r\n", "data: {\"a\":1}\r\n\ndata: [DONE]\n\n"),
        ("data: [DONE]", "data: [DONE]\n\n"), ("data: [DONE]\n\ndata: [DONE]\n\ndata: x\n\n", "data: [DONE]\n\n"), ("", "data: [DONE]\n\n"),
        ("data: {}\r\n\r\ndata: [DONE]\r\n\r\n", "data: {}\r\n\r\ndata: [DONE]\n\n"),
        ("data: {\"error\":{\"message\":\"x\"}}\n\n", "data: {\"error\":{\"message\":\"x\"}}\n\ndata: [DONE]\n\n"),
    ])
    func `a stream ends exactly once`(sent: String, received: String) async throws {
        try await RelayHarness.with(script: { index, _ in
            switch index {
            case 0: [.send(streamHead + (sent.isEmpty ? "" : chunk(sent)) + "0\r\n\r\n")]
            case 1: [.send(streamHead + sent.map { chunk(String($0)) }.joined() + "0\r\n\r\n")]
            case 2: [.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: \(sent.utf8.count)\r\n\r\n\(sent)")]
            default: [.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n\(sent)"), .close]
            }
        }) { harness in
            let client = try await harness.client()
            for _ in 0..<4 {
                try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
                #expect(try await client.answer().body == received)
            }
        }
    }

    @Test func `a connection is used again after the end mark, when the rest comes late`() async throws {
        try await RelayHarness.with(script: { _, _ in
            [.send(streamHead + chunk("data: 1\n\n") + chunk("data: [DONE]\n\n")), .pause(milliseconds: 10), .send("0\r\n\r\n")]
        }) { harness in
            let client = try await harness.client()
            for _ in 0..<3 {
                try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
                #expect(try await client.answer().body == "data: 1\n\ndata: [DONE]\n\n")
                try await Task.sleep(for: .milliseconds(40))
            }
            #expect(harness.upstream.connections == 1)
        }
    }

    @Test func `token counts of a stream are recorded`() async throws {
        try await RelayHarness.with(script: { _, _ in
            [
                .send(streamHead + chunk("data: {\"usage\":null}\n\n")), .pause(milliseconds: 5),
                .send(chunk("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":20}}\n\n")), .pause(milliseconds: 5),
                .send(chunk("data: [DONE]\n\n") + "0\r\n\r\n"),
            ]
        }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            _ = try await client.answer()
            let record = try #require(harness.recorder.records.first)
            #expect((record.tokens.input, record.tokens.output, record.isEstimated, record.isStream) == (10, 20, false, true))
            #expect(record.firstByteMilliseconds != nil)
        }
    }

    @Test func `a stream whose upstream counts nothing is counted by its events`() async throws {
        try await RelayHarness.with(script: { _, _ in
            let delta = "data: {\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n"
            return [
                .send(streamHead + chunk("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n" + delta)), .pause(milliseconds: 5),
                .send(chunk(delta + delta + String(delta.prefix(10)))), .pause(milliseconds: 5),
                .send(chunk(delta.dropFirst(10) + "data: {\"choices\":[{\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n") + "0\r\n\r\n"),
            ]
        }) { harness in
            let client = try await harness.client()
            let image = String(repeating: "A", count: 4000)
            try await client.send(
                chatRequest("{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"data:image/png;base64,\(image)\"}]}"))
            _ = try await client.answer()
            let record = try #require(harness.recorder.records.first)
            #expect(record.isEstimated)
            #expect(record.tokens.output == 4)
            #expect((1..<100).contains(record.tokens.input))
        }
    }

    @Test func `an answer says where its key stands`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            harness.gate.headers.withLock { $0 = Array("ratelimit-remaining: 7\r\nx-ratelimit-limit-requests: 9\r\n".utf8) }
            let client = try await harness.client()
            try await client.send(chatRequest())
            let answer = try await client.answer()
            #expect((answer.status, answer.headers["ratelimit-remaining"], answer.headers["x-ratelimit-limit-requests"]) == (200, "7", "9"))
            #expect(answer.body == "{}")
        }
    }

    // MARK: What takes the long way

    @Test(arguments: [
        chatRequest(token: "sk-other"), chatRequest(#"{"model":"unknown"}"#), chatRequest(#"{"messages":[]}"#), chatRequest("not json"),
        chatRequest(#"{"model":"m","files":[{"id":"1"}]}"#), chatRequest(#"{"model":"m","chat_id":"c"}"#),
        chatRequest(#"{"model":"m","messages":1}"#),
        chatRequest(#"{"model":"m","params":{"x":1}}"#), chatRequest(""), chatRequest(headers: "Origin: http://x\r\n"),
        chatRequest(path: "/api/chat/completions/"), chatRequest(path: "/api/other"),
    ])
    func `everything else reaches the handlers behind unchanged`(request: String) async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            let client = try await harness.client()
            let body = request.range(of: "\r\n\r\n").map { request[$0.upperBound...].utf8.count } ?? 0
            for _ in 0..<2 {
                try await client.send(request)
                let answer = try await client.answer()
                #expect(answer.body.hasPrefix("long POST /"))
                #expect(answer.body.hasSuffix(" \(body)"))
            }
            try await client.dribble(request)
            #expect(try await client.answer().body.hasSuffix(" \(body)"))
            try await client.send(chatRequest())
            #expect(try await client.answer().body == "{}")
            #expect(harness.upstream.requests.count == 1)
        }
    }

    @Test func `a caller at a limit takes the long way`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            harness.gate.isExhausted.withLock { $0 = true }
            let client = try await harness.client()
            try await client.send(chatRequest())
            #expect(try await client.answer().body.hasPrefix("long"))
            #expect(harness.upstream.requests.isEmpty)
        }
    }

    @Test func `a body over the limit takes the long way`() async throws {
        var configuration = RelayConfiguration()
        configuration.maximumBody = 100
        try await RelayHarness.with(configuration: configuration, script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            let client = try await harness.client()
            let text = String(repeating: "x", count: 100)
            try await client.send(chatRequest("{\"model\":\"m\",\"x\":\"\(text)\"}"))
            #expect(try await client.answer().body == "long POST /api/chat/completions \(text.utf8.count + 20)")
        }
    }

    @Test func `chunked requests take the long way, and so does all that follows them`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            let client = try await harness.client()
            try await client.send("POST /upload HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
            #expect(try await client.answer().body == "long POST /upload 5")
            try await client.send(chatRequest())
            #expect(try await client.answer().body.hasPrefix("long POST /api/chat/completions"))
        }
    }

    @Test func `a request hidden in a body is not answered`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            let client = try await harness.client()
            let hidden = chatRequest()
            try await client.send(
                "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: \(hidden.utf8.count)\r\n\r\n" + hidden + "GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.answer().body == "long POST /a \(hidden.utf8.count)")
            #expect(try await client.answer().body == "long GET /b 0")
            #expect(harness.upstream.requests.isEmpty)
        }
    }

    @Test func `bytes that are no HTTP harm nobody`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}"))] }) { harness in
            for garbage in ["\u{16}\u{3}\u{1}\u{0}\r\n\r\n", "GET\r\n\r\n", String(repeating: "A", count: 200_000) + "\r\n\r\n"] {
                let client = try await harness.client()
                try await client.send(garbage)
                try await client.waitUntilClosed()
            }
            let client = try await harness.client()
            try await client.send(chatRequest())
            #expect(try await client.answer().body == "{}")
        }
    }
}
