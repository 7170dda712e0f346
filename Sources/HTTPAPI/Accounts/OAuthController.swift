package import Domain
import HTTPTypes
import Hummingbird
import Logging

/// Sign-in at an identity provider: there and back. Both are plain links of a browser, so failures lead to the sign-in page with a
/// text, and nothing in a request says where to go next.
package struct OAuthController: Controller {
    private let client: OpenIDClient
    private let accounts: ProviderAccounts
    private let pending: PendingSignIns
    private let secrets: any SecretSource
    private let settings: Settings
    private let audit: AuditLog

    package init(
        client: OpenIDClient, accounts: ProviderAccounts, pending: PendingSignIns, secrets: any SecretSource, settings: Settings, audit: AuditLog
    ) {
        self.client = client
        self.accounts = accounts
        self.pending = pending
        self.secrets = secrets
        self.settings = settings
        self.audit = audit
    }

    private static let cookie = "oidc_browser"

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .get, "/oauth/{provider}/login", access: .open, scope: .account,
            RouteDocumentation("Auths", "Send the browser to the identity provider (`oidc`).", responseType: "text/html")
        ) { request, context in
            try await answering(request, context) { try await login(request, context) }
        }
        for path in ["/oauth/{provider}/callback", "/oauth/{provider}/login/callback"] {
            routes.on(
                .get, path, access: .open, scope: .account,
                RouteDocumentation("Auths", "Where the identity provider sends the browser back to.", responseType: "text/html")
            ) { request, context in
                try await answering(request, context) { try await callback(request, context) }
            }
        }
    }

    private func answering(_ request: Request, _ context: AppRequestContext, _ work: () async throws -> Response) async throws -> Response {
        guard context.parameters.get("provider") == "oidc", client.isConfigured else { throw AppError.notFound }
        var response: Response
        do {
            response = try await work()
        } catch let error as AppError {
            if let cause = error.cause { context.logger.warning("sign-in at the identity provider failed", metadata: ["cause": "\(cause)"]) }
            await audit.record("session.refused", request, context, object: "oidc", detail: ["reason": .string(error.message)])
            response = Self.redirect("/auth?error=" + FormEncoding.escaped(error.message))
        }
        response.headers[.cacheControl] = "no-store"
        response.headers[HTTPField.Name("referrer-policy")!] = "no-referrer"
        return response
    }

    private func login(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let (state, nonce, verifier, browser) = (
            secrets.random(bytes: 24), secrets.random(bytes: 24), secrets.random(bytes: 32), secrets.random(bytes: 24)
        )
        let address = try await client.authorizationAddress(state: state, nonce: nonce, verifier: verifier)
        try pending.begin(state: state, nonce: nonce, verifier: verifier, browser: secrets.digest(browser))
        var response = Self.redirect(address)
        response.headers.append(cookie(browser, age: PendingSignIns.seconds, context))
        return response
    }

    private func callback(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let query = request.uri.queryParameters
        guard let state = query["state"].map(String.init), let browser = Self.browser(request.headers),
            let begun = pending.finish(state: state, browser: secrets.digest(browser))
        else { throw AppError(.unauthorized, "This sign-in has expired or was begun elsewhere. Please try again.") }
        if query["error"] != nil { throw AppError(.unauthorized, "The identity provider did not let you in.") }
        guard let code = query["code"].map(String.init), !code.isEmpty, code.utf8.count <= 4096 else {
            throw AppError(.badRequest, "The identity provider sent no code.")
        }
        let claims = try await client.claims(code: code, pending: begun)
        let (user, ticket) = try await accounts.signIn(claims, origin: context.origin(request))
        await audit.record(
            "session.start", request, context, actorID: user.id, actor: user.email, objectID: user.id, object: user.email, detail: ["by": "oidc"])
        var response = Self.redirect("/auth")
        SessionCookie(settings: settings, context).set(ticket, on: &response)
        response.headers.append(cookie("", age: 0, context))
        return response
    }

    private static func redirect(_ address: String) -> Response {
        Response(status: .found, headers: [.location: address])
    }

    /// Ties the way back to the browser that began. `Lax`: the way back is a link from another site.
    private func cookie(_ value: String, age: Int, _ context: AppRequestContext) -> HTTPField {
        let secure = SessionCookie(settings: settings, context).isSecure ? "; Secure" : ""
        return HTTPField(name: .setCookie, value: "\(Self.cookie)=\(value); HttpOnly; Max-Age=\(age); Path=/oauth; SameSite=lax\(secure)")
    }

    private static func browser(_ headers: HTTPFields) -> String? {
        for cookies in headers[values: .cookie] {
            for cookie in cookies.split(separator: ";").map({ String($0).trimmed }) where cookie.hasPrefix(Self.cookie + "=") {
                return String(cookie.dropFirst(Self.cookie.count + 1))
            }
        }
        return nil
    }
}
