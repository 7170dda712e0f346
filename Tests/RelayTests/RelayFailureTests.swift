import Domain
import NIOCore
import Synchronization
import TestSupport
import Testing

@testable import Relay

/// Upstreams and clients that misbehave, over real sockets.
@Suite(.serialized) struct RelayFailureTests {
    // MARK: Upstreams

    @Test func `an error of the provider comes through with its status, body and retry time`() async throws {
        try await RelayHarness.with(script: { index, _ in
            index == 0
                ? [.send(plainAnswer(#"{"error":{"message":"slow down"}}"#, status: "429 X", headers: "Retry-After: 7\r\n"))]
                : [.send(plainAnswer("<b>busy</b>", status: "503 X", type: "text/html"))]
        }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest())
            let first = try await client.answer()
            #expect((first.status, first.body) == (429, #"{"error":{"message":"slow down"}}"#))
            #expect(first.headers["content-type"] == "application/json")
            #expect(first.headers["retry-after"] == "7")
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            let second = try await client.answer()
            #expect((second.status, second.body) == (503, "<b>busy</b>"))
            #expect(second.headers["content-type"] == "text/plain; charset=utf-8")
            #expect(harness.recorder.records.map(\.status) == [429, 503])
        }
    }

    @Test func `a chat whose upstream cannot be reached is handed on whole`() async throws {
        try await RelayHarness.with(script: { _, _ in [] }) { harness in
            try await harness.upstream.stop()
            let client = try await harness.client()
            try await client.send(chatRequest() + chatRequest())
            #expect(try await client.answer().body == "long POST /api/chat/completions 57")
            #expect(try await client.answer().body == "long POST /api/chat/completions 57")
            let counters = harness.relay.counters.snapshot
            #expect((counters.openUpstreamConnections, counters.openExchanges, counters.handedOn) == (0, 0, 2))
            #expect(harness.gate.admitted.withLock { $0 } == 0)
        }
    }

    @Test(arguments: ["500 X", "503 X", "429 X", "302 Found"])
    func `with a fallback, failures before the first byte are handed on whole`(status: String) async throws {
        try await RelayHarness.with(hasFallback: true, script: { _, _ in [.send(plainAnswer("{}", status: status))] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest() + chatRequest())
            #expect(try await client.answer().body == "long POST /api/chat/completions 57")
            #expect(try await client.answer().body == "long POST /api/chat/completions 57")
            #expect(harness.relay.counters.snapshot.openExchanges == 0)
        }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"])
    func `an upstream that answers with nothing, or no HTTP, is an error`(sent: String) async throws {
        try await RelayHarness.with(script: { _, _ in [.send(sent), .close] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest())
            let answer = try await client.answer()
            #expect(answer.status == 500)
            #expect(answer.body.hasPrefix("{\"detail\":"))
            try await client.send("GET /after HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.answer().body == "long GET /after 0")
        }
    }

    @Test(arguments: [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"choices\":[",
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"cho",
    ])
    func `an answer that is cut off is an error without choices`(sent: String) async throws {
        try await RelayHarness.with(script: { _, _ in [.send(sent), .close] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest())
            let answer = try await client.answer()
            #expect((answer.status, answer.body) == (500, #"{"detail":"The upstream broke off its answer."}"#))
        }
    }

    @Test func `an answer that is not JSON is an error`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("hello", type: "text/plain"))] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest())
            #expect(try await client.answer().body == #"{"detail":"The upstream's answer is not JSON."}"#)
        }
    }

    @Test(arguments: [
        ("data: {\"a\":1}\n\n", "data: {\"a\":1}\n\n"), ("data: {\"a\":1}\n\ndata: {\"b", "data: {\"a\":1}\n\n"),
        ("data: {\"a\":1}\n", "data: {\"a\":1}\n\n"),
        ("", ""),
    ])
    func `a stream that is cut off ends with an error and the end mark`(sent: String, kept: String) async throws {
        try await RelayHarness.with(script: { _, _ in [.send(streamHead + (sent.isEmpty ? "" : chunk(sent))), .pause(milliseconds: 5), .close] }) {
            harness in
            let client = try await harness.client()
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            #expect(
                try await client.answer().body == kept
                    + "data: {\"error\":{\"message\":\"Chat completion stream failed\"}}\n\ndata: [DONE]\n\n")
            try await client.send("GET /after HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try await client.answer().body == "long GET /after 0")
        }
    }

    @Test func `a kept connection that the upstream has closed is replaced`() async throws {
        try await RelayHarness.with(script: { index, _ in
            // The second request meets a connection that closes on its arrival.
            index == 1 ? [.close] : [.send(plainAnswer("{\"n\":\(index)}"))]
        }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest())
            #expect(try await client.answer().body == "{\"n\":0}")
            try await client.send(chatRequest())
            #expect(try await client.answer().body == "{\"n\":2}")
            #expect(harness.upstream.connections == 2)
        }
    }

    @Test func `an upstream that never answers is given up`() async throws {
        var configuration = RelayConfiguration()
        configuration.firstByteTimeout = .milliseconds(100)
        try await RelayHarness.with(configuration: configuration, script: { _, _ in [.hold] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest())
            #expect(try await client.answer().status == 504)
            #expect(await eventually { harness.upstream.closedConnections == 1 })
        }
    }

    @Test func `an upstream that falls silent is given up`() async throws {
        var configuration = RelayConfiguration()
        configuration.idleTimeout = .milliseconds(1000)
        try await RelayHarness.with(configuration: configuration, script: { _, _ in [.send(streamHead + chunk("data: 1\n\n")), .hold] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            #expect(try await client.answer().body.hasSuffix("stream failed\"}}\n\ndata: [DONE]\n\n"))
            #expect(await eventually { harness.upstream.closedConnections == 1 })
        }
    }

    @Test func `bytes that nobody asked for close the connection`() async throws {
        try await RelayHarness.with(script: { _, _ in [.send(plainAnswer("{}")), .pause(milliseconds: 10), .send("surprise")] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest())
            #expect(try await client.answer().body == "{}")
            #expect(await eventually { harness.upstream.closedConnections == 1 })
            #expect(harness.relay.counters.snapshot.openUpstreamConnections == 0)
        }
    }

    // MARK: Clients

    @Test(arguments: [false, true])
    func `the upstream learns that the client has left`(isStream: Bool) async throws {
        try await RelayHarness.with(script: { _, _ in isStream ? [.send(streamHead + chunk("data: 1\n\n")), .hold] : [.hold] }) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest("{\"model\":\"m\",\"stream\":\(isStream)}"))
            if isStream { try await client.wait { $0.contains("data: 1") } }
            #expect(await eventually { harness.upstream.requests.count == 1 })
            try await client.close()
            #expect(await eventually { harness.upstream.closedConnections == 1 })
            #expect(await eventually { harness.relay.counters.snapshot.clientsLeft == 1 })
            #expect(harness.recorder.records.map(\.status) == [499])
            #expect(harness.relay.counters.snapshot.openExchanges == 0)
        }
    }

    @Test func `a client that does not read slows the upstream down, and memory stays small`() async throws {
        let event = "data: " + String(repeating: "x", count: 50_000) + "\n\n"
        let total = 400
        try await RelayHarness.with(script: { _, _ in
            [.send(streamHead)] + Array(repeating: .send(chunk(event)), count: total) + [.send(chunk("data: [DONE]\n\n") + "0\r\n\r\n")]
        }) { harness in
            let client = try await harness.client(reads: false)
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            var last = -1
            // Waits until nothing moves any more.
            #expect(
                await eventually {
                    let now = harness.relay.counters.snapshot.bytesToClients
                    defer { last = now }
                    return now > 0 && now == last
                })
            try await Task.sleep(for: .milliseconds(50))
            #expect(harness.relay.counters.snapshot.bytesToClients < total * event.utf8.count * 3 / 4)
            try await client.startReading()
            let answer = try await client.answer()
            #expect(answer.body.utf8.count == total * event.utf8.count + 14)
        }
    }

    @Test func `a client that never reads is let go`() async throws {
        var configuration = RelayConfiguration()
        configuration.clientTimeout = .milliseconds(1000)
        let event = "data: " + String(repeating: "x", count: 50_000) + "\n\n"
        try await RelayHarness.with(
            configuration: configuration,
            script: { _, _ in
                [.send(streamHead)] + Array(repeating: .send(chunk(event)), count: 400) + [.hold]
            }
        ) { harness in
            let client = try await harness.client(reads: false)
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            #expect(await eventually { harness.upstream.closedConnections == 1 })
            #expect(harness.relay.counters.snapshot.clientsTimedOut == 1)
        }
    }

    @Test(arguments: [
        "", "POST /api/chat/comp", "POST /other HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nabc", String(chatRequest().dropLast(5)),
    ])
    func `a client that stops in the middle is let go`(sent: String) async throws {
        var configuration = RelayConfiguration()
        configuration.clientTimeout = .milliseconds(500)
        try await RelayHarness.with(configuration: configuration, script: { _, _ in [] }) { harness in
            let client = try await harness.client()
            // On a busy machine it may be let go before it has begun.
            try? await client.send(sent)
            try await client.waitUntilClosed()
            #expect(client.text.isEmpty)
            #expect(harness.relay.counters.snapshot.clientsTimedOut == 1)
        }
    }

    @Test func `a stream with pauses longer than the client's time goes on`() async throws {
        var configuration = RelayConfiguration()
        configuration.clientTimeout = .milliseconds(1000)
        try await RelayHarness.with(
            configuration: configuration,
            script: { _, _ in
                [.send(streamHead + chunk("data: 1\n\n")), .pause(milliseconds: 2500), .send(chunk("data: [DONE]\n\n") + "0\r\n\r\n")]
            }
        ) { harness in
            let client = try await harness.client()
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            #expect(try await client.answer().body == "data: 1\n\ndata: [DONE]\n\n")
        }
    }

    // MARK: Stopping

    @Test func `a stream under way is finished before the server stops`() async throws {
        try await RelayHarness.with(script: { _, _ in
            [.send(streamHead + chunk("data: 1\n\n")), .pause(milliseconds: 50), .send(chunk("data: [DONE]\n\n") + "0\r\n\r\n")]
        }) { harness in
            let client = try await harness.client()
            let idle = try await harness.client()
            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
            try await client.wait { $0.contains("data: 1") }
            harness.quiesce()
            try await idle.waitUntilClosed()
            #expect(try await client.answer().body == "data: 1\n\ndata: [DONE]\n\n")
            try await client.waitUntilClosed()
        }
    }

    @Test func `a thousand streams over fifty connections leave nothing behind`() async throws {
        try await RelayHarness.with(script: { _, _ in
            [.send(streamHead + chunk("data: 1\n\n")), .pause(milliseconds: 20), .send(chunk("data: [DONE]\n\n") + "0\r\n\r\n")]
        }) { harness in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        let client = try await harness.client()
                        for _ in 0..<20 {
                            try await client.send(chatRequest(#"{"model":"m","stream":true}"#))
                            #expect(try await client.answer().body == "data: 1\n\ndata: [DONE]\n\n")
                        }
                        try await client.close()
                    }
                }
                try await group.waitForAll()
            }
            let counters = harness.relay.counters.snapshot
            #expect((counters.relayed, counters.openExchanges) == (1000, 0))
            #expect(counters.openUpstreamConnections <= 50)
        }
    }
}
