import Domain
import NIOCore
import NIOPosix
import Providers
import Synchronization
import Testing
import TestSupport

@Suite struct HTTPTransportTests {
    /// Runs `work` with a transport whose upstream is `script`.
    private func with(
        limits: TransportLimits = TransportLimits(), _ script: @escaping RawServer.Script,
        _ work: (HTTPTransport, RawServer) async throws -> Void
    ) async throws {
        let server = try await RawServer(script)
        let transport = HTTPTransport(limits: limits, eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        do {
            try await work(transport, server)
        } catch {
            server.stop()
            await transport.shutdown()
            throw error
        }
        server.stop()
        await transport.shutdown()
    }

    private static let okay = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Kit: 1\r\nContent-Length: 5\r\n\r\nhello"

    private func code(of work: () async throws -> Void) async -> AppError.Code? {
        do {
            try await work()
            return nil
        } catch {
            return (error as? AppError)?.code
        }
    }

    @Test func `an answer comes with its status, headers in lower case and its body`() async throws {
        try await with { connection in
            while try await connection.request() != nil { try await connection.say(Self.okay) }
        } _: { transport, server in
            let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/v1/models"))
            #expect(answer.status == 200)
            #expect(answer.header("x-kit") == "1")
            let body = try await answer.body.collect(upTo: 100)
            #expect(body == Array("hello".utf8))
        }
    }

    @Test func `a request is sent with its method, path, headers and body`() async throws {
        let seen = Mutex("")
        try await with { connection in
            guard let request = try await connection.request() else { return }
            seen.withLock { $0 = request }
            try await connection.say(Self.okay)
        } _: { transport, server in
            let answer = try await transport.send(
                UpstreamRequest(
                    method: "DELETE", url: "http://127.0.0.1:\(server.port)/api/delete?x=1", headers: [(name: "Authorization", value: "Bearer k")],
                    body: Array("{\"a\":1}".utf8)))
            _ = try await answer.body.collect(upTo: 100)
            let request = seen.withLock { $0 }
            #expect(request.hasPrefix("DELETE /api/delete?x=1 HTTP/1.1\r\n"))
            #expect(request.lowercased().contains("authorization: bearer k\r\n"))
            #expect(request.lowercased().contains("content-length: 7\r\n"))
            #expect(request.hasSuffix("{\"a\":1}"))
        }
    }

    @Test func `a connection is used again`() async throws {
        try await with { connection in
            while try await connection.request() != nil { try await connection.say(Self.okay) }
        } _: { transport, server in
            for _ in 0..<5 {
                let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
                _ = try await answer.body.collect(upTo: 100)
            }
            #expect(server.opened == 1)
        }
    }

    @Test func `a redirect is an answer like any other`() async throws {
        try await with { connection in
            _ = try await connection.request()
            try await connection.say("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
        } _: { transport, server in
            let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            #expect(answer.status == 302)
            #expect(answer.header("location") == "http://127.0.0.1:1/")
        }
    }

    @Test func `a compressed body stays compressed`() async throws {
        try await with { connection in
            _ = try await connection.request()
            try await connection.say("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\u{1}\u{2}\u{3}\u{4}")
        } _: { transport, server in
            let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            let body = try await answer.body.collect(upTo: 10)
            #expect(body == [1, 2, 3, 4])
        }
    }

    @Test(arguments: ["http://127.0.0.1:1/v1", "ftp://127.0.0.1/x", "http+unix://%2Ftmp%2Fx/", "http://", "nonsense"])
    func `an address where nobody answers is an error, not a wait`(_ url: String) async throws {
        let transport = HTTPTransport(limits: TransportLimits(), eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
        let code = await code { _ = try await transport.send(UpstreamRequest(method: "GET", url: url)) }
        #expect(code == .upstreamFailed)
        await transport.shutdown()
    }

    @Test func `an upstream that never answers is a timeout`() async throws {
        try await with(limits: TransportLimits(firstByteSeconds: 1)) { connection in
            try await connection.waitForDeparture()
        } _: { transport, server in
            let code = await code { _ = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/")) }
            #expect(code == .timeout)
            #expect(await eventually { server.closed == 1 })
        }
    }

    @Test func `silence in the middle of an answer is a timeout, after what came`() async throws {
        try await with(limits: TransportLimits(idleSeconds: 1)) { connection in
            _ = try await connection.request()
            try await connection.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            try await connection.waitForDeparture()
        } _: { transport, server in
            let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            var pieces = answer.body.makeAsyncIterator()
            let body = try await pieces.next()
            #expect(body == Array("abc".utf8))
            var last: AppError?
            do { _ = try await pieces.next() } catch { last = error as? AppError }
            #expect(last?.code == .timeout)
            #expect(await eventually { server.closed == 1 })
        }
    }

    @Test func `a cut body throws after what came`() async throws {
        try await with { connection in
            _ = try await connection.request()
            try await connection.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        } _: { transport, server in
            let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            var got: [UInt8] = []
            var failure: AppError?
            do { for try await piece in answer.body { got += piece } } catch { failure = error as? AppError }
            #expect(got == Array("abc".utf8))
            #expect(failure?.code == .upstreamFailed)
        }
    }

    @Test func `an answer that is dropped closes its connection`() async throws {
        try await with { connection in
            _ = try await connection.request()
            try await connection.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            try await connection.waitForDeparture()
        } _: { transport, server in
            func readOne() async throws {
                let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
                for try await _ in answer.body { break }
            }
            try await readOne()
            #expect(await eventually { server.closed == 1 })
        }
    }

    @Test(arguments: [true, false])
    func `a cancelled task closes the connection`(_ headComes: Bool) async throws {
        try await with { connection in
            _ = try await connection.request()
            if headComes { try await connection.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n") }
            try await connection.waitForDeparture()
        } _: { transport, server in
            let task = Task {
                let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
                for try await _ in answer.body {}
            }
            #expect(await eventually { server.opened == 1 })
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            #expect(await eventually { server.closed == 1 })
        }
    }

    @Test func `a reader who does not read stops the upstream`() async throws {
        let written = Atomic(0)
        let total = 256 << 20
        try await with { connection in
            _ = try await connection.request()
            try await connection.say("HTTP/1.1 200 OK\r\nContent-Length: \(total)\r\n\r\n")
            let block = ByteBuffer(repeating: 120, count: 1 << 20)
            for _ in 0..<(total >> 20) {
                try await connection.say(block)
                written.add(block.readableBytes, ordering: .relaxed)
            }
        } _: { transport, server in
            let answer = try await transport.send(UpstreamRequest(method: "GET", url: "http://127.0.0.1:\(server.port)/"))
            var pieces = answer.body.makeAsyncIterator()
            _ = try await pieces.next()
            // Until the sender has stood still for a while.
            var last = -1
            while true {
                try await Task.sleep(for: .milliseconds(200))
                let now = written.load(ordering: .relaxed)
                if now == last { break }
                last = now
            }
            #expect(last < 32 << 20)
            var received = 0
            while let piece = try await pieces.next() { received += piece.count }
            #expect(received > total - (1 << 20))
        }
    }
}
