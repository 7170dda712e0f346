import HTTPTypes
package import Hummingbird

/// Cross-origin headers for the origins an admin has named; none are sent to others.
package struct CORSHeadersMiddleware: RouterMiddleware {
    private let origins: Set<String>
    private let allowsAll: Bool

    /// - Parameter allowed: `CORS_ALLOW_ORIGIN`: origins separated by `;`, or `*`.
    package init(allowed: String) {
        origins = Set(allowed.split(separator: ";").map { $0.filter { $0 != " " } })
        allowsAll = origins.contains("*")
    }

    package func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let origin = request.headers[.origin], allowsAll || origins.contains(origin) else { return try await next(request, context) }
        var response: Response
        if request.method == .options, request.headers[.accessControlRequestMethod] != nil {
            response = .text("OK")
            response.headers[.accessControlAllowMethods] = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"
            response.headers[.accessControlMaxAge] = "600"
            if let wanted = request.headers[.accessControlRequestHeaders] { response.headers[.accessControlAllowHeaders] = wanted }
        } else {
            response = try await next(request, context)
        }
        response.headers[.accessControlAllowOrigin] = origin
        response.headers[.accessControlAllowCredentials] = "true"
        response.headers[.vary] = "Origin"
        return response
    }
}
