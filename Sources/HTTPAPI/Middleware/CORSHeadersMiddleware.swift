import HTTPTypes
package import Hummingbird

/// Cross-origin headers for the origins an admin has named; none are sent to others.
///
/// In development, with nothing named, every origin may read answers, but without credentials: no cookie comes along.
package struct CORSHeadersMiddleware: RouterMiddleware {
    private let origins: Set<String>
    private let allowsAll: Bool
    private let isAnonymous: Bool

    /// - Parameters:
    ///   - allowed: `CORS_ALLOW_ORIGIN`: origins separated by `;`, or `*`.
    ///   - isDevelopment: opens the door to every origin, without credentials, when `allowed` is empty.
    package init(allowed: String, isDevelopment: Bool = false) {
        origins = Set(allowed.split(separator: ";").map { $0.filter { $0 != " " } })
        isAnonymous = isDevelopment && origins.isEmpty
        allowsAll = origins.contains("*") || isAnonymous
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
        response.headers[.accessControlAllowOrigin] = isAnonymous ? "*" : origin
        if !isAnonymous { response.headers[.accessControlAllowCredentials] = "true" }
        response.headers.append(HTTPField(name: .vary, value: "Origin"))
        return response
    }
}
