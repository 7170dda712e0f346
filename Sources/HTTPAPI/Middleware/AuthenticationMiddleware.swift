package import Domain
import HTTPTypes
package import Hummingbird

/// Finds the credentials of a request and who they belong to. It refuses nothing: each route says what it needs.
package struct AuthenticationMiddleware: RouterMiddleware {
    private let authenticator: any Authenticator

    package init(authenticator: any Authenticator) { self.authenticator = authenticator }

    package func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let token = CredentialReader.token(in: request.headers) {
            if let principal = authenticator.remembered(token) {
                context.principal = principal
            } else {
                do {
                    context.principal = try await authenticator.authenticate(token)
                } catch let error as AppError {
                    context.authenticationFailure = error
                }
            }
        }
        return try await next(request, context)
    }
}

/// Where a token may stand: `Authorization: Bearer`, then the cookie `token`, then `x-api-key`. A wrong bearer is not
/// rescued by a good cookie.
package enum CredentialReader {
    package static func token(in headers: HTTPFields) -> String? {
        if let authorization = headers[.authorization] {
            if authorization.count > 7, authorization.prefix(7).lowercased() == "bearer " {
                let token = String(authorization.dropFirst(7)).trimmed
                if !token.isEmpty { return token }
            }
        }
        for cookies in headers[values: .cookie] {
            for cookie in cookies.split(separator: ";") {
                let cookie = String(cookie).trimmed
                if cookie.hasPrefix("token="), cookie.count > 6 { return String(cookie.dropFirst(6)) }
            }
        }
        return headers[HTTPField.Name("x-api-key")!].flatMap { $0.isEmpty ? nil : $0 }
    }
}
