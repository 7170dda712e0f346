import HTTPTypes
package import Hummingbird
package import Tracing

/// A span for each request, in the trace that the client's `traceparent` names, open until the answer's last byte.
package struct TracingMiddleware: RouterMiddleware {
    private let tracer: any Tracer

    package init(tracer: any Tracer) { self.tracer = tracer }

    package func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var parent = ServiceContext.topLevel
        tracer.extract(request.headers, into: &parent, using: HeaderExtractor())
        let span: any Span = tracer.startAnySpan(request.method.rawValue, context: parent, ofKind: .server)
        span.attributes["http.request.method"] = request.method.rawValue
        span.attributes["url.path"] = request.uri.path
        span.attributes["haneul.request_id"] = context.id
        do {
            var response = try await ServiceContext.$current.withValue(span.context) { try await next(request, context) }
            let route = context.endpointPath ?? ""
            if !route.isEmpty {
                span.operationName = "\(request.method.rawValue) \(route)"
                span.attributes["http.route"] = route
            }
            span.attributes["http.response.status_code"] = Int64(response.status.code)
            if response.status.code >= 500 { span.setStatus(SpanStatus(code: .error)) }
            let body = response.body
            response.body = ResponseBody(contentLength: body.contentLength) { writer in
                do {
                    try await body.write(writer)
                    span.end()
                } catch {
                    span.recordError(error)
                    span.setStatus(SpanStatus(code: .error))
                    span.end()
                    throw error
                }
            }
            return response
        } catch {
            span.recordError(error)
            span.setStatus(SpanStatus(code: .error))
            span.end()
            throw error
        }
    }
}

/// Reads a trace's place out of a request's headers.
private struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? { HTTPField.Name(key).flatMap { headers[$0] } }
}
