import Domain
import HTTPTypes
import Hummingbird

/// How routes under `/api/v1/auths` differ from others: never cached, and a body that cannot be used is answered with one
/// sentence that does not echo it (it may hold a password).
struct AuthRoutes {
    private static let prefix = "/api/v1/auths"
    let routes: RouteTable

    func on(
        _ method: HTTPRequest.Method, _ path: String, access: RouteAccess, _ summary: String,
        handler: @escaping RouteTable.Handler
    ) {
        routes.on(
            method, Self.prefix + path, access: access, scope: path.hasPrefix("/admin/") || path == "/add" ? .admin : .account,
            RouteDocumentation("Auths", summary)
        ) { request, context in
            do {
                var response = try await handler(request, context)
                response.headers[.cacheControl] = "no-store"
                return response
            } catch let error as AppError where error.code == .validation {
                throw AppError(.validation, "Invalid authentication request.")
            }
        }
    }
}

extension AppRequestContext {
    /// Where the request came from.
    func origin(_ request: Request) -> RequestOrigin {
        RequestOrigin(address: clientAddress, agent: request.headers[.userAgent] ?? "")
    }

    /// The session behind the request.
    /// - Throws: `.humanSessionRequired` for API keys.
    func requireSession() throws -> (principal: Principal, sessionID: String) {
        let principal = try requirePrincipal()
        guard case .session(let sessionID) = principal.credential else { throw AppError.humanSessionRequired }
        return (principal, sessionID)
    }
}

/// The cookie that carries a session's token.
struct SessionCookie {
    /// Whether browsers may send it over HTTPS only.
    let isSecure: Bool

    init(settings: Settings, _ context: AppRequestContext) { isSecure = context.isSecure || settings[.url].lowercased().hasPrefix("https://") }

    func set(_ ticket: SessionDesk.Ticket, on response: inout Response) {
        // Browsers keep a cookie for 400 days at most.
        let age = ticket.expiresAt.map { max(0, $0 - .now()) } ?? 400 * 86400
        response.headers.append(HTTPField(name: .setCookie, value: "token=\(ticket.token); HttpOnly; Max-Age=\(age); Path=/; SameSite=lax" + suffix))
    }

    func clear(on response: inout Response) {
        response.headers.append(HTTPField(name: .setCookie, value: "token=\"\"; HttpOnly; Max-Age=0; Path=/; SameSite=lax" + suffix))
    }

    private var suffix: String { isSecure ? "; Secure" : "" }
}
