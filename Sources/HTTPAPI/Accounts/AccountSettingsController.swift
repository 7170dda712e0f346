package import Domain
import Hummingbird

/// `/api/v1/auths/admin/...`: how people come in, read and written back whole by clients.
package struct AccountSettingsController: Controller {
    /// Names on the wire that are settings of the same name.
    private static let own: [SettingDefinition] = [
        Setting.showAdminDetails.definition, Setting.adminEmail.definition, Setting.url.definition, Setting.enableSignup.definition,
        Setting.enableLoginForm.definition, Setting.enableAPIKeys.definition, Setting.enableAPIKeyEndpointRestrictions.definition,
        Setting.apiKeysAllowedEndpoints.definition, Setting.defaultUserRole.definition, Setting.defaultGroupID.definition,
        Setting.jwtExpiresIn.definition,
    ]
    /// What a client may leave out when it writes the object back.
    private static let optional: Set<String> = [Setting.adminEmail.definition.name, Setting.enableLoginForm.definition.name]

    /// Switches of Open WebUI without effect here, with its defaults.
    static let foreign: JSONObject = [
        "ENABLE_COMMUNITY_SHARING": true, "ENABLE_MESSAGE_RATING": true, "ENABLE_FOLDERS": true, "FOLDER_MAX_FILE_COUNT": "",
        "ENABLE_AUTOMATIONS": false, "AUTOMATION_MAX_COUNT": "", "AUTOMATION_MIN_INTERVAL": "", "ENABLE_CHANNELS": false, "ENABLE_CALENDAR": false,
        "ENABLE_MEMORIES": true, "ENABLE_MEMORY_SYSTEM_CONTEXT": true, "ENABLE_NOTES": true, "ENABLE_USER_WEBHOOKS": false,
        "ENABLE_USER_STATUS": true, "ENABLE_PASSWORD_CHANGE_FORM": true, "PENDING_USER_OVERLAY_TITLE": "", "PENDING_USER_OVERLAY_CONTENT": "",
        "RESPONSE_WATERMARK": "",
    ]

    private let settings: Settings
    private let users: any UserStore
    private let audit: AuditLog

    package init(settings: Settings, users: any UserStore, audit: AuditLog) {
        self.settings = settings
        self.users = users
        self.audit = audit
    }

    package func addRoutes(to table: RouteTable) {
        let routes = AuthRoutes(routes: table)
        routes.on(.get, "/admin/config", access: .admin, "How people come in.") { _, _ in .json(.object(Self.wire(settings))) }
        routes.on(
            .post, "/admin/config", access: .admin, "Change how people come in: read, change, write back.",
            handler: update)
        routes.on(.get, "/admin/details", access: .session, "Whom to ask.") { _, _ in
            guard settings[.showAdminDetails] else { throw AppError.actionProhibited }
            let configured = settings[.adminEmail].trimmed
            let listed = configured.isEmpty ? nil : try await users.user(email: configured)
            let admin = if let listed { listed } else { try await users.firstAdmin() }
            return .json(["name": .optional(admin?.name), "email": configured.isEmpty ? .optional(admin?.email) : .string(configured)])
        }
    }

    static func wire(_ settings: Settings) -> JSONObject {
        var object = JSONObject(own.map { ($0.name, settings.current($0).value) })
        object.merge(foreignValues(settings))
        return object
    }

    /// Foreign switches as they stand.
    static func foreignValues(_ settings: Settings) -> JSONObject {
        let stored = settings[.foreignAccountSettings].object ?? [:]
        return JSONObject(foreign.map { ($0.key, stored[$0.key] ?? $0.value) })
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let object = try await request.jsonObject()
        var fields = FieldReader(object)
        var changes: [String: JSONValue] = [:]
        for definition in Self.own {
            guard let value = object[definition.name], !value.isNull else {
                if !Self.optional.contains(definition.name) { fields.report("missing", definition.name, "Field required") }
                continue
            }
            guard definition.kind == .boolean ? value.bool != nil : value.string != nil else {
                fields.report("type", definition.name, "Input should be a valid \(definition.kind.rawValue)")
                continue
            }
            changes[definition.name] = value
        }
        var kept = Self.foreignValues(settings)
        for (name, standard) in Self.foreign {
            guard let value = object[name] else { continue }
            if standard.bool != nil, value.bool == nil { fields.report("bool_type", name, "Input should be a valid boolean") }
            kept[name] = value
        }
        try fields.check()
        changes[Setting.foreignAccountSettings.definition.name] = .object(kept)
        let before = Self.wire(settings)
        try await settings.update(changes)
        let changed = Self.wire(settings).filter { before[$0] != $1 }
        if !changed.isEmpty { await audit.record("settings.accounts", request, context, detail: changed) }
        return .json(.object(Self.wire(settings)))
    }
}
