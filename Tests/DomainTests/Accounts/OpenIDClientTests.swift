import Domain
import Synchronization
import Testing

struct OpenIDClientTests {
    /// Fails the first so many requests, then answers with a discovery document.
    private final class Flaky: UpstreamTransport {
        private let failures: Int
        private let error: AppError
        private let count = Mutex(0)
        var requests: Int { count.withLock { $0 } }

        init(failures: Int, error: AppError) {
            self.failures = failures
            self.error = error
        }

        private static func body(_ bytes: [UInt8]) -> UpstreamBody {
            UpstreamBody {
                let rest = Rest(bytes)
                return { rest.take() }
            }
        }

        /// The one piece, then the end.
        private final class Rest: Sendable {
            private let bytes: Mutex<[UInt8]?>
            init(_ bytes: [UInt8]) { self.bytes = Mutex(bytes) }
            func take() -> [UInt8]? { bytes.withLock { $0.take() } }
        }

        func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
            let number = count.withLock {
                $0 += 1
                return $0
            }
            guard number > failures else { throw error }
            let document: JSONValue = [
                "issuer": "https://id.example.com", "authorization_endpoint": "https://id.example.com/authorize",
                "token_endpoint": "https://id.example.com/token", "jwks_uri": "https://id.example.com/keys",
            ]
            return UpstreamResponse(status: 200, headers: [], body: Self.body(document.jsonBytes))
        }
    }

    private struct NoVerifier: IdentityTokenVerifier {
        func claims(of token: String, keys: JSONValue) async throws -> JSONObject { [:] }
        func challenge(for verifier: String) -> String { "challenge" }
    }

    private static func address(_ transport: Flaky) async throws -> String {
        let settings = try Settings(environment: [
            "OPENID_PROVIDER_URL": "https://id.example.com", "OAUTH_CLIENT_ID": "haneul", "WEBUI_URL": "https://chat.example.com",
        ])
        let client = OpenIDClient(settings: settings, transport: transport, verifier: NoVerifier())
        return try await client.authorizationAddress(state: "s", nonce: "n", verifier: "v")
    }

    private static let broken = AppError(.upstreamFailed, "The upstream closed the connection.")

    @Test func `a connection that breaks once is tried again`() async throws {
        let transport = Flaky(failures: 1, error: Self.broken)
        #expect(try await Self.address(transport).hasPrefix("https://id.example.com/authorize?"))
        #expect(transport.requests == 2)
    }

    @Test func `a provider that is gone is not asked without end`() async throws {
        let transport = Flaky(failures: 9, error: Self.broken)
        await #expect(throws: AppError.self) { try await Self.address(transport) }
        #expect(transport.requests == 2)
    }

    @Test func `one that takes too long is not asked twice`() async throws {
        let transport = Flaky(failures: 9, error: AppError(.timeout, "The upstream took too long."))
        await #expect(throws: AppError.self) { try await Self.address(transport) }
        #expect(transport.requests == 1)
    }
}
