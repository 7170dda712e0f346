package import Domain
import HTTPTypes
import Hummingbird

/// Settings of the upstreams of one kind, and a look at one before it is saved. On the wire they have the settings' names.
package struct ConnectionsController: Controller {
    /// What differs between the kinds.
    package struct Area: Sendable {
        var kind: Connection.Kind
        var prefix: String
        var enabled: Setting<Bool>
        var urls: Setting<[String]>
        /// `nil` where keys are part of the configs.
        var keys: Setting<[String]>?
        var configs: Setting<JSONValue>
        /// Whom the settings are of.
        var noun: String
        /// What an upstream is asked to see whether it is there, and what it answers.
        var probe: (path: String, summary: String)

        package static let openAI = Area(
            kind: .openAI, prefix: "/openai", enabled: .enableOpenAI, urls: .openAIBaseURLs, keys: .openAIKeys, configs: .openAIConfigs,
            noun: "The OpenAI-compatible upstreams", probe: ("/models", "The model list of an upstream that is not saved yet."))
        package static let ollama = Area(
            kind: .ollama, prefix: "/ollama", enabled: .enableOllama, urls: .ollamaBaseURLs, keys: nil, configs: .ollamaConfigs,
            noun: "The Ollama nodes", probe: ("/api/version", "The version of a node that is not saved yet."))
    }

    private let area: Area
    private let settings: Settings
    private let transport: any UpstreamTransport

    package init(_ area: Area, settings: Settings, transport: any UpstreamTransport) {
        self.area = area
        self.settings = settings
        self.transport = transport
    }

    package func addRoutes(to routes: RouteTable) {
        func on(_ method: HTTPRequest.Method, _ path: String, _ summary: String, _ handler: @escaping RouteTable.Handler) {
            routes.on(
                method, area.prefix + path, access: .admin, scope: .admin, RouteDocumentation("Connections", summary), handler: handler)
        }
        on(.get, "/config", area.noun + ".") { _, _ in .json(config) }
        on(.post, "/config/update", area.noun + ", changed at once.", update)
        on(.post, "/verify", area.probe.summary, verify)
    }

    private var config: JSONValue {
        var config: JSONObject = [area.enabled.definition.name: .bool(settings[area.enabled])]
        config[area.urls.definition.name] = .strings(settings[area.urls])
        if let keys = area.keys {
            config[keys.definition.name] = .strings(ConnectionBook.fitted(keys: settings[keys], to: settings[area.urls].count))
        }
        config[area.configs.definition.name] = settings[area.configs]
        return .object(config)
    }

    private func update(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let isEnabled = fields.optionalBool(area.enabled.definition.name)
        let urls = ConnectionForm.urls(&fields, area.urls.definition.name)
        let keys = area.keys.map { ($0.definition.name, fields.strings($0.definition.name)) }
        let configs = ConnectionForm.configs(&fields, area.configs.definition.name)
        try fields.check()
        var changes: [String: JSONValue] = [
            area.urls.definition.name: .strings(urls),
            area.configs.definition.name: .object(ConnectionBook.fitted(configs: configs, to: urls.count)),
        ]
        if let (name, keys) = keys { changes[name] = .strings(ConnectionBook.fitted(keys: keys, to: urls.count)) }
        if let isEnabled { changes[area.enabled.definition.name] = .bool(isEnabled) }
        try await settings.update(changes)
        return .json(config)
    }

    private func verify(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var fields = FieldReader(try await request.jsonObject())
        let url = ConnectionForm.url(&fields, "url")
        // Where keys are a list of their own, one must be given, if empty.
        let key = area.keys == nil ? fields.optionalString("key") ?? "" : fields.string("key")
        let config = fields.optionalObject("config") ?? [:]
        try fields.check()
        let connection = Connection(kind: area.kind, index: 0, baseURL: Connection.withoutFinalSlash(url), key: key, config: config)
        let (seconds, path) = (settings[.modelListSeconds], area.probe.path)
        return .json(
            try await context.whileClientWaits {
                try await UpstreamJSON.get(connection, path, within: seconds, transport: transport)
            })
    }
}
