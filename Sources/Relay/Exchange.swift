import Domain
import NIOCore

/// One relayed chat: the request on its way to the upstream, and the answer on its way back.
///
/// Exactly one of three things ends it: the answer is written whole (`finish`), the request is handed on to the long way before
/// anything was answered (`handOn`), or the client is gone (`abandon`).
final class Exchange {
    private enum Phase {
        /// Nothing of the answer is here.
        case waiting
        /// An event stream, forwarded in complete lines.
        case stream
        /// Any other answer, held until it is whole.
        case held
        /// Any other answer, too large to hold, forwarded as it comes.
        case piped(isChunked: Bool)
        case over
    }

    private unowned let client: ClientHandler
    private let relay: Relay
    private let loop: RelayLoop
    private let route: UpstreamRoute
    private let target: RelayTarget
    private let principal: Principal
    private let requestID: [UInt8]
    /// The client asked for a stream.
    private let isStream: Bool
    /// The upstream says that its answer is JSON.
    private var isJSON = false
    /// The bytes for the upstream, kept until the answer begins.
    private var request: ByteBuffer?
    private var upstream: UpstreamHandler?
    private var isFreshConnection = true
    private var phase = Phase.waiting

    private var answer = AnswerHead()
    private var answerHeadIsOut = false
    /// The answer's bytes that are not written yet, behind `Exchange.room` free bytes.
    private var out: ByteBuffer?
    private var endsEvent = true
    /// The last pieces that were written, to look for token counts at the end.
    private var recent: (ByteBuffer?, ByteBuffer?) = (nil, nil)

    private let startedAt = NIODeadline.now()
    private let startedSecond: EpochSeconds
    private var firstByteAt: NIODeadline?
    private var hasHeardUpstream = false
    private var quietSince: NIODeadline

    /// Room in front of the bytes for the answer's head and the size line of a chunk.
    private static let room = AnswerHead.room + chunkRoom
    private static let chunkRoom = 12
    /// A line longer than this is forwarded in pieces.
    private static let maximumLine = 256 * 1024

    init(
        client: ClientHandler, loop: RelayLoop, route: UpstreamRoute, target: RelayTarget, principal: Principal, requestID: [UInt8],
        isStream: Bool, request: ByteBuffer
    ) {
        self.isStream = isStream
        self.client = client
        self.loop = loop
        relay = loop.relay
        self.route = route
        self.target = target
        self.principal = principal
        self.requestID = requestID
        self.request = request
        answer.upstream = route.labelBytes
        if !target.passedOver.isEmpty { answer.failover = Array(target.passedOver.map(\.description).joined(separator: ", ").utf8) }
        startedSecond = loop.date().seconds
        quietSince = startedAt
        relay.counters.openExchanges.add()
    }

    func begin() {
        relay.gate.sent(target)
        route.pool.lease(for: self)
    }

    /// To reach the upstream; `nil` for the configured default.
    var connectTimeout: TimeAmount? { target.connectSeconds.map { .seconds(Int64($0)) } }

    /// Whether more of the answer may be read now.
    var wantsMore: Bool {
        switch phase {
        case .stream, .piped: client.isWritable
        default: true
        }
    }

    // MARK: The way to the upstream

    /// - Returns: whether the connection is needed.
    @discardableResult
    func leased(_ handler: UpstreamHandler, isFresh: Bool) -> Bool {
        guard case .waiting = phase, let request else { return false }
        upstream = handler
        isFreshConnection = isFresh
        handler.send(request, for: self)
        return true
    }

    func refused(_ refusal: UpstreamPool.Refusal) {
        guard case .waiting = phase else { return }
        relay.counters.upstreamFailures.add()
        switch refusal {
        case .tooManyConnections: fail(503, "Too many requests are under way to the upstream. Try again in a moment.", retryAfter: 1)
        case .unreachable:
            // Nothing was sent: the long way tries again, or finds others where there are some.
            if target.hasFallback { relay.gate.failed(target, retryAfter: nil) }
            handOn("cannot be reached")
        }
    }

    /// The connection ended before the answer did.
    func upstreamClosed(hasBegun: Bool) {
        upstream = nil
        if case .waiting = phase, !hasBegun, !isFreshConnection, request != nil {
            // A kept connection that the upstream had closed meanwhile: it never saw the request.
            return route.pool.lease(for: self, fresh: true)
        }
        upstreamFailed()
    }

