import Domain

extension ImportRun {
    /// Settings that go together, with their names there and here.
    private static let settings: [(name: String, pairs: [(there: String, here: String)])] = [
        (
            "OpenAI connections",
            [
                ("openai.enable", "ENABLE_OPENAI_API"), ("openai.api_base_urls", "OPENAI_API_BASE_URLS"), ("openai.api_keys", "OPENAI_API_KEYS"),
                ("openai.api_configs", "OPENAI_API_CONFIGS"),
            ]
        ),
        (
            "Ollama connections",
            [("ollama.enable", "ENABLE_OLLAMA_API"), ("ollama.base_urls", "OLLAMA_BASE_URLS"), ("ollama.api_configs", "OLLAMA_API_CONFIGS")]
        ),
        ("sign-up", [("ui.enable_signup", "ENABLE_SIGNUP")]), ("sign-in form", [("ui.enable_login_form", "ENABLE_LOGIN_FORM")]),
        ("role of new accounts", [("ui.default_user_role", "DEFAULT_USER_ROLE")]), ("API keys", [("auth.enable_api_keys", "ENABLE_API_KEYS")]),
        (
            "paths of API keys",
            [
                ("auth.api_key.endpoint_restrictions", "ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS"),
                ("auth.api_key.allowed_endpoints", "API_KEYS_ALLOWED_ENDPOINTS"),
            ]
        ),
        ("length of sessions", [("auth.jwt_expiry", "JWT_EXPIRES_IN")]), ("permissions", [("user.permissions", "USER_PERMISSIONS")]),
        ("group of new accounts", [("ui.default_group_id", "DEFAULT_GROUP_ID")]), ("address", [("webui.url", "WEBUI_URL")]),
        ("language", [("ui.default_locale", "DEFAULT_LOCALE")]), ("administrator's address", [("auth.admin.email", "ADMIN_EMAIL")]),
    ]

    /// Settings that an administrator has not set here. Upstreams' keys are stored sealed.
    func takeSettings() async throws {
        let there = Dictionary(
            try await source.rows("config").compactMap { row in row.text("key").flatMap { key in row.json("value").map { (key, $0) } } }
        ) { first, _ in first }
        let earlier = try await here.ledger.taken("settings", source: identity)
        for (name, pairs) in Self.settings {
            var changes: [String: JSONValue] = [:]
            for pair in pairs {
                guard let value = there[pair.there], !value.isNull, value != "" else { continue }
                changes[pair.here] = pair.there == "ui.default_group_id" ? .string(groups[value.string ?? ""] ?? "") : value
            }
            if changes.isEmpty { continue }
            report["settings"].found += 1
            let isSetHere = changes.keys.contains { key in
                SettingCatalog.byName[key].map { here.settings.current($0).origin == .stored } ?? false
            }
            if earlier.contains(name) || isSetHere {
                report["settings"].already += 1
            } else if isDryRun {
                report["settings"].taken += 1
            } else {
                do {
                    try await here.settings.update(changes)
                    try await here.ledger.mark([name], kind: "settings", source: identity)
                    report["settings"].taken += 1
                } catch let error as AppError where error.code == .badRequest {
                    report.leaveOut("settings", name, name, error.message)
                }
            }
        }
    }

    /// What has no place here: said, so that nobody looks for it in vain.
    func countTheRest() async throws {
        let reasons: [(table: String, kind: String, reason: String)] = [
            ("feedback", "ratings", "Haneul keeps no ratings"), ("channel", "channels", "Haneul has no channels"),
            ("message", "channel messages", "Haneul has no channels"), ("calendar_event", "calendar events", "Haneul has no calendar"),
            ("automation", "automations", "Haneul has no automations"), ("app", "apps", "Haneul has no apps"),
            ("oauth_session", "tokens of identity providers", "people sign in at their provider again"),
        ]
        for (table, kind, reason) in reasons { report.leaveUntouched(kind, try await source.count(table), reason) }
        let scim = try await source.rows("user").count { $0.object("scim") != nil }
        report.leaveUntouched("SCIM identities", scim, "Haneul speaks no SCIM")
        report.note("Files are read and made searchable by the next start of the server; how far it is shows in each file's state.")
    }
}
