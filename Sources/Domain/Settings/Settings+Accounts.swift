extension Setting where Value == Bool {
    package static let enableSignup = Setting(
        "ENABLE_SIGNUP", area: .accounts, default: true, runtime: true, "Whether people may make accounts. Closes by itself after the first account.")
    package static let enableLoginForm = Setting(
        "ENABLE_LOGIN_FORM", area: .accounts, default: true, runtime: true, "Sign-in with e-mail and password.")
    package static let enableAPIKeys = Setting(
        "ENABLE_API_KEYS", aliases: ["ENABLE_API_KEY"], area: .accounts, default: true, runtime: true, "Whether API keys are accepted.")
    package static let enableAPIKeyEndpointRestrictions = Setting(
        "ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS", aliases: ["ENABLE_API_KEY_ENDPOINT_RESTRICTIONS"], area: .accounts, default: false, runtime: true,
        "Restricts API keys to the paths in API_KEYS_ALLOWED_ENDPOINTS.")
    package static let showAdminDetails = Setting(
        "SHOW_ADMIN_DETAILS", area: .accounts, default: true, runtime: true, "Shows pending accounts whom to ask.")
    package static let bypassModelAccessControl = Setting(
        "BYPASS_MODEL_ACCESS_CONTROL", area: .accounts, default: false, "Every user may use every model.")
    package static let enableAdminChatAccess = Setting(
        "ENABLE_ADMIN_CHAT_ACCESS", area: .accounts, default: false, runtime: true, "Administrators may read other people's chats.")
}

extension Setting where Value == String {
    package static let defaultUserRole = Setting(
        "DEFAULT_USER_ROLE", area: .accounts, default: "pending", runtime: true, "Role of a new account.",
        problem: SettingRule.oneOf("pending", "user", "admin"))
    package static let defaultGroupID = Setting("DEFAULT_GROUP_ID", area: .accounts, default: "", runtime: true, "Group that new accounts join.")
    package static let jwtExpiresIn = Setting(
        "JWT_EXPIRES_IN", area: .accounts, default: "4w", runtime: true, "How long a session lasts; -1 for ever.", problem: SettingRule.duration)
    package static let adminEmail = Setting("ADMIN_EMAIL", area: .accounts, default: "", runtime: true, "Address shown by SHOW_ADMIN_DETAILS.")
    package static let apiKeysAllowedEndpoints = Setting(
        "API_KEYS_ALLOWED_ENDPOINTS", aliases: ["API_KEY_ALLOWED_ENDPOINTS"], area: .accounts, default: "", runtime: true,
        "Path prefixes, separated by commas, for ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS.")
    package static let trustedProxies = Setting(
        "TRUSTED_PROXIES", area: .accounts, default: "",
        "Addresses of reverse proxies, separated by commas, as 10.0.0.0/8. Only from them are X-Forwarded-For and the trusted headers believed.",
        problem: { text in
            let wrong = text.split(separator: ",").first { AddressRange(String($0)) == nil }
            return wrong.map { "has an entry that is no address range: \($0)" }
        })
    package static let trustedEmailHeader = Setting(
        "WEBUI_AUTH_TRUSTED_EMAIL_HEADER", area: .accounts, default: "",
        "Header in which a reverse proxy names who is signed in. Without effect unless TRUSTED_PROXIES names the proxy.",
        problem: headerProblem)
    package static let trustedNameHeader = Setting(
        "WEBUI_AUTH_TRUSTED_NAME_HEADER", area: .accounts, default: "", "Header with that person's name, for accounts made at the first visit.",
        problem: headerProblem)
    package static let trustedGroupsHeader = Setting(
        "WEBUI_AUTH_TRUSTED_GROUPS_HEADER", area: .accounts, default: "",
        "Header with that person's groups, separated by commas: at each sign-in the account is in those of them that are here, and in no others.",
        problem: headerProblem)
    package static let trustedRoleHeader = Setting(
        "WEBUI_AUTH_TRUSTED_ROLE_HEADER", area: .accounts, default: "",
        "Header with that person's role (admin, user, pending), put in force at each sign-in. The first administrator stays one.",
        problem: headerProblem)

    private static let headerProblem: @Sendable (String) -> String? = { text in
        text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") } ? nil : "is no header name"
    }
}

extension Setting where Value == JSONValue {
    package static let userPermissions = Setting(
        "USER_PERMISSIONS", area: .accounts, default: [:], runtime: true,
        "The default tree of permissions of role user; missing leaves take the built-in default.")
    /// Switches of Open WebUI that its clients read and write back, and that change nothing here.
    package static let foreignAccountSettings = Setting(
        "FOREIGN_ACCOUNT_SETTINGS", area: .accounts, default: [:], runtime: true, "Settings of Open WebUI kept for its clients, without effect.")
}

extension SettingCatalog {
    static let accounts: [SettingDefinition] = [
        Setting.enableSignup.definition, Setting.enableLoginForm.definition, Setting.enableAPIKeys.definition,
        Setting.enableAPIKeyEndpointRestrictions.definition, Setting.apiKeysAllowedEndpoints.definition, Setting.defaultUserRole.definition,
        Setting.defaultGroupID.definition, Setting.jwtExpiresIn.definition, Setting.showAdminDetails.definition, Setting.adminEmail.definition,
        Setting.bypassModelAccessControl.definition, Setting.enableAdminChatAccess.definition, Setting.userPermissions.definition,
        Setting.foreignAccountSettings.definition, Setting.trustedProxies.definition, Setting.trustedEmailHeader.definition,
        Setting.trustedNameHeader.definition, Setting.trustedGroupsHeader.definition, Setting.trustedRoleHeader.definition,
    ]
}