    /// The answer is cut off or no HTTP.
    func upstreamFailed() {
        upstream = nil
        relay.counters.upstreamFailures.add()
        switch phase {
        case .waiting:
            relay.gate.failed(target, retryAfter: nil)
            if mayHandOn { return handOn("closed the connection") }
            fail(500, "The upstream closed the connection.", reason: "closed the connection")
        case .held: fail(500, "The upstream broke off its answer.")
        case .stream: endStream(isCut: true)
        case .piped:
            // The client can only see that the body is too short.
            record()
            phase = .over
            client.abort()
        case .over: break
        }
    }

    /// The client has taken what was written.
    func clientReady() { upstream?.resumeReading() }

    // MARK: The answer

    func upstreamBegan(_ head: ResponseHead, available: Int) {
        hasHeardUpstream = true
        switch head.status {
        case 502...504, 529: relay.gate.failed(target, retryAfter: Int(String(decoding: head.retryAfter, as: UTF8.self)))
        default: relay.gate.answered(target)
        }
        let isRefusal = head.status == 429 || head.status >= 500
        if (300..<400).contains(head.status) || !head.contentEncoding.isEmpty || (isRefusal && mayHandOn) {
            upstream?.close()
            upstream = nil
            return handOn("status \(head.status)")
        }
        firstByteAt = .now()
        request = nil
        client.commit()
        answer.status = head.status < 400 ? 200 : head.status
        answer.retryAfter = head.retryAfter
        isJSON = head.isJSON
        if head.status < 400, head.isEventStream || (isStream && !isJSON) {
            phase = .stream
            answer.isStream = true
            answer.contentType = AnswerHead.eventStream
            answer.framing = .chunked
            relay.counters.streams.add()
        } else if case .length(let length) = head.framing {
            if length > relay.configuration.maximumHeldAnswer, head.status < 400, isJSON {
                phase = .piped(isChunked: false)
                answer.framing = .length(length)
            } else {
                phase = .held
                makeRoom(for: min(length, relay.configuration.maximumHeldAnswer))
            }
        } else {
            phase = .held
        }
    }

    func upstreamSent(_ bytes: UnsafeRawBufferPointer) {
        hasHeardUpstream = true
        if case .over = phase { return }
        if out == nil { makeRoom(for: bytes.count + 64) }
        out!.writeBytes(bytes)
        if case .held = phase, out!.writerIndex - Self.room > relay.configuration.maximumHeldAnswer {
            guard answer.status < 400, isJSON else { return endHeld() }
            phase = .piped(isChunked: true)
            answer.framing = .chunked
        }
    }

    /// Everything that can be read now has been read.
    func upstreamPaused() {
        switch phase {
        case .stream: flushLines()
        case .piped(let isChunked): flushPiped(isChunked: isChunked)
        case .waiting, .held, .over: break
        }
    }

    func upstreamEnded() {
        upstream = nil
        switch phase {
        case .waiting: upstreamFailed()
        case .held: endHeld()
        case .stream: endStream(isCut: false)
        case .piped(let isChunked):
            flushPiped(isChunked: isChunked)
            if isChunked { client.write(ByteBuffer(string: "0\r\n\r\n"), flush: true) }
            finish()
        case .over: break
        }
    }

    private func makeRoom(for count: Int) {
        var buffer = client.allocator.buffer(capacity: Self.room + count + 64)
        buffer.moveWriterIndex(to: Self.room)
        out = buffer
    }

    // MARK: Streams

    /// Writes the complete lines, all in one chunk.
    private func flushLines() {
        guard var buffer = out else { return }
        out = nil
        let (end, done) = buffer.withUnsafeReadableBytes { bytes -> (Int, Int?) in
            let lines = bytes.slice(Self.room..<bytes.count)
            guard let newline = lines.lastIndex(of: 0x0A) else { return (lines.count > Self.maximumLine ? lines.count : 0, nil) }
            return (newline + 1, EventStream.doneLine(in: lines.slice(0..<(newline + 1))))
        }
        if let done {
            buffer.moveWriterIndex(to: Self.room + done)
            out = buffer
            upstream?.detach()
            upstream = nil
            return endStream(isCut: false)
        }
        let torn = buffer.writerIndex - Self.room - end
        if torn > 0 {
            var rest = client.allocator.buffer(capacity: Self.room + torn + 2048)
            rest.moveWriterIndex(to: Self.room)
            buffer.withUnsafeReadableBytes { _ = rest.writeBytes($0.slice(($0.count - torn)..<$0.count)) }
            out = rest
            buffer.moveWriterIndex(to: Self.room + end)
        }
        guard end > 0 else { return }
        endsEvent = buffer.withUnsafeReadableBytes { EventStream.endsEvent($0.slice(Self.room..<$0.count)) }
        writeChunk(&buffer)
    }

