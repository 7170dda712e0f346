import NIOCore

/// One connection to an upstream. Carries one exchange at a time.
final class UpstreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let pool: UpstreamPool
    private var context: ChannelHandlerContext?
    private var parser = ResponseParser()
    private var exchange: Exchange?
    private var holdsRead = false
    /// The exchange is over, the rest of the upstream's answer is not yet here.
    private var drainsUntil: NIODeadline?
    private var keepsAlive = true
    var idleSince = NIODeadline.now()
    /// Whether the pool counts it.
    var isCounted = false

    init(pool: UpstreamPool) { self.pool = pool }

    var isOpen: Bool { context?.channel.isActive ?? false }
    var allocator: ByteBufferAllocator { context?.channel.allocator ?? ByteBufferAllocator() }

    // MARK: For the exchange

    func send(_ request: ByteBuffer, for exchange: Exchange) {
        self.exchange = exchange
        parser.reset()
        keepsAlive = true
        drainsUntil = nil
        context?.writeAndFlush(wrapOutboundOut(request), promise: nil)
        resumeReading()
    }

    func resumeReading() {
        guard holdsRead else { return }
        holdsRead = false
        context?.read()
    }

    /// The exchange has all it needs. What is left of the answer is read and dropped, within limits, so that the connection can be
    /// used again.
    func detach() {
        exchange = nil
        drainsUntil = .now() + .seconds(2)
        pool.drain(self)
        resumeReading()
    }

    /// The answer is of no use any more.
    func close() {
        exchange = nil
        context?.close(promise: nil)
    }

    // MARK: The channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        if let exchange, !exchange.wantsMore { holdsRead = true } else { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        guard exchange != nil || drainsUntil != nil else {
            // Bytes that nobody asked for.
            context.close(promise: nil)
            return
        }
        let isEnded: Bool
        do {
            isEnded = try buffer.withUnsafeReadableBytes { bytes throws(ResponseError) in try read(bytes) }
        } catch {
            let exchange = exchange
            close()
            exchange?.upstreamFailed()
            return
        }
        guard isEnded else { return }
        let ended = exchange
        exchange = nil
        drainsUntil = nil
        // Given back first: a pipelined request may follow at once and take it.
        if keepsAlive, isOpen { pool.release(self) } else { context.close(promise: nil) }
        ended?.upstreamEnded()
    }

    /// - Returns: whether the answer is complete.
    private func read(_ bytes: UnsafeRawBufferPointer) throws(ResponseError) -> Bool {
        var position = 0
        while let event = try parser.next(bytes, at: &position) {
            switch event {
            case .head(let head):
                keepsAlive = head.keepsAlive
                exchange?.upstreamBegan(head, available: bytes.count - position)
            case .body(let piece): exchange?.upstreamSent(bytes.slice(piece))
            case .end:
                if position < bytes.count { keepsAlive = false }
                return true
            }
        }
        return false
    }

    func channelReadComplete(context: ChannelHandlerContext) { exchange?.upstreamPaused() }

    func channelInactive(context: ChannelHandlerContext) {
        let (ended, isComplete, hasBegun) = (exchange, parser.isComplete(), parser.hasBegun)
        exchange = nil
        drainsUntil = nil
        pool.closed(self)
        if isComplete { ended?.upstreamEnded() } else { ended?.upstreamClosed(hasBegun: hasBegun) }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset, or TLS that failed: `channelInactive` tells the exchange.
        context.close(promise: nil)
    }

    var isDraining: Bool { drainsUntil != nil }

    /// Whether an answer that nobody waits for has taken too long to end.
    func isOverdue(_ now: NIODeadline) -> Bool { drainsUntil.map { $0 < now } ?? false }
}
