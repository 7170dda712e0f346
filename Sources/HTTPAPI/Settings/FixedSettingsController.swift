package import Domain
import HTTPTypes
import Hummingbird

/// Settings of Open WebUI that say how this server is and cannot be changed while it runs: of features that it does not have, and of
/// sign-in at a provider, which is configured by environment. Clients read them all, change one thing and write them back: what stays
/// the same is taken, a change is refused with a reason. Nothing is kept that nothing acts on.
package struct FixedSettingsController: Controller {
    private let settings: Settings

    package init(settings: Settings) { self.settings = settings }

    package func addRoutes(to routes: RouteTable) {
        for area in Self.absent { add(area, to: routes) }
        add(Area("/api/v1/auths/admin/config/oauth", "Sign-in at an identity provider", Self.byEnvironment) { providerSettings }, to: routes)
        routes.on(
            .get, "/api/changelog", access: .open, scope: .account, RouteDocumentation("Configuration", "What came with which version.")
        ) { _, _ in
            .json(["0.1.0": ["date": "2026-11-22", "added": [["title": "First version", "content": "", "raw": "First version"]]]])
        }
    }

    /// Settings under one path.
    struct Area: Sendable {
        let path: String
        let feature: String
        let refusal: String
        /// Members of a body that go by another name than in the answer.
        var spellings: [String: String] = [:]
        let truth: @Sendable () -> JSONObject

        init(
            _ path: String, _ feature: String, _ refusal: String, spellings: [String: String] = [:], _ truth: @escaping @Sendable () -> JSONObject
        ) {
            self.path = path
            self.feature = feature
            self.refusal = refusal
            self.spellings = spellings
            self.truth = truth
        }

        /// - Throws: 400 when the body would change something, 422 when a member is of the wrong type.
        func check(_ body: JSONObject) throws {
            var fields = FieldReader(body)
            let truth = truth()
            var changed: [String] = []
            for (name, value) in body where !value.isNull {
                guard let fixed = truth[spellings[name] ?? name] else { continue }
                if fixed == value { continue }
                if fixed.bool != nil, value.bool == nil { fields.report("bool_type", name, "Input should be a valid boolean") }
                if fixed.int != nil, value.int == nil { fields.report("int_type", name, "Input should be a valid integer") }
                if fixed.array != nil, value.array == nil { fields.report("list_type", name, "Input should be a valid list") }
                if fixed.string != nil, value.string == nil { fields.report("string_type", name, "Input should be a valid string") }
                changed.append(name)
            }
            try fields.check()
            guard changed.isEmpty else { throw AppError(.badRequest, "\(changed.joined(separator: ", ")): \(refusal)") }
        }
    }

    private func add(_ area: Area, to routes: RouteTable) {
        routes.on(
            .get, area.path, access: .admin, scope: .admin, RouteDocumentation("Configuration", "\(area.feature): how it is.")
        ) { _, _ in
            .json(.object(area.truth()))
        }
        routes.on(
            .post, area.path, access: .admin, scope: .admin,
            RouteDocumentation("Configuration", "\(area.feature): takes what it already is and refuses changes with a reason.")
        ) { request, _ in
            try area.check(try await request.jsonObject(limit: 1 << 20))
            return .json(.object(area.truth()))
        }
    }

    private static let byEnvironment = "Sign-in at a provider is configured by environment variables of these names when the server starts."

    private static func absent(_ what: String) -> String { "\(what) not supported by this server." }

    static let absent: [Area] = [
        Area("/api/v1/auths/admin/config/ldap", "LDAP", absent("LDAP is"), spellings: ["enable_ldap": "ENABLE_LDAP"]) {
            ["ENABLE_LDAP": false]
        },
        Area("/api/v1/auths/admin/config/ldap/server", "LDAP server", absent("LDAP is")) {
            [
                "label": "", "host": "", "port": .null, "attribute_for_mail": "", "attribute_for_username": "", "app_dn": "",
                "app_dn_password": "", "search_base": "", "search_filters": "", "use_tls": true, "certificate_path": .null,
                "validate_cert": true, "ciphers": "", "enable_group_management": false, "enable_group_creation": false,
                "attribute_for_groups": "",
            ]
        },
        Area("/api/v1/configs/connections", "Connections of people's own", absent("Connections of people's own and this switch are")) {
            ["ENABLE_DIRECT_CONNECTIONS": false, "ENABLE_DIRECT_INTEGRATIONS": false, "ENABLE_BASE_MODELS_CACHE": true]
        },
        Area("/api/v1/configs/tool_servers", "Tool servers", absent("Tool servers are")) { ["TOOL_SERVER_CONNECTIONS": []] },
        Area("/api/v1/configs/terminal_servers", "Terminal servers", absent("Terminal servers are")) { ["TERMINAL_SERVER_CONNECTIONS": []] },
        Area("/api/v1/configs/code_execution", "Running code of answers", absent("Running code of answers is")) {
            [
                "ENABLE_CODE_EXECUTION": false, "CODE_EXECUTION_ENGINE": "", "CODE_EXECUTION_JUPYTER_URL": "",
                "CODE_EXECUTION_JUPYTER_AUTH": "", "CODE_EXECUTION_JUPYTER_AUTH_TOKEN": "", "CODE_EXECUTION_JUPYTER_AUTH_PASSWORD": "",
                "CODE_EXECUTION_JUPYTER_TIMEOUT": .null, "ENABLE_CODE_INTERPRETER": false, "CODE_INTERPRETER_ENGINE": "",
                "CODE_INTERPRETER_PROMPT_TEMPLATE": "", "CODE_INTERPRETER_JUPYTER_URL": "", "CODE_INTERPRETER_JUPYTER_AUTH": "",
                "CODE_INTERPRETER_JUPYTER_AUTH_TOKEN": "", "CODE_INTERPRETER_JUPYTER_AUTH_PASSWORD": "",
                "CODE_INTERPRETER_JUPYTER_TIMEOUT": .null,
            ]
        },
        Area("/api/v1/configs/subagents", "Subagents", absent("Subagents are")) {
            [
                "ENABLE_SUBAGENTS": false, "SUBAGENTS_BACKGROUND_ENABLED": false, "SUBAGENTS_MAX_CONCURRENT": 0, "SUBAGENTS_MAX_ASYNC": 0,
                "SUBAGENTS_MAX_ITERATIONS": 0, "SUBAGENTS_MAX_OUTPUT": 0, "SUBAGENTS_SYSTEM_PROMPT": "",
            ]
        },
        Area("/api/v1/evaluations/config", "Arena models", absent("Arena models are")) {
            ["ENABLE_EVALUATION_ARENA_MODELS": false, "EVALUATION_ARENA_MODELS": []]
        },
    ]

    /// What stands for a secret that is there: written back, it changes nothing.
    static let hiddenSecret = "••••••••"

    private var providerSettings: JSONObject {
        [
            "ENABLE_OAUTH": .bool(!settings[.openIDProviderURL].isEmpty && !settings[.oauthClientID].isEmpty),
            "ENABLE_OAUTH_SIGNUP": .bool(settings[.enableOAuthSignup]),
            "OAUTH_MERGE_ACCOUNTS_BY_EMAIL": .bool(settings[.oauthMergesByEmail]), "OAUTH_AUTO_REDIRECT": false,
            "OAUTH_ALLOWED_DOMAINS": .string(settings[.oauthAllowedDomains]), "OAUTH_BLOCKED_GROUPS": "[]",
            "ENABLE_OAUTH_ROLE_MANAGEMENT": .bool(settings[.enableOAuthRoles]), "OAUTH_ROLES_CLAIM": .string(settings[.oauthRolesClaim]),
            "OAUTH_ADMIN_ROLES": .string(settings[.oauthAdminRoles]), "OAUTH_ALLOWED_ROLES": .string(settings[.oauthAllowedRoles]),
            "ENABLE_OAUTH_GROUP_MANAGEMENT": .bool(settings[.enableOAuthGroups]),
            "ENABLE_OAUTH_GROUP_CREATION": .bool(settings[.enableOAuthGroupCreation]),
            "OAUTH_GROUP_CLAIM": .string(settings[.oauthGroupsClaim]), "OAUTH_PROVIDER_NAME": .string(settings[.oauthProviderName]),
            "OPENID_PROVIDER_URL": .string(settings[.openIDProviderURL]), "OAUTH_CLIENT_ID": .string(settings[.oauthClientID]),
            "OAUTH_CLIENT_SECRET": .string(settings[.oauthClientSecret].isEmpty ? "" : Self.hiddenSecret),
            "OPENID_REDIRECT_URI": .string(settings[.openIDRedirectURI]), "OAUTH_SCOPES": .string(settings[.oauthScopes]),
            "OAUTH_CODE_CHALLENGE_METHOD": "S256", "OAUTH_EMAIL_CLAIM": .string(settings[.oauthEmailClaim]),
            "OAUTH_USERNAME_CLAIM": .string(settings[.oauthNameClaim]), "OAUTH_PICTURE_CLAIM": .string(settings[.oauthPictureClaim]),
            "OAUTH_SUB_CLAIM": "sub", "OAUTH_UPDATE_EMAIL_ON_LOGIN": false, "OAUTH_UPDATE_NAME_ON_LOGIN": false,
            "OAUTH_UPDATE_PICTURE_ON_LOGIN": false, "ENABLE_OAUTH_PERSISTENT_CONFIG": false,
        ]
    }
}