    /// The last chunk: what is left, the error when the stream was cut, and the end that every stream has exactly once.
    private func endStream(isCut: Bool) {
        if out == nil { makeRoom(for: 128) }
        guard var buffer = out else { return }
        out = nil
        let rest = buffer.withUnsafeReadableBytes { bytes -> (count: Int, endsEvent: Bool, endsLine: Bool) in
            let lines = bytes.slice(Self.room..<bytes.count)
            // A torn line is of no use to anybody; without a cut it is the last line, its end forgotten.
            let kept = isCut ? (lines.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) : EventStream.doneLine(in: lines) ?? lines.count
            guard kept > 0 else { return (0, endsEvent, true) }
            return (kept, EventStream.endsEvent(lines.slice(0..<kept)), lines[kept - 1] == 0x0A)
        }
        buffer.moveWriterIndex(to: Self.room + rest.count)
        if !rest.endsLine { buffer.writeStaticString("\n") }
        if !rest.endsEvent { buffer.writeStaticString("\n") }
        if isCut { buffer.writeStaticString(EventStream.failed) }
        buffer.writeStaticString(EventStream.done)
        writeChunk(&buffer, isLast: true)
        finish()
    }

    /// Frames what stands behind the room and writes it, with the answer's head in front of the first chunk.
    private func writeChunk(_ buffer: inout ByteBuffer, isLast: Bool = false) {
        var size = buffer.writerIndex - Self.room
        buffer.writeStaticString("\r\n")
        if isLast { buffer.writeStaticString("0\r\n\r\n") }
        var start = Self.room
        buffer.setBytes([0x0D, 0x0A], at: start - 2)
        start -= 2
        repeat {
            start -= 1
            buffer.setInteger(Self.hexDigits[size & 15], at: start)
            size >>= 4
        } while size > 0
        write(&buffer, from: start)
    }

    private static let hexDigits = Array("0123456789abcdef".utf8)

    // MARK: Other answers

    private func flushPiped(isChunked: Bool) {
        guard var buffer = out else { return }
        out = nil
        guard buffer.writerIndex > Self.room else { return }
        if isChunked { writeChunk(&buffer) } else { write(&buffer, from: Self.room) }
    }

    private func endHeld() {
        if out == nil { makeRoom(for: 0) }
        guard var buffer = out else { return }
        out = nil
        if let upstream {
            // An error that is too long to be held.
            upstream.close()
            self.upstream = nil
        }
        if answer.status >= 400 {
            if !buffer.withUnsafeReadableBytes({ Self.isDocument($0.slice(Self.room..<$0.count)) }) { answer.contentType = AnswerHead.text }
        } else if !buffer.withUnsafeReadableBytes({ isAnswer($0.slice(Self.room..<$0.count)) }) {
            relay.counters.upstreamFailures.add()
            return fail(500, "The upstream's answer is not JSON.")
        }
        answer.framing = .length(buffer.writerIndex - Self.room)
        write(&buffer, from: Self.room)
        finish()
    }

    /// What an upstream calls JSON and looks like an object is believed to be one: the client reads it anyway.
    private func isAnswer(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if isJSON {
            let body = bytes.slice(bytes.trimmedLines(0..<bytes.count))
            if body.first == UInt8(ascii: "{"), body.last == UInt8(ascii: "}") { return true }
        }
        return Self.isDocument(bytes)
    }

    private static func isDocument(_ bytes: UnsafeRawBufferPointer) -> Bool { (try? JSONValue(parsing: bytes)) != nil }

    /// An answer of our own.
    private func fail(_ status: Int, _ message: String, reason: StaticString = "", retryAfter: Int? = nil) {
        request = nil
        client.commit()
        answer = AnswerHead()
        if !reason.description.isEmpty { answer.failover = Array("\(route.label) (\(reason))".utf8) }
        answer.status = status
        if let retryAfter { answer.retryAfter = Array(String(retryAfter).utf8) }
        let body = (["detail": .string(message)] as JSONValue).jsonBytes
        answer.framing = .length(body.count)
        makeRoom(for: body.count)
        guard var buffer = out else { return }
        out = nil
        buffer.writeBytes(body)
        write(&buffer, from: Self.room)
        finish()
    }

