import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Stands behind the HTTP codec and tells the relay in front of it where requests and answers of the long way end.
final class BoundaryHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let relay: Relay
    private var client: ClientHandler?

    init(relay: Relay) { self.relay = relay }

    func handlerAdded(context: ChannelHandlerContext) {
        let pipeline = context.pipeline.syncOperations
        let client = ClientHandler(relay: relay, loop: relay.loop(for: context.eventLoop))
        do {
            // Bytes are seen first by what stands before the encoder, which is the first handler of the HTTP pipeline; with TLS it
            // stands behind the decryption.
            let encoder = try pipeline.handler(type: HTTPResponseEncoder.self)
            try pipeline.addHandler(client, position: .before(encoder))
            self.client = client
        } catch {
            context.fireErrorCaught(error)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { client = nil }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head: client?.requestBegan()
        case .body: break
        case .end: client?.requestEnded()
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            context.write(data, promise: promise)
            client?.answerEnded()
        } else {
            context.write(data, promise: promise)
        }
    }
}
