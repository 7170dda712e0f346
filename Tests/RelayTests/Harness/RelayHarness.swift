import Domain
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOPosix
import Relay
import Synchronization
import TestSupport

/// A server with the relay in front and a long way behind it that says what reached it, an upstream, and clients, on real sockets.
final class RelayHarness: Sendable {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let upstream: ScriptedUpstream
    let relay: Relay
    let gate: ScriptedGate
    let recorder = RecordingRecorder()
    private let server: any Channel

    init(
        configuration: RelayConfiguration = RelayConfiguration(), hasFallback: Bool = false, script: @escaping ScriptedUpstream.Script
    ) async throws {
        upstream = try await ScriptedUpstream(group: group, script: script)
        gate = ScriptedGate(port: upstream.port, hasFallback: hasFallback)
        let relay = Relay(gate: gate, recorder: recorder, configuration: configuration)
        self.relay = relay
        let children = Children()
        self.open = children
        server = try await ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                children.channels.withLock { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false)
                    try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
                    try pipeline.addHandlers(relay.handlers())
                    try pipeline.addHandler(LongWay())
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
    }

    private let open: Children

    final class Children: Sendable {
        let channels = Mutex<[any Channel]>([])
    }

    func client(reads: Bool = true) async throws -> RawClient {
        try await RawClient(group: group, port: server.localAddress?.port ?? 0, reads: reads)
    }

    /// Tells all client connections that the server is about to stop.
    func quiesce() {
        for channel in open.channels.withLock({ $0 }) { channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent()) }
    }

    func stop() async throws {
        try await server.close()
        try? await upstream.stop()
        try await group.shutdownGracefully()
    }

    /// Runs a test against a harness and stops it.
    static func with(
        configuration: RelayConfiguration = RelayConfiguration(), hasFallback: Bool = false, script: @escaping ScriptedUpstream.Script,
        _ body: (RelayHarness) async throws -> Void
    ) async throws {
        let harness = try await RelayHarness(configuration: configuration, hasFallback: hasFallback, script: script)
        do {
            try await body(harness)
        } catch {
            try? await harness.stop()
            throw error
        }
        try await harness.stop()
    }
}

/// Knows the key `sk-good` and the models `m` and `alias` (which the upstream calls `real`).
final class ScriptedGate: RelayGate {
    let port: Int
    let hasFallback: Bool
    let isExhausted = Mutex(false)
    /// Counted and not withdrawn.
    let admitted = Mutex(0)
    let headers = Mutex<[UInt8]>([])
    /// What the gate has heard of the upstream.
    let standing = Mutex<[String]>([])

    init(port: Int, hasFallback: Bool) {
        self.port = port
        self.hasFallback = hasFallback
    }

    func admit(token: String, path: String) -> Principal? {
        token == "sk-good" ? Principal(userID: "u1", name: "Kit", email: "kit@example.com", role: .user, credential: .apiKey(id: "k1")) : nil
    }

    func target(model: String, for principal: Principal) -> RelayTarget? {
        guard let id = ["m": "m", "alias": "real"][model] else { return nil }
        return RelayTarget(
            connection: Connection(kind: .openAI, index: 0, baseURL: "http://127.0.0.1:\(port)/v1", key: "sk-up", headers: ["x-extra": "1"]),
            upstreamID: id, modelID: model, hasFallback: hasFallback)
    }

    func begin(_ principal: Principal) -> RelayAdmission? {
        guard !isExhausted.withLock({ $0 }) else { return nil }
        admitted.withLock { $0 += 1 }
        return RelayAdmission(headers: headers.withLock { $0 })
    }

    func mayRetry() -> Bool { true }

    func sent(_ target: RelayTarget) {}

    func answered(_ target: RelayTarget) { standing.withLock { $0.append("answered") } }

    func failed(_ target: RelayTarget, retryAfter: Int?) { standing.withLock { $0.append("failed") } }

    func withdraw(_ principal: Principal) { admitted.withLock { $0 -= 1 } }
}

/// Answers every request with its method, path and body length.
private final class LongWay: ChannelInboundHandler {
    typealias InboundIn = HTTPRequestPart
    typealias OutboundOut = HTTPResponsePart
    private var head: HTTPRequest?
    private var length = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let request):
            head = request
            length = 0
        case .body(let buffer): length += buffer.readableBytes
        case .end:
            let text = "long \(head?.method.rawValue ?? "") \(head?.path ?? "") \(length)"
            // As with a real handler, the answer comes a little later.
            context.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(1)) { [self] in
                var response = HTTPResponse(status: .ok)
                response.headerFields[.contentLength] = String(text.utf8.count)
                context.write(wrapOutboundOut(.head(response)), promise: nil)
                context.write(wrapOutboundOut(.body(ByteBuffer(string: text))), promise: nil)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            }
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent { context.close(promise: nil) } else { context.fireUserInboundEventTriggered(event) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}

/// A chat request as a client writes it.
func chatRequest(
    _ body: String = #"{"model":"m","messages":[{"role":"user","content":"hi"}]}"#, path: String = "/api/chat/completions",
    token: String = "sk-good", headers: String = ""
) -> String {
    "POST \(path) HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n\(headers)"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

/// An upstream's plain answer.
func plainAnswer(_ body: String, status: String = "200 OK", type: String = "application/json", headers: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: \(type)\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

let streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"

func chunk(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n" }
