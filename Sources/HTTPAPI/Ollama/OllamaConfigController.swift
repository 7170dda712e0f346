package import Domain
import HTTPTypes
import Hummingbird

/// Settings of the Ollama nodes, and a look at one before it is saved.
package struct OllamaConfigController: Controller {
    private let settings: Settings
    private let transport: any UpstreamTransport

    package init(settings: Settings, transport: any UpstreamTransport) {
        self.settings = settings
        self.transport = transport
    }

    package func addRoutes(to routes: RouteTable) {
        let schema: JSONValue = [
            "type": "object", "required": ["OLLAMA_BASE_URLS", "OLLAMA_API_CONFIGS"],
            "properties": [
                "ENABLE_OLLAMA_API": ["type": "boolean"], "OLLAMA_BASE_URLS": ["type": "array", "items": ["type": "string"]],
                "OLLAMA_API_CONFIGS": ["type": "object"],
            ],
        ]
        routes.on(.get, "/ollama/config", access: .admin, scope: .admin, RouteDocumentation("Connections", "The Ollama nodes.")) { _, _ in
            .json(config)
        }
        routes.on(
            .post, "/ollama/config/update", access: .admin, scope: .admin,
            RouteDocumentation("Connections", "Change the Ollama nodes. Acts at once.", body: schema), handler: update)
        routes.on(
            .post, "/ollama/verify", access: .admin, scope: .admin,
            RouteDocumentation(
                "Connections", "The version of a node that is not saved yet.",
                body: ["type": "object", "required": ["url"], "properties": ["url": ["type": "string"], "key": ["type": "string"]]]),
            handler: verify)
    }

    private var config: JSONValue {
        [
            "ENABLE_OLLAMA_API": .bool(settings[.enableOllama]), "OLLAMA_BASE_URLS": .strings(settings[.ollamaBaseURLs]),
            "OLLAMA_API_CONFIGS": settings[.ollamaConfigs],
        ]
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let isEnabled = fields.optionalBool("ENABLE_OLLAMA_API")
        let urls = ConnectionForm.urls(&fields, "OLLAMA_BASE_URLS")
        let configs = ConnectionForm.configs(&fields, "OLLAMA_API_CONFIGS")
        try fields.check()
        var changes: [String: JSONValue] = [
            Setting.ollamaBaseURLs.definition.name: .strings(urls),
            Setting.ollamaConfigs.definition.name: .object(ConnectionBook.fitted(configs: configs, to: urls.count)),
        ]
        if let isEnabled { changes[Setting.enableOllama.definition.name] = .bool(isEnabled) }
        try await settings.update(changes)
        return .json(config)
    }

    private func verify(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let url = ConnectionForm.url(&fields, "url")
        let key = fields.optionalString("key") ?? ""
        let config = fields.optionalObject("config") ?? [:]
        try fields.check()
        let connection = Connection(kind: .ollama, index: 0, baseURL: Connection.withoutFinalSlash(url), key: key, config: config)
        let seconds = settings[.modelListSeconds]
        return .json(
            try await context.whileClientWaits {
                try await UpstreamJSON.get(connection, "/api/version", within: seconds, transport: transport)
            })
    }
}
