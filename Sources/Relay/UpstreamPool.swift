import NIOCore
import NIOPosix
import NIOSSL

/// The connections of one event loop to one upstream.
final class UpstreamPool {
    private let origin: UpstreamRoute.Origin
    private unowned let loop: RelayLoop
    /// Free ones, the last used at the end.
    private var idle: [UpstreamHandler] = []
    private var draining: [UpstreamHandler] = []
    /// All: free, busy and being opened.
    private var count = 0

    init(origin: UpstreamRoute.Origin, loop: RelayLoop) {
        self.origin = origin
        self.loop = loop
    }

    var isEmpty: Bool { count == 0 }

    enum Refusal: Error {
        case tooManyConnections
        case unreachable(any Error)
    }

    /// Gives a connection to the exchange: now, when one is free, else as soon as it is open.
    func lease(for exchange: Exchange, fresh: Bool = false) {
        if !fresh, let handler = idle.popLast() {
            exchange.leased(handler, isFresh: false)
            return
        }
        let configuration = loop.relay.configuration
        guard count < configuration.maximumConnections else {
            exchange.refused(.tooManyConnections)
            return
        }
        count += 1
        loop.relay.counters.openUpstreamConnections.add()
        connect(timeout: exchange.connectTimeout ?? configuration.connectTimeout).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let handler) where handler.isOpen:
                handler.isCounted = true
                if !exchange.leased(handler, isFresh: true) { release(handler) }
            case .success:
                forget()
                exchange.refused(.unreachable(ChannelError.ioOnClosedChannel))
            case .failure(let error):
                forget()
                exchange.refused(.unreachable(error))
            }
        }
    }

    private func connect(timeout: TimeAmount) -> EventLoopFuture<UpstreamHandler> {
        let bound = NIOLoopBound((pool: self, loop: loop), eventLoop: loop.eventLoop)
        let origin = origin
        return ClientBootstrap(group: loop.eventLoop)
            .connectTimeout(timeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 4096, maximum: 65536))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if origin.isSecure {
                        let isAddress = (try? SocketAddress(ipAddress: origin.host, port: 0)) != nil
                        let tls = try NIOSSLClientHandler(context: bound.value.loop.tls(), serverHostname: isAddress ? nil : origin.host)
                        try pipeline.addHandler(tls)
                    }
                    try pipeline.addHandler(UpstreamHandler(pool: bound.value.pool))
                }
            }
            .connect(host: origin.host, port: origin.port)
            .flatMapThrowing { channel in try channel.pipeline.syncOperations.handler(type: UpstreamHandler.self) }
    }

    /// Takes a connection back that can carry another request.
    func release(_ handler: UpstreamHandler) {
        guard handler.isOpen, idle.count < loop.relay.configuration.maximumIdleConnections else {
            handler.close()
            return
        }
        handler.idleSince = .now()
        idle.append(handler)
    }

    /// Watches a connection whose answer has to end before it can be used again.
    func drain(_ handler: UpstreamHandler) { draining.append(handler) }

    /// A connection is gone. Those that lost a race of addresses were never counted.
    func closed(_ handler: UpstreamHandler) {
        guard handler.isCounted else { return }
        handler.isCounted = false
        forget()
        if let index = idle.lastIndex(where: { $0 === handler }) { idle.remove(at: index) }
    }

    private func forget() {
        count -= 1
        loop.relay.counters.openUpstreamConnections.add(-1)
    }

    func check(_ now: NIODeadline) {
        let limit = now - loop.relay.configuration.keepAlive
        for handler in idle where handler.idleSince < limit { handler.close() }
        guard !draining.isEmpty else { return }
        for handler in draining where handler.isOverdue(now) { handler.close() }
        draining.removeAll { !$0.isDraining }
    }
}
