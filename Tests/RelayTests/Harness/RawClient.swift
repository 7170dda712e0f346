import NIOCore
import NIOPosix
import Synchronization

/// A client that sends and sees bytes.
final class RawClient: Sendable {
    struct Timeout: Error { let received: String }

    private let channel: any Channel
    private let received: Received

    final class Received: Sendable {
        let bytes = Mutex<[UInt8]>([])
        let isClosed = Mutex(false)
    }

    init(group: any EventLoopGroup, port: Int, reads: Bool = true) async throws {
        let received = Received()
        self.received = received
        channel = try await ClientBootstrap(group: group)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: reads)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(received: received)) }
            }
            .connect(host: "127.0.0.1", port: port).get()
    }

    func send(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Each byte in a write of its own.
    func dribble(_ text: String) async throws {
        for byte in text.utf8 { try await channel.writeAndFlush(ByteBuffer(bytes: [byte])) }
    }

    func startReading() async throws { try await channel.setOption(.autoRead, value: true).get() }

    func close() async throws { try await channel.close() }

    var text: String { String(decoding: received.bytes.withLock { $0 }, as: UTF8.self) }
    var byteCount: Int { received.bytes.withLock { $0.count } }
    var isClosed: Bool { received.isClosed.withLock { $0 } }

    /// Everything received so far, once it satisfies the condition.
    @discardableResult
    func wait(until condition: (String) -> Bool) async throws -> String {
        for _ in 0..<20_000 {
            let text = text
            if condition(text) { return text }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Timeout(received: text)
    }

    /// One whole answer: taken away from what was received.
    func answer() async throws -> Answer {
        for _ in 0..<20_000 {
            let answer: Answer? = received.bytes.withLock { bytes in
                guard let (answer, length) = Answer.parse(bytes) else { return nil }
                bytes.removeFirst(length)
                return answer
            }
            if let answer { return answer }
            try await Task.sleep(for: .milliseconds(2))
        }
        throw Timeout(received: text)
    }

    func waitUntilClosed() async throws { try await wait { _ in isClosed } }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let received: Received
        init(received: Received) { self.received = received }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let buffer = unwrapInboundIn(data)
            received.bytes.withLock { $0 += buffer.readableBytesView }
        }

        func channelInactive(context: ChannelHandlerContext) { received.isClosed.withLock { $0 = true } }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}

/// An HTTP/1.1 answer, its chunks joined.
struct Answer: Equatable {
    var status = 0
    var headers: [String: String] = [:]
    var body = ""

    /// - Returns: the first answer in the bytes and its length; `nil` when it is not whole.
    static func parse(_ bytes: [UInt8]) -> (Answer, Int)? {
        guard let head = find([13, 10, 13, 10], in: bytes, from: 0) else { return nil }
        let lines = String(decoding: bytes[..<head], as: UTF8.self).split(separator: "\r\n")
        var answer = Answer()
        answer.status = Int(lines[0].split(separator: " ")[1]) ?? 0
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            answer.headers[parts[0].lowercased()] = parts.count > 1 ? String(parts[1].drop { $0 == " " }) : ""
        }
        var position = head + 4
        if answer.headers["transfer-encoding"] == "chunked" {
            var body: [UInt8] = []
            while true {
                guard let end = find([13, 10], in: bytes, from: position),
                    let size = Int(String(decoding: bytes[position..<end], as: UTF8.self), radix: 16), bytes.count >= end + 4 + size
                else { return nil }
                position = end + 2
                body += bytes[position..<(position + size)]
                position += size + 2
                if size == 0 { break }
            }
            answer.body = String(decoding: body, as: UTF8.self)
        } else {
            let length = answer.headers["content-length"].flatMap { Int($0) } ?? 0
            guard bytes.count >= position + length else { return nil }
            answer.body = String(decoding: bytes[position..<(position + length)], as: UTF8.self)
            position += length
        }
        return (answer, position)
    }

    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard bytes.count >= pattern.count, start <= bytes.count - pattern.count else { return nil }
        return (start...(bytes.count - pattern.count)).first { bytes[$0..<($0 + pattern.count)].elementsEqual(pattern) }
    }
}
