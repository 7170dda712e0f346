package import Domain
import HTTPTypes
import Hummingbird

/// `/api/v1/configs`: what pages show everybody, and all settings at once. Settings of Open WebUI without a meaning here
/// are in `FixedSettingsController`.
package struct ConfigsController: Controller {
    private static let prefix = "/api/v1/configs"
    private static let bannerTypes = ["info", "success", "warning", "error"]

    private let settings: Settings
    private let audit: AuditLog

    package init(settings: Settings, audit: AuditLog) {
        self.settings = settings
        self.audit = audit
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ method: HTTPRequest.Method, _ path: String, _ access: RouteAccess, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(
                method, Self.prefix + path, access: access, scope: access == .admin ? .admin : .account,
                RouteDocumentation("Configuration", summary), handler: handler)
        }
        on(.get, "/banners", .user, "Notices for everybody.") { _, _ in .json(settings[.banners]) }
        on(.post, "/banners", .admin, "Replace the notices.", setBanners)
        on(.get, "/models", .admin, "Which models a new chat begins with, and how the list is ordered.") { _, _ in .json(models) }
        on(.get, "/models/defaults", .user, "What every model has unless it says otherwise: nothing.") { _, _ in
            .json(["DEFAULT_MODEL_METADATA": [:]])
        }
        on(.post, "/models", .admin, "Change them; what is missing or null stays.", setModels)
        on(.post, "/suggestions", .admin, "Replace the prompts to begin with.", setSuggestions)
        on(.get, "/export", .admin, "Every setting that can be changed while the server runs, by name; keys of upstreams, too.") {
            request, context in
            await audit.record("settings.export", request, context)
            return .json(.object(exported))
        }
        on(.post, "/import", .admin, "Write settings back, all or none. Names that are no such settings are refused.", importAll)
    }

    private var models: JSONValue {
        [
            "DEFAULT_MODELS": .string(settings[.defaultModels]), "DEFAULT_PINNED_MODELS": .string(settings[.defaultPinnedModels]),
            "MODEL_ORDER_LIST": .strings(settings[.modelOrder]),
        ]
    }

    private var exported: JSONObject {
        JSONObject(SettingCatalog.all.filter(\.isRuntime).map { ($0.name, settings.current($0).value) })
    }

    private func setBanners(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await setList("banners", .banners, request, context) { banner in
            let kind = banner.string("type")
            if banner.object["type"]?.string != nil, !Self.bannerTypes.contains(kind) {
                banner.report("enum", "type", "Input should be 'info', 'success', 'warning' or 'error'")
            }
            return [
                "id": .string(banner.string("id")), "type": .string(kind), "title": .optional(banner.optionalString("title")),
                "content": .string(banner.string("content")), "dismissible": .bool(banner.optionalBool("dismissible") ?? true),
                "timestamp": .int(banner.int("timestamp")),
            ]
        }
    }

    private func setModels(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let body = try await request.jsonObject(limit: 1 << 20)
        var fields = FieldReader(body)
        var changes: [String: JSONValue] = [:]
        for name in [Setting<String>.defaultModels.definition.name, Setting<String>.defaultPinnedModels.definition.name] {
            changes[name] = fields.optionalString(name).map(JSONValue.string)
        }
        let order = Setting<[String]>.modelOrder.definition.name
        if fields.optionalArray(order) != nil { changes[order] = .strings(fields.strings(order)) }
        for name in ["DEFAULT_MODEL_METADATA", "DEFAULT_MODEL_PARAMS"] where !(fields.optionalObject(name) ?? [:]).isEmpty {
            fields.report("extra_forbidden", name, "Set them for each model under /api/v1/models.")
        }
        try fields.check()
        try await settings.update(changes)
        await audit.record("settings.models", request, context, detail: JSONObject(changes.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        return .json(models)
    }

    private func setSuggestions(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        try await setList("suggestions", .promptSuggestions, request, context) { suggestion in
            ["title": .strings(suggestion.strings("title")), "content": .string(suggestion.string("content"))]
        }
    }

    /// Replaces a list of objects as a whole.
    /// - Parameter stored: what is kept of one; reports what is wrong with it.
    private func setList(
        _ name: String, _ setting: Setting<JSONValue>, _ request: Request, _ context: AppRequestContext,
        _ stored: (inout FieldReader) -> JSONValue
    ) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 1 << 20))
        let list = fields.array(name)
        try fields.check()
        let kept = try list.enumerated().map { index, value in
            var item = try Self.reader(value, name, index)
            let value = stored(&item)
            try item.check()
            return value
        }
        try await settings.update(setting, .array(kept))
        await audit.record("settings." + name, request, context)
        return .json(settings[setting])
    }

    private func importAll(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject(limit: 16 << 20))
        let config = fields.object("config")
        for name in config.keys where SettingCatalog.byName[name]?.isRuntime != true {
            fields.report("extra_forbidden", "config", "There is no such setting: \(name)")
        }
        try fields.check()
        try await settings.update(Dictionary(config.map { ($0.key, $0.value) }) { first, _ in first })
        await audit.record("settings.import", request, context, detail: ["names": .strings(config.keys)])
        return .json(.object(exported))
    }

    private static func reader(_ value: JSONValue, _ key: String, _ index: Int) throws -> FieldReader {
        let place = ["body", key, String(index)]
        guard let object = value.object else {
            throw AppError.validation([
                ValidationIssue(type: "dict_type", location: place, message: "Input should be a valid dictionary", input: value)
            ])
        }
        return FieldReader(object, location: place)
    }
}
