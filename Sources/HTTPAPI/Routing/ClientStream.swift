package import Domain
package import HTTPTypes
package import Hummingbird
import NIOCore

/// Where a handler writes an answer that is made while it is sent. Each write waits until the client has room for it.
package struct ClientStream: Sendable {
    fileprivate let writer: WriterBox

    package func write(_ bytes: [UInt8]) async throws {
        if !bytes.isEmpty { try await writer.base.write(ByteBuffer(bytes: bytes)) }
    }

    package func write(_ text: String) async throws { try await writer.base.write(ByteBuffer(string: text)) }
}

/// Carries the response's writer into the task that produces the body.
///
/// Unchecked: the writer is used by that task alone. The task that owns the response does nothing but wait for it.
private final class WriterBox: @unchecked Sendable {
    var base: any ResponseBodyWriter

    init(_ base: any ResponseBodyWriter) { self.base = base }
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
        Response(
            status: status, headers: headers,
            body: ResponseBody(contentLength: contentLength) { writer in
                let box = WriterBox(writer)
                try await whileClientWaits { try await produce(ClientStream(writer: box)) }
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
