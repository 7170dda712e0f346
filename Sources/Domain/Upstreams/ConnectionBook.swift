import Synchronization

/// The configured upstreams, always as the settings in force say.
package final class ConnectionBook: Sendable {
    private struct State {
        var openAI: [Connection] = []
        var ollama: [Connection] = []
        var enabled: Set<Connection.Kind> = []
        var observers: [@Sendable () -> Void] = []
    }

    private let settings: Settings
    private let state = Mutex(State())

    package init(settings: Settings) {
        self.settings = settings
        rebuild()
        settings.observe { [weak self] names in
            guard let self, !names.isDisjoint(with: Self.names) else { return }
            rebuild()
            for observer in state.withLock({ $0.observers }) { observer() }
        }
    }

    /// Every connection of the kind in the order of its addresses, switched off or not.
    package func all(_ kind: Connection.Kind) -> [Connection] {
        state.withLock { kind == .openAI ? $0.openAI : $0.ollama }
    }

    /// The connections that may be used now.
    package func usable(_ kind: Connection.Kind) -> [Connection] {
        state.withLock { state in
            guard state.enabled.contains(kind) else { return [] }
            return (kind == .openAI ? state.openAI : state.ollama).filter { $0.isEnabled && !$0.baseURL.isEmpty }
        }
    }

    /// Whether the whole API is switched on.
    package func isEnabled(_ kind: Connection.Kind) -> Bool { state.withLock { $0.enabled.contains(kind) } }

    /// Calls back after every change, once it is in force.
    package func observe(_ observer: @escaping @Sendable () -> Void) { state.withLock { $0.observers.append(observer) } }

    private static let names: Set<String> = Set(
        [
            Setting.enableOpenAI.definition, Setting.enableOllama.definition, Setting.openAIBaseURLs.definition, Setting.openAIKeys.definition,
            Setting.openAIConfigs.definition, Setting.ollamaBaseURLs.definition, Setting.ollamaConfigs.definition,
        ].map(\.name))

    private func rebuild() {
        let openAI = Self.connections(
            .openAI, urls: settings[.openAIBaseURLs], keys: settings[.openAIKeys], configs: settings[.openAIConfigs])
        let ollama = Self.connections(.ollama, urls: settings[.ollamaBaseURLs], keys: [], configs: settings[.ollamaConfigs])
        var enabled: Set<Connection.Kind> = []
        if settings[.enableOpenAI] { enabled.insert(.openAI) }
        if settings[.enableOllama] { enabled.insert(.ollama) }
        state.withLock { state in
            state.openAI = openAI
            state.ollama = ollama
            state.enabled = enabled
        }
    }

    static func connections(_ kind: Connection.Kind, urls: [String], keys: [String], configs: JSONValue) -> [Connection] {
        urls.enumerated().map { index, url in
            // By position; older installations have them by address.
            let config = (configs[String(index)] ?? configs[url])?.object ?? [:]
            return Connection(
                kind: kind, index: index, baseURL: Connection.withoutFinalSlash(url),
                key: kind == .openAI ? (index < keys.count ? keys[index] : "") : config["key"]?.string ?? "", config: config)
        }
    }
}

extension ConnectionBook {
    /// As many keys as addresses: missing ones are empty, surplus ones are dropped.
    package static func fitted(keys: [String], to count: Int) -> [String] {
        Array(keys.prefix(count)) + Array(repeating: "", count: max(0, count - keys.count))
    }

    /// Configs whose key is a position in the list; the rest is dropped.
    package static func fitted(configs: JSONObject, to count: Int) -> JSONObject {
        configs.filter { key, _ in Int(key).map { (0..<count).contains($0) } ?? false }
    }
}

extension Connection {
    /// A connection as its config object describes it.
    package init(kind: Kind, index: Int, baseURL: String, key: String, config: JSONObject) {
        let headers = (config["headers"]?.object ?? [:]).reduce(into: [String: String]()) { headers, member in
            if let value = member.value.string { headers[member.key] = value }
        }
        self.init(
            kind: kind, index: index, baseURL: baseURL, key: key, isEnabled: config["enable"]?.bool ?? true,
            prefix: config["prefix_id"]?.string ?? "", modelIDs: (config["model_ids"]?.array ?? []).compactMap(\.string),
            tags: config["tags"]?.array ?? [], connectionType: config["connection_type"]?.string.flatMap { $0.isEmpty ? nil : $0 },
            headers: headers, config: config)
    }

    package static func withoutFinalSlash(_ url: String) -> String {
        var url = url.trimmed
        while url.hasSuffix("/") { url.removeLast() }
        return url
    }
}
