import Domain
import NIOCore
import Wire

/// Stands in front of the HTTP codec of one client connection and sees its bytes first.
///
/// At the start of each request it reads the head. A chat that may be relayed is kept here and answered from here; every other
/// request is passed on to the codec, exactly as many bytes as belong to it. The next request is not looked at before the one under
/// way is answered, so that answers keep their order. When framing is not plain (`RequestHead.Scan.unclear`), all that follows on the
/// connection is passed on.
final class ClientHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// The next byte begins a request.
        case boundary
        /// The head of a relayable chat is here, its body not yet whole.
        case collecting(RequestHead, Principal, RelayPath)
        /// This many bytes of a request are still to be passed on.
        case passing(Int)
        /// Everything is passed on from now on.
        case opaque
        case relaying(Exchange, length: Int)
        /// The connection is being closed: what still comes is dropped.
        case closing
    }

    private let relay: Relay
    private let loop: RelayLoop
    private var context: ChannelHandlerContext?
    private var phase = Phase.boundary
    /// Bytes that are not passed on (yet). While a chat is relayed, its own bytes stand in front.
    private var inbox: ByteBuffer?
    /// Whether the bytes of the relayed chat still stand in front of the inbox.
    private var holdsRequest = false
    /// How long its head is.
    private var headLength = 0
    /// Requests passed on whose answers are not complete.
    private var openAnswers = 0
    /// A request passed on whose end the codec has not seen. Only of use when framing is opaque.
    private var isReceiving = false
    private var isAdvancing = false
    private var holdsRead = false
    private var isQuiescing = false
    private var closesAfterRequest = false
    private var watch = ClientWatch()
    /// Position in the loop's list of clients; -1 when it is not in there.
    var loopIndex = -1

    /// A head that is longer goes to the codec, which has its own limits.
    private static let maximumHead = 16 * 1024
    /// How much of the requests behind the one under way is read.
    private static let maximumAhead = 64 * 1024

    init(relay: Relay, loop: RelayLoop) {
        self.relay = relay
        self.loop = loop
    }

    // MARK: For the exchange

    var isWritable: Bool { context?.channel.isWritable ?? false }
    var allocator: ByteBufferAllocator { context?.channel.allocator ?? ByteBufferAllocator() }
    var closesAfterAnswer: Bool { isQuiescing || closesAfterRequest }

    func write(_ buffer: ByteBuffer, flush: Bool) {
        guard let context else { return }
        watch.hasWritten = true
        relay.counters.bytesToClients.add(buffer.readableBytes)
        if flush { context.writeAndFlush(wrapOutboundOut(buffer), promise: nil) } else { context.write(wrapOutboundOut(buffer), promise: nil) }
    }

    /// The answer begins: the request cannot be handed on any more.
    func commit() {
        guard holdsRequest, case .relaying(_, let length) = phase else { return }
        holdsRequest = false
        dropFromInbox(length)
    }

    /// The answer is written.
    func exchangeEnded() {
        commit()
        phase = .boundary
        watch.restart()
        if closesAfterAnswer { return closeWhenWritten() }
        advance()
        if holdsRead {
            holdsRead = false
            context?.read()
        }
    }

    /// The answer cannot be finished.
    func abort() {
        phase = .closing
        context?.close(promise: nil)
    }

    /// Gives the request, whole as it came, to the handlers behind.
    /// - Parameter note: which upstream has failed, and why; the long way finds it in a header of the request.
    func handOn(_ note: String) {
        guard case .relaying(_, var length) = phase, holdsRequest else { return }
        holdsRequest = false
        relay.counters.handedOn.add()
        phase = .boundary
        if let bytes = inbox, headLength > 2 {
            var noted = allocator.buffer(capacity: bytes.readableBytes + 128)
            noted.writeImmutableBuffer(bytes.getSlice(at: bytes.readerIndex, length: headLength - 2) ?? ByteBuffer())
            length += noted.writeString("\(RelayNote.headerName): \(note)\r\n")
            noted.writeImmutableBuffer(bytes.getSlice(at: bytes.readerIndex + headLength - 2, length: bytes.readableBytes - headLength + 2) ?? ByteBuffer())
            inbox = noted
        }
        pass(length)
        advance()
        context?.fireChannelReadComplete()
        resumeReading()
    }

    // MARK: For the boundary

    func requestBegan() { isReceiving = true }

    func requestEnded() {
        isReceiving = false
        if case .opaque = phase { openAnswers += 1 }
    }

    func answerEnded() {
        openAnswers = max(0, openAnswers - 1)
        watch.restart()
        guard openAnswers == 0, inbox != nil, let context else { return }
        // What is written by now should leave first, and nothing should be read in the middle of a write.
        context.eventLoop.assumeIsolated().execute { [self] in
            advance()
            self.context?.fireChannelReadComplete()
            resumeReading()
        }
    }

    // MARK: Reading

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if let options = context.channel.syncOptions {
            // One read for one wake-up: what is left wakes the loop again.
            try? options.setOption(.maxMessagesPerRead, value: 1)
            try? options.setOption(.tcpOption(.tcp_nodelay), value: 1)
            try? options.setOption(.writeBufferWaterMark, value: .init(low: 16 * 1024, high: 64 * 1024))
        }
        loop.add(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
        self.context = nil
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        watch.received(buffer.readableBytes)
        switch phase {
        case .opaque: context.fireChannelRead(data)
        case .passing(let rest) where buffer.readableBytes <= rest:
            let left = rest - buffer.readableBytes
            phase = left > 0 ? .passing(left) : .boundary
            context.fireChannelRead(data)
        case .passing(let rest):
            phase = .boundary
            if let slice = buffer.readSlice(length: rest) { context.fireChannelRead(wrapInboundOut(slice)) }
            keep(&buffer)
            advance()
        case .boundary, .collecting:
            keep(&buffer)
            advance()
        case .relaying: keep(&buffer)
        case .closing: break
        }
    }

    private func keep(_ buffer: inout ByteBuffer) {
        if inbox == nil {
            watch.beganRequest()
            inbox = buffer
        } else {
            if case .collecting(let head, _, _) = phase, inbox!.readableBytes + inbox!.writableBytes < head.length + head.contentLength {
                // One allocation for the whole request.
                var whole = allocator.buffer(capacity: head.length + head.contentLength)
                whole.writeImmutableBuffer(inbox!)
                inbox = whole
            }
            inbox!.writeBuffer(&buffer)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        switch phase {
        case .relaying: break
        case .collecting: context.read()
        default: context.fireChannelReadComplete()
        }
    }

    func read(context: ChannelHandlerContext) {
        if holdsBack {
            holdsRead = true
        } else {
            watch.wantsBytes = true
            context.read()
        }
    }

    /// Enough is here that cannot be worked on yet.
    private var holdsBack: Bool {
        guard let inbox else { return false }
        switch phase {
        case .boundary: return openAnswers > 0 && inbox.readableBytes > Self.maximumAhead
        case .relaying(_, let length): return inbox.readableBytes > (holdsRequest ? length : 0) + Self.maximumAhead
        case .collecting, .passing, .opaque, .closing: return false
        }
    }

    private func resumeReading() {
        guard holdsRead, !holdsBack else { return }
        holdsRead = false
        context?.read()
    }

    // MARK: Requests

    /// Works on the requests in the inbox until one has to be waited for.
    private func advance() {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        while openAnswers == 0, let bytes = inbox, bytes.readableBytes > 0 {
            switch phase {
            case .collecting(let head, let principal, let path):
                guard bytes.readableBytes >= head.length + head.contentLength else { return }
                start(head, principal, path)
            case .boundary:
                switch bytes.withUnsafeReadableBytes({ RequestHead.scan($0) }) {
                case .incomplete:
                    guard bytes.readableBytes > Self.maximumHead else { return }
                    becomeOpaque()
                case .unclear: becomeOpaque()
                case .head(let head): meet(head)
                }
            case .passing, .opaque, .relaying, .closing: return
            }
        }
    }

    private func meet(_ head: RequestHead) {
        let length = head.length + head.contentLength
        guard head.isPlain, let path = head.path, let token = head.token, head.contentLength <= relay.configuration.maximumBody,
            let text = inbox?.text(token), let principal = relay.gate.admit(token: text, path: path.text)
        else { return pass(length) }
        if let inbox, inbox.readableBytes >= length { start(head, principal, path) } else { phase = .collecting(head, principal, path) }
    }

    /// Relays the chat at the front of the inbox, or passes it on.
    private func start(_ head: RequestHead, _ principal: Principal, _ path: RelayPath) {
        let length = head.length + head.contentLength
        phase = .boundary
        guard let inbox, let relayed = prepare(inbox, head, principal, path) else {
            relay.counters.handedOn.add()
            return pass(length)
        }
        phase = .relaying(relayed, length: length)
        holdsRequest = true
        headLength = head.length
        closesAfterRequest = !head.keepsAlive
        relayed.begin()
    }

    private func prepare(_ inbox: ByteBuffer, _ head: RequestHead, _ principal: Principal, _ path: RelayPath) -> Exchange? {
        inbox.withUnsafeReadableBytes { bytes in
            let body = bytes.slice(head.length..<(head.length + head.contentLength))
            guard let scan = ChatBodyScan(scanning: body), let model = scan.model, scan.effective.isEmpty, !scan.hasMalformedMessages,
                !scan.isResumable, path != .openAI || scan.ownFields.isEmpty, let target = relay.gate.target(model: model, for: principal),
                let route = loop.route(to: target.connection), relay.gate.begin(principal)
            else { return nil }
            let requestID = head.requestID.map { Array(bytes.slice($0)) } ?? loop.makeRequestID()
            return Exchange(
                client: self, loop: loop, route: route, target: target, principal: principal, requestID: requestID,
                isStream: scan.stream, request: request(to: route, id: requestID, body: body, scan: scan, model: target.upstreamID))
        }
    }

    /// The bytes for the upstream: its head, then the client's body with the model's id exchanged and our own fields left out.
    private func request(to route: UpstreamRoute, id: [UInt8], body: UnsafeRawBufferPointer, scan: ChatBodyScan, model: String) -> ByteBuffer {
        var count = 0
        scan.forward(body, model: model) { count += $0.count }
        var request = allocator.buffer(capacity: route.requestHead.count + count + 128)
        request.writeBytes(route.requestHead)
        loop.scratch.removeAll(keepingCapacity: true)
        loop.scratch.append(decimal: count)
        loop.scratch.append("\r\nx-request-id: ")
        loop.scratch.append(contentsOf: id)
        loop.scratch.append("\r\n\r\n")
        request.writeBytes(loop.scratch)
        scan.forward(body, model: model) { request.writeBytes($0) }
        return request
    }

    /// Passes the first `length` bytes of the inbox on, as far as they are here.
    private func pass(_ length: Int) {
        guard let context, var bytes = inbox else { return }
        openAnswers += 1
        defer { forwardQuiescing() }
        if bytes.readableBytes <= length {
            let rest = length - bytes.readableBytes
            inbox = nil
            phase = rest > 0 ? .passing(rest) : .boundary
            context.fireChannelRead(wrapInboundOut(bytes))
        } else if let request = bytes.readSlice(length: length) {
            inbox = bytes
            phase = .boundary
            context.fireChannelRead(wrapInboundOut(request))
        }
    }

    private func becomeOpaque() {
        phase = .opaque
        guard let context, let bytes = inbox else { return }
        inbox = nil
        context.fireChannelRead(wrapInboundOut(bytes))
        forwardQuiescing()
    }

    /// The server stops, and the request that was waited for turned out to be the long way's: that one closes after its answer.
    private func forwardQuiescing() {
        guard isQuiescing else { return }
        context?.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    private func dropFromInbox(_ length: Int) {
        guard inbox != nil else { return }
        inbox!.moveReaderIndex(forwardBy: min(length, inbox!.readableBytes))
        if inbox!.readableBytes == 0 { inbox = nil }
    }

    // MARK: Writing

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        watch.hasWritten = true
        context.write(data, promise: promise)
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .relaying(let exchange, _) = phase {
            if context.channel.isWritable { exchange.clientReady() }
        } else {
            context.fireChannelWritabilityChanged()
        }
    }

    private func closeWhenWritten() {
        phase = .closing
        inbox = nil
        guard let context else { return }
        // Everything written before has left when an empty write has.
        let promise = context.eventLoop.makePromise(of: Void.self)
        promise.futureResult.assumeIsolated().whenComplete { [self] _ in self.context?.close(promise: nil) }
        context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
    }

    // MARK: Ends

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            switch phase {
            case .relaying, .collecting: return
            case .boundary where openAnswers == 0 && inbox != nil: return
            default: break
            }
        case ChannelEvent.inputClosed:
            switch phase {
            case .relaying(let exchange, _):
                relay.counters.clientsLeft.add()
                exchange.abandon()
                phase = .closing
                context.close(promise: nil)
                return
            case .collecting:
                context.close(promise: nil)
                return
            default: break
            }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .relaying = phase { relay.counters.clientsLeft.add() }
        leave()
        context.fireChannelInactive()
    }

    private func leave() {
        loop.remove(self)
        if case .relaying(let exchange, _) = phase { exchange.abandon() }
        phase = .closing
        inbox = nil
    }

    // MARK: Timeouts

    /// Called now and then by the loop.
    func check(_ now: NIODeadline) {
        guard let context else { return }
        let limit = relay.configuration.clientTimeout
        if case .relaying(let exchange, _) = phase { exchange.check(now) }
        let waitsForClient: Bool
        switch phase {
        case .relaying, .closing: waitsForClient = false
        case .boundary: waitsForClient = openAnswers == 0
        case .collecting: waitsForClient = true
        case .passing: waitsForClient = watch.wantsBytes
        case .opaque: waitsForClient = isReceiving ? watch.wantsBytes : openAnswers == 0
        }
        let pending = (try? context.channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? 0
        if watch.isOverdue(now, limit: limit, waitsForClient: waitsForClient, isIdle: isIdle, pendingBytes: pending) {
            relay.counters.clientsTimedOut.add()
            context.close(promise: nil)
        }
    }

    /// Between two requests.
    private var isIdle: Bool {
        switch phase {
        case .boundary: inbox == nil
        case .opaque: !isReceiving
        default: false
        }
    }
}

extension ByteBuffer {
    /// The text at a range of the readable bytes.
    fileprivate func text(_ range: Range<Int>) -> String? { getString(at: readerIndex + range.lowerBound, length: range.count) }
}
