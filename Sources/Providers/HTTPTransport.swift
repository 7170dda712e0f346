import AsyncHTTPClient
package import Domain
package import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Speaks to upstreams through AsyncHTTPClient: connections are pooled by host and kept alive, HTTP/2 is used where it is offered.
/// Redirects are not followed and bodies are not decompressed: what an upstream says reaches the caller as it is.
package final class HTTPTransport: UpstreamTransport {
    private let limits: TransportLimits
    private let eventLoopGroup: any EventLoopGroup
    private let trustFile: String
    /// By connect timeout: the client fixes it for all of its connections.
    private let clients = Mutex<[Int: HTTPClient]>([:])

    /// - Parameters:
    ///   - eventLoopGroup: should be the server's own, so that both sides of a relay share threads.
    ///   - trustFile: PEM file of certificates to trust beside the system's; empty for none.
    package init(limits: TransportLimits, eventLoopGroup: any EventLoopGroup, trustFile: String = "") {
        self.trustFile = trustFile
        self.limits = limits
        self.eventLoopGroup = eventLoopGroup
    }

    package convenience init(settings: Settings, eventLoopGroup: any EventLoopGroup) {
        self.init(
            limits: TransportLimits(
                connectSeconds: settings[.upstreamConnectSeconds], firstByteSeconds: settings[.upstreamFirstByteSeconds],
                idleSeconds: settings[.upstreamIdleSeconds]),
            eventLoopGroup: eventLoopGroup, trustFile: settings[.upstreamCAFile])
    }

    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let outgoing = try Self.outgoing(request)
        let answer = IncomingAnswer(
            firstByte: .seconds(Int64(request.firstByteSeconds ?? limits.firstByteSeconds)),
            idle: .seconds(Int64(request.idleSeconds ?? limits.idleSeconds)))
        let head = try await answer.head {
            client(connectSeconds: request.connectSeconds ?? limits.connectSeconds)
                .execute(request: outgoing, delegate: answer, eventLoop: .indifferent, deadline: nil)
        }
        let owner = AnswerOwner(answer)
        return UpstreamResponse(
            status: Int(head.status.code),
            headers: head.headers.map { (name: $0.name.lowercased(), value: $0.value) },
            body: UpstreamBody { { try await owner.answer.next() } })
    }

    /// A start that fails never comes to `shutdown`; the clients insist on it.
    deinit {
        for client in clients.withLock({ Array($0.values) }) { client.shutdown { _ in } }
    }

    /// Closes every connection. Nothing can be sent afterwards.
    package func shutdown() async {
        let open = clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
        for client in open { try? await client.shutdown() }
    }

    private func client(connectSeconds: Int) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[connectSeconds] { return client }
            var tls = TLSConfiguration.makeClientConfiguration()
            if !trustFile.isEmpty { tls.additionalTrustRoots = [.file(trustFile)] }
            var configuration = HTTPClient.Configuration(
                tlsConfiguration: tls, redirectConfiguration: .disallow, timeout: .init(connect: .seconds(Int64(connectSeconds))),
                decompression: .disabled)
            // The default of 8 would queue the ninth stream behind the first.
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 16_384
            // A node that refuses connections is reported at once; trying again is the fail-over's decision.
            configuration.connectionPool.retryConnectionEstablishment = false
            let client = HTTPClient(eventLoopGroupProvider: .shared(eventLoopGroup), configuration: configuration)
            clients[connectSeconds] = client
            return client
        }
    }

    private static func outgoing(_ request: UpstreamRequest) throws -> HTTPClient.Request {
        guard request.url.hasPrefix("http://") || request.url.hasPrefix("https://") else {
            throw AppError(.upstreamFailed, "The upstream's address must begin with http:// or https://.")
        }
        var headers = HTTPHeaders()
        headers.reserveCapacity(request.headers.count + 2)
        for (name, value) in request.headers { headers.add(name: name, value: value) }
        if let id = RequestScope.current?.requestID, !headers.contains(name: "x-request-id") { headers.add(name: "x-request-id", value: id) }
        do {
            return try HTTPClient.Request(
                url: request.url, method: HTTPMethod(rawValue: request.method), headers: headers,
                body: request.body.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: request.body)))
        } catch {
            throw AppError(.upstreamFailed, "The upstream's address is not valid.", cause: error)
        }
    }
}

/// How long an upstream may take, where a request says nothing else.
package struct TransportLimits: Sendable, Hashable {
    package var connectSeconds: Int
    /// From sending the request to the status line.
    package var firstByteSeconds: Int
    /// Of silence in the middle of a body somebody is waiting for.
    package var idleSeconds: Int

    package init(connectSeconds: Int = 10, firstByteSeconds: Int = 300, idleSeconds: Int = 300) {
        self.connectSeconds = connectSeconds
        self.firstByteSeconds = firstByteSeconds
        self.idleSeconds = idleSeconds
    }
}

/// Lives as long as somebody can still read the body. When it goes, what is left of the answer is cancelled and its connection closed.
private final class AnswerOwner: Sendable {
    let answer: IncomingAnswer

    init(_ answer: IncomingAnswer) { self.answer = answer }

    deinit { answer.cancel(with: CancellationError()) }
}
