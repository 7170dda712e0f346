package import Domain
package import HTTPTypes
package import Hummingbird
import NIOCore
import Tracing

/// Where a handler writes an answer that is made while it is sent. Each write waits until the client has room for it.
package struct ClientStream: Sendable {
    fileprivate let writer: WriterBox

    package func write(_ bytes: [UInt8]) async throws {
        if !bytes.isEmpty { try await write(ByteBuffer(bytes: bytes)) }
    }

    package func write(_ text: String) async throws { try await write(ByteBuffer(string: text)) }

    private func write(_ buffer: ByteBuffer) async throws {
        try await writer.base.write(buffer)
        writer.unseen += buffer.readableBytes
        guard writer.unseen >= Self.mostUnseen else { return }
        writer.unseen = 0
        // Whether the client has room is known to its event loop alone. A loop that is busy elsewhere takes what is written without
        // a word; waiting for its turn bounds how much that can be.
        try await writer.eventLoop.submit {}.get()
    }

    private static let mostUnseen = 256 << 10
}

/// Carries the response's writer into the task that produces the body.
///
/// Unchecked: the writer is used by that task alone. The task that owns the response does nothing but wait for it.
private final class WriterBox: @unchecked Sendable {
    var base: any ResponseBodyWriter
    /// Of the client's connection.
    let eventLoop: any EventLoop
    /// Bytes written since the event loop was last known to have run.
    var unseen = 0

    init(_ base: any ResponseBodyWriter, eventLoop: any EventLoop) {
        self.base = base
        self.eventLoop = eventLoop
    }
}

extension AppRequestContext {
    /// Runs `work`; cancels it when the client leaves. For what may take long before there is anything to send.
    package func whileClientWaits<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        guard let departure = await clientDeparture() else { return try await work() }
        return try await departure.cancelling(work)
    }

    /// A response whose body `produce` writes.
    ///
    /// `produce` is cancelled when the client leaves, also while it waits for something else than the client. When it throws, the
    /// connection is cut, so that the client cannot take the part for the whole.
    package func stream(
        status: HTTPResponse.Status = .ok, headers: HTTPFields, contentLength: Int? = nil,
        _ produce: @escaping @Sendable (ClientStream) async throws -> Void
    ) -> Response {
        // The body is written when the handler has returned; what it does still belongs to the request.
        let (scope, span) = (RequestScope.current, ServiceContext.current)
        return Response(
            status: status, headers: headers,
            body: ResponseBody(contentLength: contentLength) { writer in
                let box = WriterBox(writer, eventLoop: channel.eventLoop)
                try await RequestScope.$current.withValue(scope) {
                    try await ServiceContext.$current.withValue(span) {
                        try await whileClientWaits { try await produce(ClientStream(writer: box)) }
                    }
                }
                try await box.base.finish(nil)
            })
    }

    /// Relays an upstream's answer as it comes: status, body and the headers that concern the client.
    /// - Parameters:
    ///   - completion: called once when the body is over, with what went wrong.
    package func relay(
        _ upstream: UpstreamResponse, contentType: String? = nil, completion: (@Sendable ((any Error)?) -> Void)? = nil
    ) -> Response {
        var headers = HTTPFields()
        for (name, value) in upstream.headers where Self.relayedHeaders.contains(name) {
            if let field = HTTPField.Name(name) { headers.append(HTTPField(name: field, value: value)) }
        }
        if let contentType { headers[.contentType] = contentType }
        if let route = upstream.route { headers.append(contentsOf: route.headers) }
        let isEventStream = headers[.contentType]?.hasPrefix("text/event-stream") == true
        if isEventStream, headers[.cacheControl] == nil { headers[.cacheControl] = "no-cache" }
        let length = isEventStream ? nil : upstream.header("content-length").flatMap { Int($0) }
        return stream(status: .init(code: upstream.status), headers: headers, contentLength: length) { client in
            do {
                for try await piece in upstream.body { try await client.write(piece) }
                completion?(nil)
            } catch {
                completion?(error)
                throw error
            }
        }
    }

    /// Everything else of an upstream's headers is between it and this server.
    private static let relayedHeaders: Set<String> = ["content-type", "content-encoding", "cache-control", "retry-after"]
}

extension UpstreamTrace {
    /// What happened, for the client: who answered, and who had failed before.
    package var headers: HTTPFields {
        var headers = HTTPFields()
        if !served.isEmpty { headers[.upstream] = served }
        if attempts > 0 { headers[.attempts] = String(attempts) }
        if !failed.isEmpty { headers[.failover] = failed.map(\.description).joined(separator: ", ") }
        return headers
    }
}

extension HTTPField.Name {
    fileprivate static let upstream = HTTPField.Name("x-haneul-upstream")!
    fileprivate static let attempts = HTTPField.Name("x-haneul-attempts")!
    fileprivate static let failover = HTTPField.Name("x-haneul-failover")!
}
