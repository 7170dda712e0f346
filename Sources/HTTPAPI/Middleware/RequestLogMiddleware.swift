package import Domain
import HTTPTypes
package import Hummingbird
import Logging

/// Gives each request its id, the answer that id and how long it took, counts it, and writes one line to the log: method, path, status,
/// time. Neither query nor body nor any header is logged.
package struct RequestLogMiddleware: RouterMiddleware {
    private let metrics: ServerMetrics?

    package init(metrics: ServerMetrics? = nil) { self.metrics = metrics }

    package func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var context = context
        if let id = request.headers[.requestID], RequestScope.isSane(requestID: id) { context.logger[metadataKey: "hb.request.id"] = "\(id)" }
        let id = context.id
        let scoped = context
        var response = try await RequestScope.$current.withValue(RequestScope(requestID: id)) { try await next(request, scoped) }
        let seconds = start.seconds
        response.headers[.requestID] = id
        response.headers[.processTime] = String(Int(seconds))
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(response.status.code)",
                "ms": "\(Int(seconds * 1000))",
            ])
        count(request, scoped, &response, since: start)
        return response
    }

    /// When the body is written: an answer that is made while it is sent takes as long as that.
    private func count(_ request: Request, _ context: AppRequestContext, _ response: inout Response, since start: ContinuousClock.Instant) {
        guard let metrics else { return }
        let method = Self.methods.contains(request.method) ? request.method.rawValue : "OTHER"
        let status = response.status.code
        let body = response.body
        response.body = ResponseBody(contentLength: body.contentLength) { writer in
            defer {
                metrics.request(
                    ServerMetrics.RequestLabels(route: context.endpointPath ?? "", method: method, status: status), seconds: start.seconds)
            }
            try await body.write(writer)
        }
    }

    /// Methods are words that clients write.
    private static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .put, .patch, .delete, .options]
}

extension ContinuousClock.Instant {
    /// Since this moment.
    fileprivate var seconds: Double {
        let (seconds, attoseconds) = (ContinuousClock.now - self).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}

extension HTTPField.Name {
    fileprivate static let requestID = HTTPField.Name("x-request-id")!
    fileprivate static let processTime = HTTPField.Name("x-process-time")!
}
