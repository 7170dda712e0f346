package import Domain
import HTTPTypes
import Hummingbird

/// Settings of the OpenAI-compatible upstreams, and a look at one before it is saved.
package struct OpenAIConfigController: Controller {
    private let settings: Settings
    private let transport: any UpstreamTransport

    package init(settings: Settings, transport: any UpstreamTransport) {
        self.settings = settings
        self.transport = transport
    }

    package func addRoutes(to routes: RouteTable) {
        let schema: JSONValue = [
            "type": "object", "required": ["OPENAI_API_BASE_URLS", "OPENAI_API_KEYS", "OPENAI_API_CONFIGS"],
            "properties": [
                "ENABLE_OPENAI_API": ["type": "boolean"], "OPENAI_API_BASE_URLS": ["type": "array", "items": ["type": "string"]],
                "OPENAI_API_KEYS": ["type": "array", "items": ["type": "string"]], "OPENAI_API_CONFIGS": ["type": "object"],
            ],
        ]
        routes.on(.get, "/openai/config", access: .admin, scope: .admin, RouteDocumentation("Connections", "The OpenAI-compatible upstreams.")) {
            _, _ in .json(config)
        }
        routes.on(
            .post, "/openai/config/update", access: .admin, scope: .admin,
            RouteDocumentation("Connections", "Change the OpenAI-compatible upstreams. Acts at once.", body: schema), handler: update)
        routes.on(
            .post, "/openai/verify", access: .admin, scope: .admin,
            RouteDocumentation(
                "Connections", "The model list of an upstream that is not saved yet.",
                body: [
                    "type": "object", "required": ["url", "key"],
                    "properties": ["url": ["type": "string"], "key": ["type": "string"], "config": ["type": "object"]],
                ]), handler: verify)
    }

    private var config: JSONValue {
        [
            "ENABLE_OPENAI_API": .bool(settings[.enableOpenAI]), "OPENAI_API_BASE_URLS": .strings(settings[.openAIBaseURLs]),
            "OPENAI_API_KEYS": .strings(ConnectionBook.fitted(keys: settings[.openAIKeys], to: settings[.openAIBaseURLs].count)),
            "OPENAI_API_CONFIGS": settings[.openAIConfigs],
        ]
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let isEnabled = fields.optionalBool("ENABLE_OPENAI_API")
        let urls = ConnectionForm.urls(&fields, "OPENAI_API_BASE_URLS")
        let keys = fields.strings("OPENAI_API_KEYS")
        let configs = ConnectionForm.configs(&fields, "OPENAI_API_CONFIGS")
        try fields.check()
        var changes: [String: JSONValue] = [
            Setting.openAIBaseURLs.definition.name: .strings(urls),
            Setting.openAIKeys.definition.name: .strings(ConnectionBook.fitted(keys: keys, to: urls.count)),
            Setting.openAIConfigs.definition.name: .object(ConnectionBook.fitted(configs: configs, to: urls.count)),
        ]
        if let isEnabled { changes[Setting.enableOpenAI.definition.name] = .bool(isEnabled) }
        try await settings.update(changes)
        return .json(config)
    }

    private func verify(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let url = ConnectionForm.url(&fields, "url")
        let key = fields.string("key")
        let config = fields.optionalObject("config") ?? [:]
        try fields.check()
        let connection = Connection(kind: .openAI, index: 0, baseURL: Connection.withoutFinalSlash(url), key: key, config: config)
        let seconds = settings[.modelListSeconds]
        return .json(
            try await context.whileClientWaits {
                try await UpstreamJSON.get(connection, "/models", within: seconds, transport: transport)
            })
    }
}
