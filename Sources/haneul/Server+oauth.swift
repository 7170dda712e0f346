import Cryptography
import Domain
import HTTPAPI

extension Server {
    /// Sign-in at an identity provider.
    static func oauth(accounts: Accounts, transport: any UpstreamTransport, settings: Settings) -> OAuthController {
        OAuthController(
            client: OpenIDClient(settings: settings, transport: transport, verifier: JWTKitTokenVerifier()),
            accounts: ProviderAccounts(accounts: accounts.directory, groups: accounts.groups, settings: settings, cache: accounts.cache),
            pending: PendingSignIns(), secrets: SystemSecretSource(), settings: settings, audit: accounts.audit)
    }
}
