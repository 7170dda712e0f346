/// Sign-in at an identity provider; the names are Open WebUI's.
extension Setting where Value == String {
    package static let openIDProviderURL = Setting(
        "OPENID_PROVIDER_URL", area: .accounts, default: "",
        "Discovery document of the identity provider (https://.../.well-known/openid-configuration). Empty: none.",
        problem: { $0.isEmpty || $0.hasPrefix("https://") || $0.hasPrefix("http://") ? nil : "must be an http or https address" })
    package static let oauthClientID = Setting("OAUTH_CLIENT_ID", area: .accounts, default: "", "This server's client id at the identity provider.")
    package static let oauthClientSecret = Setting(
        "OAUTH_CLIENT_SECRET", area: .accounts, default: "", secret: true, "Its secret; empty for a public client.")
    package static let oauthProviderName = Setting("OAUTH_PROVIDER_NAME", area: .accounts, default: "SSO", "What the sign-in button says.")
    package static let oauthScopes = Setting("OAUTH_SCOPES", area: .accounts, default: "openid email profile", "Scopes to ask for.")
    package static let openIDRedirectURI = Setting(
        "OPENID_REDIRECT_URI", area: .accounts, default: "", "Where the provider sends people back; WEBUI_URL/oauth/oidc/callback when empty.")
    package static let oauthEmailClaim = Setting("OAUTH_EMAIL_CLAIM", area: .accounts, default: "email", "Claim with the e-mail address.")
    package static let oauthNameClaim = Setting("OAUTH_USERNAME_CLAIM", area: .accounts, default: "name", "Claim with the person's name.")
    package static let oauthPictureClaim = Setting("OAUTH_PICTURE_CLAIM", area: .accounts, default: "picture", "Claim with a picture's address.")
    package static let oauthGroupsClaim = Setting(
        "OAUTH_GROUPS_CLAIM", aliases: ["OAUTH_GROUP_CLAIM"], area: .accounts, default: "groups", "Claim with names of groups; dots go into objects.")
    package static let oauthRolesClaim = Setting(
        "OAUTH_ROLES_CLAIM", area: .accounts, default: "roles", "Claim with roles; dots go into objects (realm_access.roles).")
    package static let oauthAllowedRoles = Setting(
        "OAUTH_ALLOWED_ROLES", area: .accounts, default: "user,admin", "Roles that may sign in, separated by commas.")
    package static let oauthAdminRoles = Setting("OAUTH_ADMIN_ROLES", area: .accounts, default: "admin", "Roles that make an administrator.")
    package static let oauthAllowedDomains = Setting(
        "OAUTH_ALLOWED_DOMAINS", area: .accounts, default: "*", "E-mail domains that may sign in, separated by commas; * for all.")
}

extension Setting where Value == Bool {
    package static let enableOAuthSignup = Setting(
        "ENABLE_OAUTH_SIGNUP", area: .accounts, default: false, "Whether a first sign-in at the provider makes an account.")
    package static let oauthMergesByEmail = Setting(
        "OAUTH_MERGE_ACCOUNTS_BY_EMAIL", area: .accounts, default: false,
        "Links the account that has the e-mail already, if the provider says that the e-mail is verified.")
    package static let enableOAuthRoles = Setting(
        "ENABLE_OAUTH_ROLE_MANAGEMENT", area: .accounts, default: false, "The provider's roles decide who is an administrator and who may come in.")
    package static let enableOAuthGroups = Setting(
        "ENABLE_OAUTH_GROUP_MANAGEMENT", area: .accounts, default: false, "The provider's groups decide which groups an account is in.")
    package static let enableOAuthGroupCreation = Setting(
        "ENABLE_OAUTH_GROUP_CREATION", area: .accounts, default: false, "Makes groups that the provider names and that are not here.")
}

extension SettingCatalog {
    static let oauth: [SettingDefinition] = [
        Setting.openIDProviderURL.definition, Setting.oauthClientID.definition, Setting.oauthClientSecret.definition,
        Setting.oauthProviderName.definition, Setting.oauthScopes.definition, Setting.openIDRedirectURI.definition,
        Setting.enableOAuthSignup.definition, Setting.oauthMergesByEmail.definition, Setting.oauthAllowedDomains.definition,
        Setting.oauthEmailClaim.definition, Setting.oauthNameClaim.definition, Setting.oauthPictureClaim.definition,
        Setting.enableOAuthRoles.definition, Setting.oauthRolesClaim.definition, Setting.oauthAllowedRoles.definition,
        Setting.oauthAdminRoles.definition, Setting.enableOAuthGroups.definition, Setting.enableOAuthGroupCreation.definition,
        Setting.oauthGroupsClaim.definition,
    ]
}
