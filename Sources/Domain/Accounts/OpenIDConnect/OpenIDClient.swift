import Synchronization

/// Speaks OpenID Connect with one identity provider: discovery, authorization code with PKCE, keys that change.
package final class OpenIDClient: Sendable {
    /// What discovery says, as far as it is used.
    private struct Provider: Sendable {
        var issuer: String
        var authorizationEndpoint: String
        var tokenEndpoint: String
        var userInfoEndpoint: String?
        var keysAddress: String
        var acceptsBasic: Bool
    }

    private struct State {
        var provider: (Provider, until: EpochSeconds)?
        var keys: (JSONValue, at: EpochSeconds)?
    }

    private let settings: Settings
    private let transport: any UpstreamTransport
    private let verifier: any IdentityTokenVerifier
    private let state = Mutex(State())

    private static let discoverySeconds = 3600
    private static let keySeconds = 3600
    /// A token with an unknown key id makes the keys be read again, but not more often than this.
    private static let keyPauseSeconds = 10
    /// How far clocks may differ.
    private static let leeway = 60
    private static let largestAnswer = 1 << 20

    package init(settings: Settings, transport: any UpstreamTransport, verifier: any IdentityTokenVerifier) {
        self.settings = settings
        self.transport = transport
        self.verifier = verifier
    }

    package var isConfigured: Bool { !settings[.openIDProviderURL].isEmpty && !settings[.oauthClientID].isEmpty }

    /// Where the provider sends people back. Never made of what a request says.
    /// - Throws: `AppError(.unavailable)` when neither setting says it.
    package func redirectURI() throws -> String {
        if !settings[.openIDRedirectURI].isEmpty { return settings[.openIDRedirectURI] }
        guard !settings[.url].isEmpty else { throw AppError(.unavailable, "Sign-in at a provider needs WEBUI_URL or OPENID_REDIRECT_URI.") }
        let base = settings[.url]
        return (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/oauth/oidc/callback"
    }

    // MARK: The way there

    package func authorizationAddress(state: String, nonce: String, verifier: String) async throws -> String {
        let provider = try await provider()
        let form = FormEncoding.text([
            ("response_type", "code"), ("client_id", settings[.oauthClientID]), ("redirect_uri", try redirectURI()),
            ("scope", settings[.oauthScopes]), ("state", state), ("nonce", nonce), ("code_challenge", self.verifier.challenge(for: verifier)),
            ("code_challenge_method", "S256"),
        ])
        return provider.authorizationEndpoint + (provider.authorizationEndpoint.contains("?") ? "&" : "?") + form
    }

    // MARK: The way back

    /// - Returns: the claims of the person, from the ID token and, for what that lacks, from the provider's user info.
    /// - Throws: `AppError(.unauthorized)` when what came back cannot be believed, `.upstreamFailed` when the provider fails.
    package func claims(code: String, pending: PendingSignIns.Pending) async throws -> JSONObject {
        let provider = try await provider()
        let answer = try await exchange(code, pending.verifier, provider)
        guard let token = answer["id_token"]?.string else { throw Self.refusal("The identity provider sent no ID token.") }
        var claims = try await verified(token, provider)
        try check(claims, nonce: pending.nonce, provider)
        if let address = provider.userInfoEndpoint, let access = answer["access_token"]?.string, lacksSomething(claims) {
            let info = try await json(
                UpstreamRequest(method: "GET", url: address, headers: [("authorization", "Bearer " + access), ("accept", "application/json")]))
            // The subject must be the same, or the answer is about somebody else (OpenID Connect Core, 5.3.2).
            if info["sub"] == claims["sub"] {
                for (key, value) in info where claims[key] == nil { claims[key] = value }
            }
        }
        return claims
    }

    private func lacksSomething(_ claims: JSONObject) -> Bool {
        var wanted = [settings[.oauthEmailClaim], settings[.oauthNameClaim]]
        if settings[.enableOAuthGroups] { wanted.append(settings[.oauthGroupsClaim]) }
        if settings[.enableOAuthRoles] { wanted.append(settings[.oauthRolesClaim]) }
        return wanted.contains { claims[$0.split(separator: ".").first.map(String.init) ?? $0] == nil }
    }

    private func exchange(_ code: String, _ verifier: String, _ provider: Provider) async throws -> JSONObject {
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", try redirectURI()), ("code_verifier", verifier),
            ("client_id", settings[.oauthClientID]),
        ]
        var headers = [(name: "content-type", value: "application/x-www-form-urlencoded"), (name: "accept", value: "application/json")]
        let secret = settings[.oauthClientSecret]
        if !secret.isEmpty {
            if provider.acceptsBasic {
                let pair = FormEncoding.escaped(settings[.oauthClientID]) + ":" + FormEncoding.escaped(secret)
                headers.append((name: "authorization", value: "Basic " + FormEncoding.base64(pair)))
            } else {
                form.append(("client_secret", secret))
            }
        }
        return try await json(UpstreamRequest(url: provider.tokenEndpoint, headers: headers, body: Array(FormEncoding.text(form).utf8)))
    }

    private func verified(_ token: String, _ provider: Provider) async throws -> JSONObject {
        do {
            return try await verifier.claims(of: token, keys: try await keys(provider, isFresh: false))
        } catch IdentityTokenProblem.unknownKey {
            do {
                return try await verifier.claims(of: token, keys: try await keys(provider, isFresh: true))
            } catch is IdentityTokenProblem {
                throw Self.refusal("The ID token is signed with a key that the identity provider does not publish.")
            }
        } catch is IdentityTokenProblem {
            throw Self.refusal("The signature of the ID token is wrong.")
        }
    }

    /// OpenID Connect Core, 3.1.3.7.
    private func check(_ claims: JSONObject, nonce: String, _ provider: Provider) throws {
        let now = EpochSeconds.now()
        let clientID = settings[.oauthClientID]
        let audience = claims["aud"]?.string.map { [$0] } ?? claims["aud"]?.array?.compactMap(\.string) ?? []
        guard claims["iss"]?.string == provider.issuer else { throw Self.refusal("The ID token is from another issuer.") }
        guard audience.contains(clientID), claims["azp"] == nil || claims["azp"]?.string == clientID, audience.count == 1 || claims["azp"] != nil
        else { throw Self.refusal("The ID token is for somebody else.") }
        guard let expiry = claims["exp"]?.double, expiry > Double(now - Self.leeway) else { throw Self.refusal("The ID token has expired.") }
        guard let issued = claims["iat"]?.double, issued < Double(now + Self.leeway) else { throw Self.refusal("The ID token is from the future.") }
        guard claims["nonce"]?.string == nonce else { throw Self.refusal("The ID token belongs to another sign-in.") }
        guard let subject = claims["sub"]?.string, !subject.isEmpty, subject.utf8.count <= 255 else {
            throw Self.refusal("The ID token names nobody.")
        }
    }

    // MARK: What the provider says of itself

    private func provider() async throws -> Provider {
        let now = EpochSeconds.now()
        if let (provider, until) = state.withLock({ $0.provider }), until > now { return provider }
        guard isConfigured else { throw AppError.notFound }
        var address = settings[.openIDProviderURL]
        if !address.contains("/.well-known/") { address += (address.hasSuffix("/") ? "" : "/") + ".well-known/openid-configuration" }
        let document = try await json(UpstreamRequest(method: "GET", url: address, headers: [("accept", "application/json")]))
        func endpoint(_ name: String) throws -> String {
            guard let text = document[name]?.string, text.hasPrefix("https://") || text.hasPrefix("http://"), !text.contains(where: \.isWhitespace)
            else { throw Self.failure("\(name) is missing in the identity provider's discovery document") }
            return text
        }
        guard let issuer = document["issuer"]?.string, !issuer.isEmpty else { throw Self.failure("the discovery document names no issuer") }
        let methods = document["token_endpoint_auth_methods_supported"]?.array?.compactMap(\.string) ?? ["client_secret_basic"]
        let provider = Provider(
            issuer: issuer, authorizationEndpoint: try endpoint("authorization_endpoint"), tokenEndpoint: try endpoint("token_endpoint"),
            userInfoEndpoint: try? endpoint("userinfo_endpoint"), keysAddress: try endpoint("jwks_uri"),
            acceptsBasic: methods.contains("client_secret_basic"))
        state.withLock { $0.provider = (provider, now + Self.discoverySeconds) }
        return provider
    }

    /// - Parameter isFresh: not those that are known, unless they were read a moment ago.
    private func keys(_ provider: Provider, isFresh: Bool) async throws -> JSONValue {
        let now = EpochSeconds.now()
        if let (keys, at) = state.withLock({ $0.keys }), at > now - (isFresh ? Self.keyPauseSeconds : Self.keySeconds) { return keys }
        let keys = JSONValue.object(
            try await json(UpstreamRequest(method: "GET", url: provider.keysAddress, headers: [("accept", "application/json")])))
        state.withLock { $0.keys = (keys, now) }
        return keys
    }

    private func json(_ request: UpstreamRequest) async throws -> JSONObject {
        var request = request
        request.firstByteSeconds = 15
        request.idleSeconds = 15
        let (answer, bytes) = try await answer(to: request)
        guard (200..<300).contains(answer.status), let object = (try? JSONValue(parsing: bytes))?.object else {
            throw Self.failure("status \(answer.status) of the identity provider")
        }
        return object
    }

    /// What only reads is asked for once more when the connection fails: one that was kept may have been closed by the provider in the
    /// same moment. A code counts once, so its exchange is not repeated.
    private func answer(to request: UpstreamRequest) async throws -> (UpstreamResponse, [UInt8]) {
        do {
            return try await whole(request)
        } catch let error as AppError where error.code == .upstreamFailed && request.method == "GET" {
            return try await whole(request)
        }
    }

    private func whole(_ request: UpstreamRequest) async throws -> (UpstreamResponse, [UInt8]) {
        let answer = try await transport.send(request)
        return (answer, try await answer.body.collect(upTo: Self.largestAnswer))
    }

    private static func refusal(_ text: String) -> AppError { AppError(.unauthorized, text) }

    private static func failure(_ reason: String) -> AppError {
        AppError(.upstreamFailed, "The identity provider cannot be used at the moment.", cause: OpenIDFailure(reason: reason))
    }
}

/// For the log.
struct OpenIDFailure: Error { var reason: String }
