package import Domain
import HTTPTypes
package import Hummingbird

/// Finds the credentials of a request and who they belong to. It refuses nothing: each route says what it needs.
package struct AuthenticationMiddleware: RouterMiddleware {
    private let authenticator: any Authenticator
    private let vouchedHeader: HTTPField.Name?
    private let site: OwnSite

    /// - Parameters:
    ///   - vouchedHeader: in which a trusted proxy names who is signed in there; empty for none.
    ///   - site: tells our page's requests from others'.
    package init(authenticator: any Authenticator, vouchedHeader: String = "", site: OwnSite = OwnSite()) {
        self.authenticator = authenticator
        self.vouchedHeader = HTTPField.Name(vouchedHeader)
        self.site = site
    }

    package func handle(
        _ request: Request, context: AppRequestContext, next: (Request, AppRequestContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let (token, isCookie) = CredentialReader.credential(in: request.headers) {
            if isCookie, site.isForeign(request, isSecure: context.isSecure) {
                context.authenticationFailure = AppError(.forbidden, "This request was made by another site.")
            } else if let principal = authenticator.remembered(token) {
                context.principal = principal
            } else {
                do {
                    context.principal = try await authenticator.authenticate(token)
                } catch let error as AppError {
                    context.authenticationFailure = error
                }
            }
        }
        if isSomebodyElses(request, context) {
            context.principal = nil
            context.authenticationFailure = AppError(.unauthorized, "User mismatch. Please sign in again.")
        }
        return try await next(request, context)
    }

    /// Whether the session is of another person than the proxy says: one who used the browser before.
    private func isSomebodyElses(_ request: Request, _ context: AppRequestContext) -> Bool {
        guard let vouchedHeader, context.isFromTrustedProxy, let principal = context.principal, case .session = principal.credential,
            let email = request.headers[vouchedHeader]?.trimmed, !email.isEmpty
        else { return false }
        return email.lowercased() != principal.email.lowercased()
    }
}

/// Where a token may stand: `Authorization: Bearer`, then the cookie `token`, then `x-api-key`. A wrong bearer is not
/// rescued by a good cookie.
package enum CredentialReader {
    package static func credential(in headers: HTTPFields) -> (token: String, isCookie: Bool)? {
        if let authorization = headers[.authorization], let token = bearer(authorization.utf8) { return (token, false) }
        for cookies in headers[values: .cookie] {
            for cookie in cookies.utf8.split(separator: UInt8(ascii: ";")) {
                let cookie = trimmed(cookie)
                if cookie.starts(with: "token=".utf8), cookie.count > 6 { return (String(Substring(cookie.dropFirst(6))), true) }
            }
        }
        return headers[apiKeyName].flatMap { $0.isEmpty ? nil : ($0, false) }
    }

    private static let apiKeyName = HTTPField.Name("x-api-key")!

    /// Byte by byte: every request comes through here.
    private static func bearer(_ text: String.UTF8View) -> String? {
        guard text.count > 7, zip(text, "bearer ".utf8).allSatisfy({ $0 == $1 || $0 | 0x20 == $1 && $1 != 0x20 }) else { return nil }
        let token = trimmed(text.dropFirst(7))
        return token.isEmpty ? nil : String(Substring(token))
    }

    private static func trimmed(_ text: Substring.UTF8View) -> Substring.UTF8View {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var text = text.drop(while: isSpace)
        while let last = text.last, isSpace(last) { text.removeLast() }
        return text
    }
}
