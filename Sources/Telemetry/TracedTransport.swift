package import Domain
import Tracing

/// A span for each request to an upstream, open until the answer's last byte; the upstream gets its `traceparent`.
package struct TracedTransport: UpstreamTransport {
    private let transport: any UpstreamTransport
    private let tracer: OTLPTracer

    package init(transport: any UpstreamTransport, tracer: OTLPTracer) {
        self.transport = transport
        self.tracer = tracer
    }

    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        let span = tracer.startSpan(request.method, ofKind: .client)
        let (host, path) = Self.parts(of: request.url)
        span.attributes["http.request.method"] = request.method
        span.attributes["server.address"] = host
        span.attributes["url.path"] = path
        if !request.upstream.isEmpty { span.attributes["haneul.upstream"] = request.upstream }
        var request = request
        request.headers.removeAll { ["traceparent", "tracestate"].contains($0.name.lowercased()) }
        tracer.inject(span.context, into: &request.headers, using: HeaderListInjector())
        let outgoing = request
        do {
            var response = try await ServiceContext.$current.withValue(span.context) { try await transport.send(outgoing) }
            span.attributes["http.response.status_code"] = response.status
            if response.status >= 400 { span.setStatus(SpanStatus(code: .error)) }
            response.body = response.body.ending(span)
            return response
        } catch {
            span.fail(error)
            throw error
        }
    }

    /// Host and path without user names and queries, which may hold keys.
    private static func parts(of url: String) -> (host: String, path: String) {
        guard let scheme = url.firstRange(of: "://") else { return (url, "") }
        let rest = url[scheme.upperBound...].prefix { $0 != "?" && $0 != "#" }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        let authority = rest[..<slash]
        return (String(authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority), String(rest[slash...]))
    }
}

/// A span for each look-up of a chat's documents.
package struct TracedContextRetriever: ContextRetriever {
    private let retriever: any ContextRetriever
    private let tracer: OTLPTracer

    package init(retriever: any ContextRetriever, tracer: OTLPTracer) {
        self.retriever = retriever
        self.tracer = tracer
    }

    package func context(for items: [JSONValue], queries: [String], question: String, principal: Principal) async throws -> RetrievedContext {
        let span = tracer.startSpan("retrieve context", ofKind: .internal)
        span.attributes["haneul.retrieval.items"] = items.count
        span.attributes["haneul.retrieval.queries"] = queries.count
        do {
            let context = try await ServiceContext.$current.withValue(span.context) {
                try await retriever.context(for: items, queries: queries, question: question, principal: principal)
            }
            span.attributes["haneul.retrieval.sources"] = context.sources.count
            span.attributes["haneul.retrieval.passages"] = context.sources.reduce(0) { $0 + $1.documents.count }
            span.end()
            return context
        } catch {
            span.fail(error)
            throw error
        }
    }
}

private struct HeaderListInjector: Injector {
    func inject(_ value: String, forKey key: String, into headers: inout [(name: String, value: String)]) {
        headers.append((name: key, value: value))
    }
}

extension OTLPSpan {
    fileprivate func fail(_ error: any Error) {
        recordError(error)
        setStatus(SpanStatus(code: .error))
        end()
    }
}

/// Ends a span when nobody reads any more.
private final class SpanOwner: Sendable {
    let span: OTLPSpan

    init(_ span: OTLPSpan) { self.span = span }

    deinit { span.end() }
}

extension UpstreamBody {
    fileprivate func ending(_ span: OTLPSpan) -> UpstreamBody {
        let owner = SpanOwner(span)
        let body = self
        return UpstreamBody {
            let pull = body.puller()
            return {
                do {
                    let piece = try await pull()
                    if piece == nil { owner.span.end() }
                    return piece
                } catch {
                    owner.span.fail(error)
                    throw error
                }
            }
        }
    }
}
