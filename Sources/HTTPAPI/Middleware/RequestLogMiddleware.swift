import HTTPTypes
package import Hummingbird
import Logging

/// Gives the answer the request's id and how long it took, and writes one line to the log: method, path, status, time.
/// Neither query nor body nor any header is logged.
package struct RequestLogMiddleware: RouterMiddleware {
    package init() {}

    package func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        let clock = ContinuousClock()
        let start = clock.now
        var response = try await next(request, context)
        let seconds = Double((clock.now - start).components.attoseconds) / 1e18 + Double((clock.now - start).components.seconds)
        response.headers[HTTPField.Name("x-request-id")!] = context.id
        response.headers[HTTPField.Name("x-process-time")!] = String(Int(seconds))
        context.logger.debug(
            "request",
            metadata: [
                "method": "\(request.method)", "path": "\(request.uri.path)", "status": "\(response.status.code)",
                "ms": "\(Int(seconds * 1000))",
            ])
        return response
    }
}