    // MARK: Writing

    /// Writes the bytes from `start` on, behind the answer's head when that is not out yet.
    private func write(_ buffer: inout ByteBuffer, from start: Int) {
        // Whoever keeps the buffer does so after its last change: changing a shared one would copy it.
        defer { remember(buffer) }
        if answerHeadIsOut {
            buffer.moveReaderIndex(to: start)
            return client.write(buffer, flush: true)
        }
        answerHeadIsOut = true
        answer.closes = client.closesAfterAnswer
        answer.seconds = Int((NIODeadline.now() - startedAt).nanoseconds / 1_000_000_000)
        answer.write(into: &loop.scratch, requestID: requestID, date: loop.date().text)
        if loop.scratch.count <= start {
            buffer.setBytes(loop.scratch, at: start - loop.scratch.count)
            buffer.moveReaderIndex(to: start - loop.scratch.count)
            client.write(buffer, flush: true)
        } else {
            client.write(client.allocator.buffer(bytes: loop.scratch), flush: false)
            buffer.moveReaderIndex(to: start)
            client.write(buffer, flush: true)
        }
    }

    // MARK: Ends

    private func finish() {
        record()
        phase = .over
        relay.counters.relayed.add()
        client.exchangeEnded()
    }

    /// Whether another upstream may be asked in this one's place.
    private var mayHandOn: Bool { target.hasFallback && relay.gate.mayRetry() }

    private func handOn(_ reason: String) {
        relay.counters.openExchanges.add(-1)
        leave()
        client.handOn("\(route.label) (\(reason))")
    }

    /// The client is gone: the upstream should stop working for it.
    func abandon() {
        if case .over = phase { return }
        answer.status = 499
        record()
        leave()
    }

    private func leave() {
        phase = .over
        request = nil
        out = nil
        upstream?.close()
        upstream = nil
    }

    private func record() {
        relay.counters.openExchanges.add(-1)
        let now = NIODeadline.now()
        let usage = tokens()
        relay.gate.ended(principal, tokens: (usage?.promptTokens ?? 0) + (usage?.completionTokens ?? 0))
        var keyID: String?
        if case .apiKey(let id) = principal.credential { keyID = id }
        relay.recorder.record(
            CompletionRecord(
                userID: principal.userID, keyID: keyID, modelID: target.modelID, upstream: route.label, startedAt: startedSecond,
                milliseconds: Int((now - startedAt).nanoseconds / 1_000_000),
                firstByteMilliseconds: firstByteAt.map { Int(($0 - startedAt).nanoseconds / 1_000_000) },
                promptTokens: usage?.promptTokens ?? 0, completionTokens: usage?.completionTokens ?? 0, status: answer.status))
    }

    // MARK: Token counts

    private func remember(_ buffer: ByteBuffer) {
        if buffer.writerIndex - Self.room > 16 * 1024, case .stream = phase {
            // Do not keep large pieces alive for the sake of their ends.
            let tail = buffer.getSlice(at: buffer.writerIndex - 4096, length: 4096)!
            recent = (nil, client.allocator.buffer(buffer: tail))
        } else {
            recent = (recent.1, buffer)
        }
    }

    private func tokens() -> TokenUsage? {
        let found = recent.1?.withUnsafeReadableBytes { TokenUsage(lastIn: $0) }
        return found ?? recent.0?.withUnsafeReadableBytes { TokenUsage(lastIn: $0) }
    }

    // MARK: Timeouts

    func check(_ now: NIODeadline) {
        if hasHeardUpstream || (!wantsMore) {
            hasHeardUpstream = false
            quietSince = now
            return
        }
        switch phase {
        case .waiting:
            let limit = target.firstByteSeconds.map { TimeAmount.seconds(Int64($0)) } ?? relay.configuration.firstByteTimeout
            guard now - startedAt > limit else { return }
            upstream?.close()
            upstream = nil
            relay.counters.upstreamFailures.add()
            relay.gate.failed(target, retryAfter: nil)
            if mayHandOn { return handOn("did not answer in time") }
            fail(504, "The upstream did not answer in time.", reason: "did not answer in time")
        case .stream, .held, .piped:
            let limit = target.idleSeconds.map { TimeAmount.seconds(Int64($0)) } ?? relay.configuration.idleTimeout
            guard now - quietSince > limit else { return }
            upstream?.close()
            upstreamFailed()
        case .over: break
        }
    }
}
