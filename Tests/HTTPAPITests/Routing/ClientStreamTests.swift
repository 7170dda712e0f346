import Domain
import HTTPAPI
import Hummingbird
import NIOCore
import Synchronization
import Testing
import TestSupport

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct ClientStreamTests {
    private struct Streams: Controller {
        let produce: @Sendable (AppRequestContext) async throws -> Response

        func addRoutes(to routes: RouteTable) {
            routes.on(.get, "/stream", access: .open, scope: .chat, RouteDocumentation("Test", "A stream.")) { _, context in
                try await produce(context)
            }
        }
    }

    private static let request = "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n"

    /// An upstream that says `first` and then nothing, until it is cancelled.
    private static func silent(after first: String, cancelled: @escaping @Sendable () -> Void) -> UpstreamResponse {
        UpstreamResponse(
            status: 200, headers: [(name: "content-type", value: "text/event-stream")],
            body: UpstreamBody {
                let isFirst = Atomic(true)
                return {
                    if isFirst.exchange(false, ordering: .relaxed) { return Array(first.utf8) }
                    do {
                        try await Task.sleep(for: .seconds(3600))
                    } catch {
                        cancelled()
                        throw error
                    }
                    return nil
                }
            })
    }

    @Test func `a client that leaves while the upstream is silent cancels it`() async throws {
        let isCancelled = Atomic(false)
        let streams = Streams { $0.relay(Self.silent(after: "data: 1\n\n") { isCancelled.store(true, ordering: .relaxed) }) }
        try await LiveServer.run(controllers: [streams]) { port in
            let client = try await RawClient.connect(to: port)
            try await client.say(Self.request)
            let begin = try await client.read(until: "data: 1")
            #expect(begin.hasPrefix("HTTP/1.1 200 OK"))
            #expect(isCancelled.load(ordering: .relaxed) == false)
            try await client.leave()
            let saw = await eventually { isCancelled.load(ordering: .relaxed) }
            #expect(saw)
        }
    }

    @Test func `a client that leaves before the answer begins cancels the work`() async throws {
        let isCancelled = Atomic(false)
        let isWaiting = Atomic(false)
        let streams = Streams { context in
            try await context.whileClientWaits {
                isWaiting.store(true, ordering: .relaxed)
                do { try await Task.sleep(for: .seconds(3600)) } catch {
                    isCancelled.store(true, ordering: .relaxed)
                    throw error
                }
                return Response(status: .ok)
            }
        }
        try await LiveServer.run(controllers: [streams]) { port in
            let client = try await RawClient.connect(to: port)
            try await client.say(Self.request)
            let began = await eventually { isWaiting.load(ordering: .relaxed) }
            #expect(began)
            try await client.leave()
            let saw = await eventually { isCancelled.load(ordering: .relaxed) }
            #expect(saw)
        }
    }

    @Test func `a connection is used again after a stream`() async throws {
        let streams = Streams { $0.stream(headers: [.contentType: "text/plain"]) { try await $0.write("piece") } }
        try await LiveServer.run(controllers: [streams]) { port in
            let client = try await RawClient.connect(to: port)
            for _ in 0..<3 {
                try await client.say(Self.request)
                let answer = try await client.read(until: "0\r\n\r\n")
                #expect(answer.contains("piece"))
            }
            try await client.leave()
        }
    }

    @Test func `a body that fails cuts the connection`() async throws {
        let streams = Streams { context in
            context.stream(headers: [.contentType: "text/plain"]) { client in
                try await client.write("begin")
                throw AppError(.upstreamFailed, "cut")
            }
        }
        try await LiveServer.run(controllers: [streams]) { port in
            let client = try await RawClient.connect(to: port)
            try await client.say(Self.request)
            let all = try await client.read(until: "0\r\n\r\n")
            #expect(all.contains("begin"))
            #expect(!all.contains("0\r\n\r\n"))
        }
    }

    @Test func `a client that reads slowly holds the producer back`() async throws {
        let written = Atomic(0)
        let (block, count) = ([UInt8](repeating: 120, count: 1 << 16), 2048)
        let streams = Streams { context in
            context.stream(headers: [.contentType: "text/plain"]) { client in
                for _ in 0..<count {
                    try await client.write(block)
                    written.add(block.count, ordering: .relaxed)
                }
            }
        }
        try await LiveServer.run(controllers: [streams]) { port in
            let client = try await RawClient.connect(to: port)
            try await client.say(Self.request.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n"))
            #expect(try await written.resting(for: .milliseconds(200)) < 32 << 20)
            let received = try await client.drain()
            #expect(received > block.count * count)
        }
    }

    @Test func `a producer does not run ahead of an event loop that is busy`() async throws {
        let written = Atomic(0)
        let isReleased = Atomic(false)
        let (block, count) = ([UInt8](repeating: 120, count: 1 << 14), 4096)
        let streams = Streams { context in
            let eventLoop = context.channel.eventLoop
            return context.stream(headers: [.contentType: "text/plain"]) { client in
                try await client.write(block)
                eventLoop.execute { while !isReleased.load(ordering: .acquiring) { usleep(1000) } }
                for _ in 0..<count {
                    try await client.write(block)
                    written.add(block.count, ordering: .relaxed)
                }
            }
        }
        try await LiveServer.run(controllers: [streams]) { port in
            let client = try await RawClient.connect(to: port)
            try await client.say(Self.request.replacing("\r\n\r\n", with: "\r\nConnection: close\r\n\r\n"))
            #expect(try await written.resting(for: .milliseconds(100)) < 1 << 20)
            isReleased.store(true, ordering: .releasing)
            let received = try await client.drain()
            #expect(received > block.count * count)
        }
    }

    @Test func `a client that never reads is disconnected`() async throws {
        let failed = Atomic(false)
        let block = [UInt8](repeating: 120, count: 1 << 16)
        let streams = Streams { context in
            context.stream(headers: [.contentType: "text/plain"]) { client in
                do { while true { try await client.write(block) } } catch {
                    failed.store(true, ordering: .relaxed)
                    throw error
                }
            }
        }
        try await LiveServer.run(controllers: [streams], stallTimeout: .milliseconds(300)) { port in
            let client = try await RawClient.connect(to: port)
            try await client.say(Self.request)
            let ended = await eventually { failed.load(ordering: .relaxed) }
            #expect(ended)
            try? await client.leave()
        }
    }

    @Test func `of an upstream's headers only those for the client are relayed`() async throws {
        let streams = Streams { context in
            context.relay(
                UpstreamResponse(
                    status: 429,
                    headers: [
                        (name: "content-type", value: "application/json"), (name: "retry-after", value: "7"), (name: "set-cookie", value: "a=b"),
                        (name: "x-upstream", value: "secret"), (name: "content-length", value: "2"),
                    ], body: UpstreamBody { { nil } }))
        }
        try await LiveServer.run(controllers: [streams]) { port in
            let client = try await RawClient.connect(to: port)
            try await client.say(Self.request)
            let head = try await client.read(until: "\r\n\r\n").lowercased()
            #expect(head.hasPrefix("http/1.1 429"))
            #expect(head.contains("retry-after: 7"))
            #expect(!head.contains("secret") && !head.contains("set-cookie"))
            try await client.leave()
        }
    }
}

extension Atomic<Int> {
    /// The number once it is more than nothing and has not changed for `pause`.
    fileprivate func resting(for pause: Duration) async throws -> Int {
        var last = 0
        while true {
            try await Task.sleep(for: pause)
            let now = load(ordering: .relaxed)
            if now == last, now > 0 { return now }
            last = now
        }
    }
}
