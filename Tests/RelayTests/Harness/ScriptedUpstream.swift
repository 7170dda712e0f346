import NIOCore
import NIOPosix
import Synchronization

/// An upstream that says exactly what a test wants, byte by byte.
final class ScriptedUpstream: Sendable {
    enum Step: Sendable {
        case send(String)
        /// One byte at a time, each in a packet of its own as far as that can be asked for.
        case dribble(String)
        case pause(milliseconds: Int64)
        /// Until the test says so.
        case wait(until: @Sendable () -> Bool)
        case close
        /// Waits until the client closes.
        case hold
    }

    /// What to do with the n-th request (from 0) of all connections; the request as it came.
    typealias Script = @Sendable (_ index: Int, _ request: String) -> [Step]

    private let channel: any Channel
    private let shared: Shared

    final class Shared: Sendable {
        struct State {
            var requests: [String] = []
            var connections = 0
            var closed = 0
        }
        let state = Mutex(State())
        let script: Script
        init(script: @escaping Script) { self.script = script }
    }

    init(group: any EventLoopGroup, script: @escaping Script) async throws {
        let shared = Shared(script: script)
        self.shared = shared
        channel = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(shared: shared)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    var port: Int { channel.localAddress?.port ?? 0 }
    var requests: [String] { shared.state.withLock { $0.requests } }
    var connections: Int { shared.state.withLock { $0.connections } }
    var closedConnections: Int { shared.state.withLock { $0.closed } }

    func stop() async throws { try await channel.close() }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer
        private let shared: Shared
        private var received = ByteBuffer()
        private var isBusy = false

        init(shared: Shared) { self.shared = shared }

        func channelActive(context: ChannelHandlerContext) { shared.state.withLock { $0.connections += 1 } }

        func channelInactive(context: ChannelHandlerContext) { shared.state.withLock { $0.closed += 1 } }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var buffer = unwrapInboundIn(data)
            received.writeBuffer(&buffer)
            serve(context)
        }

        private func serve(_ context: ChannelHandlerContext) {
            guard !isBusy, received.readableBytes > 0 else { return }
            let text = String(buffer: received)
            guard let end = text.range(of: "\r\n\r\n") else { return }
            let head = text[..<end.lowerBound]
            let line = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
            let length = line.flatMap { Int($0.dropFirst(15).filter { $0 != " " }) } ?? 0
            let total = head.utf8.count + 4 + length
            guard received.readableBytes >= total, let request = received.readString(length: total) else { return }
            let index = shared.state.withLock { state in
                state.requests.append(request)
                return state.requests.count - 1
            }
            isBusy = true
            run(shared.script(index, request)[...], context)
        }

        private func run(_ steps: ArraySlice<Step>, _ context: ChannelHandlerContext) {
            guard let step = steps.first else {
                isBusy = false
                return serve(context)
            }
            let rest = steps.dropFirst()
            switch step {
            case .send(let text):
                context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                run(rest, context)
            case .dribble(let text):
                for byte in text.utf8 { context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [byte])), promise: nil) }
                run(rest, context)
            case .pause(let milliseconds):
                context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(milliseconds)) { self.run(rest, context) }
            case .wait(let condition):
                if condition() { return run(rest, context) }
                context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(2)) { self.run(steps, context) }
            case .close: context.close(promise: nil)
            case .hold: break
            }
        }
    }
}

extension String {
    /// The first place where the text stands.
    func range(of text: String) -> Range<Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(text) { return start..<index(start, offsetBy: text.count) }
            start = index(after: start)
        }
        return nil
    }
}
