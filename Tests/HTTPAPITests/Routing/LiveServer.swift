import Domain
import HTTPAPI
import Hummingbird
import Logging
import NIOCore
import NIOPosix

/// A server on a real socket, for what only shows with connections: clients that leave or do not read.
enum LiveServer {
    static func run(
        controllers: [any Controller], stallTimeout: TimeAmount = .seconds(60), _ work: @escaping @Sendable (_ port: Int) async throws -> Void
    ) async throws {
        let face = HTTPFace(settings: try Settings(environment: [:]), authenticator: Strangers(), controllers: controllers) { _, _ in
            .text("page")
        }
        // The no-op handler keeps no metadata, where the request's id lives.
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let (ports, announce) = AsyncStream<Int>.makeStream()
        let application = Application(
            router: face.router,
            server: .http1(configuration: .init(additionalChannelHandlers: [ClientDepartureHandler(stallTimeout: stallTimeout)])),
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in announce.yield(channel.localAddress?.port ?? 0) },
            logger: logger)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            for await port in ports {
                try await work(port)
                break
            }
            group.cancelAll()
        }
    }

    private struct Strangers: Authenticator {
        func remembered(_ token: String) -> Principal? { nil }
        func authenticate(_ token: String) async throws -> Principal { throw AppError.badToken }
    }
}

/// A client that says what it is told and reads when it is told.
struct RawClient {
    let channel: any Channel
    private let pieces: Pieces

    /// Reads nothing by itself.
    private final class Pieces: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let stream: AsyncStream<ByteBuffer>
        let continuation: AsyncStream<ByteBuffer>.Continuation

        init() { (stream, continuation) = AsyncStream.makeStream() }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { continuation.yield(unwrapInboundIn(data)) }
        func channelInactive(context: ChannelHandlerContext) { continuation.finish() }
    }

    static func connect(to port: Int) async throws -> RawClient {
        let pieces = Pieces()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelOption(.autoRead, value: false)
            .channelOption(.socketOption(.so_rcvbuf), value: 65536)
            .channelInitializer { channel in channel.pipeline.addHandler(pieces) }
            .connect(host: "127.0.0.1", port: port).get()
        return RawClient(channel: channel, pieces: pieces)
    }

    func say(_ text: String) async throws { try await channel.writeAndFlush(ByteBuffer(string: text)) }

    /// Reads until the text has come; what came.
    func read(until mark: String) async throws -> String {
        try await channel.setOption(.autoRead, value: true).get()
        var text = ""
        for await piece in pieces.stream {
            text += String(buffer: piece)
            if text.contains(mark) { break }
        }
        // The connection may be over by now.
        try? await channel.setOption(.autoRead, value: false).get()
        return text
    }

    /// Reads to the end of the connection and counts.
    func drain() async throws -> Int {
        try await channel.setOption(.autoRead, value: true).get()
        var count = 0
        for await piece in pieces.stream { count += piece.readableBytes }
        return count
    }

    func leave() async throws { try await channel.close() }
}
