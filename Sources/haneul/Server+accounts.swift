import Domain
import HTTPAPI
import Logging
import SQLiteStorage
import Cryptography

/// Who is asking and what they may do.
struct Accounts {
    let authenticator: any Authenticator
    let authorizer: Authorizer
    let grants: any AccessGrantStore
    let users: any UserStore
    let groups: any GroupStore
    let sessions: any SessionStore
    let keyStore: any APIKeyStore
    let directory: AccountDirectory
    let keys: APIKeyRing
    let policy: PermissionPolicy
    let cache: PrincipalCache
    let meter: KeyMeter
    let audit: AuditLog
    let gate: KeyGate
    let controllers: [any Controller]
}

extension Server {
    /// - Parameters:
    ///   - secrets: sign sessions; `sealer` was made of the same.
    static func accounts(
        database: SQLiteDatabase, settings: Settings, secrets: ServerSecrets, sealer: any SecretSealer, logger: Logger
    ) -> Accounts {
        let users = SQLiteUserStore(database: database)
        let sessions = SQLiteSessionStore(database: database)
        let keys = SQLiteAPIKeyStore(database: database)
        let groups = SQLiteGroupStore(database: database)
        let grants = SQLiteAccessGrantStore(database: database)
        let cache = PrincipalCache()
        let meter = KeyMeter(store: SQLiteKeyUsageStore(database: database), settings: settings)
        let audit = AuditLog(store: SQLiteAuditStore(database: database), logger: logger)
        let signer = HMACTokenSigner(secret: secrets.current, earlierSecrets: secrets.earlier)
        let source = SystemSecretSource()
        let policy = PermissionPolicy(settings: settings, groups: groups)
        let directory = AccountDirectory(
            users: users, sessions: SessionDesk(sessions: sessions, signer: signer, settings: settings, cache: cache),
            hasher: Argon2PasswordHasher(), limiter: SignInLimiter(), groups: groups, settings: settings, cache: cache)
        let ring = APIKeyRing(keys: keys, secrets: source, sealer: sealer, settings: settings, cache: cache)
        let authenticator = AccountAuthenticator(
            users: users, sessions: sessions, keys: keys, groups: groups, signer: signer, secrets: source, settings: settings, cache: cache,
            imports: SQLiteImportLedger(database: database))
        let controllers: [any Controller] = [
            AuthController(accounts: directory, policy: policy, settings: settings, audit: audit),
            SessionsController(sessions: directory.sessions, audit: audit),
            APIKeysController(ring: ring, meter: meter, audit: audit),
            AccountSettingsController(settings: settings, users: users, audit: audit),
            UsersController(accounts: directory, groups: groups, audit: audit),
            OwnAccountController(accounts: directory, policy: policy, settings: settings, audit: audit),
            GroupsController(groups: groups, users: users, cache: cache, audit: audit),
            ConfigController(settings: settings, users: users, policy: policy, version: HaneulVersion.api),
            ConfigsController(settings: settings, audit: audit),
            FixedSettingsController(settings: settings),
            AuditController(audit: audit),
            AccessPreviewController(
                users: users, groups: groups, grants: grants, models: SQLiteWorkspaceModelStore(database: database),
                knowledge: SQLiteKnowledgeStore(database: database), toolkits: SQLiteToolkitStore(database: database), settings: settings),
        ]
        return Accounts(
            authenticator: authenticator, authorizer: Authorizer(grants: grants), grants: grants, users: users, groups: groups,
            sessions: sessions, keyStore: keys, directory: directory, keys: ring, policy: policy, cache: cache, meter: meter, audit: audit,
            gate: KeyGate(meter: meter), controllers: controllers)
    }
}
