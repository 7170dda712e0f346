import Domain
import HTTPAPI
import SQLiteStorage
import Security

/// Who is asking and what they may do.
struct Accounts {
    let authenticator: any Authenticator
    let authorizer: Authorizer
    let grants: any AccessGrantStore
    let users: any UserStore
    let groups: any GroupStore
    let directory: AccountDirectory
    let keys: APIKeyRing
    let policy: PermissionPolicy
    let cache: PrincipalCache
    let controllers: [any Controller]
}

extension Server {
    /// - Parameters:
    ///   - secret: signs sessions and seals stored secrets.
    static func accounts(database: SQLiteDatabase, settings: Settings, secret: String, sealer: any SecretSealer) -> Accounts {
        let users = SQLiteUserStore(database: database)
        let sessions = SQLiteSessionStore(database: database)
        let keys = SQLiteAPIKeyStore(database: database)
        let groups = SQLiteGroupStore(database: database)
        let grants = SQLiteAccessGrantStore(database: database)
        let cache = PrincipalCache()
        let signer = HMACTokenSigner(secret: secret)
        let secrets = SystemSecretSource()
        let policy = PermissionPolicy(settings: settings, groups: groups)
        let directory = AccountDirectory(
            users: users, sessions: SessionDesk(sessions: sessions, signer: signer, settings: settings, cache: cache),
            hasher: Argon2PasswordHasher(), limiter: SignInLimiter(), groups: groups, settings: settings, cache: cache)
        let ring = APIKeyRing(keys: keys, secrets: secrets, sealer: sealer, settings: settings, cache: cache)
        let authenticator = AccountAuthenticator(
            users: users, sessions: sessions, keys: keys, groups: groups, signer: signer, secrets: secrets, settings: settings, cache: cache)
        let controllers: [any Controller] = [
            AuthController(accounts: directory, policy: policy, settings: settings),
            APIKeysController(ring: ring),
            AccountSettingsController(settings: settings, users: users),
            UsersController(accounts: directory, groups: groups),
            OwnAccountController(accounts: directory, policy: policy, settings: settings),
        ]
        return Accounts(
            authenticator: authenticator, authorizer: Authorizer(grants: grants), grants: grants, users: users, groups: groups,
            directory: directory, keys: ring, policy: policy, cache: cache, controllers: controllers)
    }
}
