import NIOCore
import NIOPosix
import Synchronization

/// A TCP server that says exactly what a test tells it to.
final class RawServer: Sendable {
    typealias Script = @Sendable (inout RawConnection) async throws -> Void

    let port: Int
    private let running: Task<Void, any Error>

    private final class Counter: Sendable {
        let counts = Mutex((opened: 0, closed: 0))
    }
    private let counter: Counter

    var opened: Int { counter.counts.withLock { $0.opened } }
    var closed: Int { counter.counts.withLock { $0.closed } }

    init(_ script: @escaping Script) async throws {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
        port = server.channel.localAddress?.port ?? 0
        let counter = Counter()
        self.counter = counter
        running = Task {
            try await withThrowingDiscardingTaskGroup { group in
                try await server.executeThenClose { clients in
                    for try await client in clients {
                        counter.counts.withLock { $0.opened += 1 }
                        group.addTask {
                            try? await client.executeThenClose { inbound, outbound in
                                _ = outbound
                                var connection = RawConnection(inbound: inbound.makeAsyncIterator(), channel: client.channel)
                                try await script(&connection)
                            }
                            counter.counts.withLock { $0.closed += 1 }
                        }
                    }
                }
            }
        }
    }

    func stop() { running.cancel() }
}

/// One client of a `RawServer`.
struct RawConnection {
    var inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
    private let channel: any Channel
    private var rest = ""

    init(inbound: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator, channel: any Channel) {
        self.inbound = inbound
        self.channel = channel
    }

    /// One request, head and body; `nil` when the client has gone.
    mutating func request() async throws -> String? {
        while true {
            if let end = rest.range(ofHeadEnd: "\r\n\r\n") {
                let head = rest[..<end]
                let length =
                    head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).drop { $0 == " " }) } ?? 0
                if rest[end...].utf8.count >= length {
                    let all = rest
                    rest = ""
                    return all
                }
            }
            guard let bytes = try await inbound.next() else { return nil }
            rest += String(buffer: bytes)
        }
    }

    func say(_ text: String) async throws { try await say(ByteBuffer(string: text)) }

    /// Returns when the kernel has taken all of it.
    func say(_ bytes: ByteBuffer) async throws { try await channel.writeAndFlush(bytes) }

    /// Until the client closes.
    mutating func waitForDeparture() async throws {
        while try await inbound.next() != nil {}
    }
}

extension String {
    fileprivate func range(ofHeadEnd mark: String) -> String.Index? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(mark) { return self.index(index, offsetBy: mark.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
