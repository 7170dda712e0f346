import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The server's end of the socket to one worker.
final class WorkerConnection: Sendable {
    private let channel: any Channel

    private init(channel: any Channel) { self.channel = channel }

    /// - Parameters:
    ///   - receive: every frame, in order, on the event loop; must not wait.
    ///   - closed: once, after the last frame; with what the worker did wrong, if it did.
    static func open(
        descriptor: CInt, group: any EventLoopGroup, receive: @escaping @Sendable (WorkerFrame) -> Void,
        closed: @escaping @Sendable (WorkerFrameDecoder.Lie?) -> Void
    ) async throws -> WorkerConnection {
        let channel = try await ClientBootstrap(group: group)
            .channelOption(.maxMessagesPerRead, value: 4)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(WorkerFrameHandler(receive: receive, closed: closed))
                }
            }
            .withConnectedSocket(descriptor).get()
        return WorkerConnection(channel: channel)
    }

    func send(_ kind: WorkerFrame.Kind, call: UInt64, payload: [UInt8] = []) {
        var buffer = channel.allocator.buffer(capacity: payload.count + WorkerFrame.headerSize)
        WorkerFrame.write(kind, call: call, payload: payload, to: &buffer)
        channel.writeAndFlush(buffer, promise: nil)
    }

    /// Several frames in one write.
    func send(_ kind: WorkerFrame.Kind, call: UInt64, payloads: [[UInt8]]) {
        var buffer = channel.allocator.buffer(capacity: payloads.reduce(0) { $0 + $1.count + WorkerFrame.headerSize })
        for payload in payloads { WorkerFrame.write(kind, call: call, payload: payload, to: &buffer) }
        channel.writeAndFlush(buffer, promise: nil)
    }

    /// Bytes that are no frame: the orders a worker begins with.
    func sendOrders(_ bytes: [UInt8]) {
        var buffer = channel.allocator.buffer(capacity: bytes.count + 4)
        buffer.writeInteger(UInt32(bytes.count))
        buffer.writeBytes(bytes)
        channel.writeAndFlush(buffer, promise: nil)
    }

    func close() { channel.close(promise: nil) }

    /// Returns when the connection is closed by either side.
    func waitUntilClosed() async { try? await channel.closeFuture.get() }

    /// A connected pair; neither is inherited by other processes.
    static func makeSocketPair() throws -> (server: CInt, worker: CInt) {
        var descriptors: [CInt] = [-1, -1]
        #if canImport(Glibc)
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        #else
            let type = SOCK_STREAM
        #endif
        guard socketpair(AF_UNIX, type, 0, &descriptors) == 0 else { throw IOError(errnoCode: errno, reason: "socketpair") }
        return (descriptors[0], descriptors[1])
    }
}

private final class WorkerFrameHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private var decoder = WorkerFrameDecoder()
    private let receive: @Sendable (WorkerFrame) -> Void
    private let closed: @Sendable (WorkerFrameDecoder.Lie?) -> Void
    private var lie: WorkerFrameDecoder.Lie?

    init(receive: @escaping @Sendable (WorkerFrame) -> Void, closed: @escaping @Sendable (WorkerFrameDecoder.Lie?) -> Void) {
        self.receive = receive
        self.closed = closed
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard lie == nil else { return }
        var bytes = unwrapInboundIn(data)
        decoder.add(&bytes)
        do {
            while let frame = try decoder.next() { receive(frame) }
        } catch {
            lie = error
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelInactive(context: ChannelHandlerContext) { closed(lie) }
}
