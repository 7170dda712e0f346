import Synchronization

/// Keeps what administrators changed while the server ran.
package protocol SettingsStore: Sendable {
    /// Every stored value by name.
    func all() async throws -> [String: JSONValue]
    /// Writes all of them in one transaction; a `nil` value forgets the stored one.
    func put(_ values: [String: JSONValue?]) async throws
}

/// Encrypts what must not lie readable on the disk.
package protocol SecretSealer: Sendable {
    func seal(_ text: String) throws -> String
    /// - Throws: when the text was sealed with another key or tampered with.
    func open(_ sealed: String) throws -> String
}

/// The values in force. Precedence: stored by an admin, environment, configuration file, default.
///
/// Reading is a dictionary look-up under a lock and never waits for the disk.
package final class Settings: Sendable {
    package enum Origin: String, Sendable { case stored, environment, file, `default` }

    private struct State {
        var values: [String: (JSONValue, Origin)] = [:]
        var observers: [@Sendable (Set<String>) -> Void] = []
    }

    private let state: Mutex<State>
    private let base: [String: (JSONValue, Origin)]
    private let store: (any SettingsStore)?
    private let sealer: (any SecretSealer)?

    /// - Parameters:
    ///   - environment: variables as the process got them.
    ///   - file: the same names from `.env` or YAML.
    /// - Throws: `AppError` naming the first variable whose value cannot be used.
    package init(
        environment: [String: String], file: [String: String] = [:], store: (any SettingsStore)? = nil, sealer: (any SecretSealer)? = nil
    ) throws {
        var base: [String: (JSONValue, Origin)] = [:]
        for definition in SettingCatalog.all {
            base[definition.name] = (definition.defaultValue, .default)
            for (source, origin) in [(file, Origin.file), (environment, Origin.environment)] {
                guard let (name, text) = Self.lookUp(definition, in: source) else { continue }
                guard let value = definition.parse(text) else {
                    throw AppError(.badRequest, "\(name) must be \(definition.kind.phrase)")
                }
                if let problem = definition.problem(value) { throw AppError(.badRequest, "\(name) \(problem)") }
                base[definition.name] = (value, origin)
            }
        }
        self.base = base
        self.store = store
        self.sealer = sealer
        state = Mutex(State(values: base))
    }

    private static func lookUp(_ definition: SettingDefinition, in source: [String: String]) -> (String, String)? {
        for name in [definition.name] + definition.aliases {
            if let text = source[name] { return (name, text) }
        }
        return nil
    }

    /// Reads the stored values: before serving, and whenever another process may have changed them. A stored value that no
    /// longer fits its definition is left out.
    package func load() async throws {
        guard let store else { return }
        let stored = try await store.all()
        let (observers, changed) = state.withLock { state in
            let before = state.values
            state.values = base
            for (name, value) in stored {
                guard let definition = SettingCatalog.byName[name], let value = unsealed(value, definition), definition.problem(value) == nil
                else { continue }
                state.values[name] = (value, .stored)
            }
            return (state.observers, Set(state.values.keys.filter { before[$0]?.0 != state.values[$0]?.0 }))
        }
        if !changed.isEmpty { for observer in observers { observer(changed) } }
    }

    package subscript<Value>(setting: Setting<Value>) -> Value {
        let definition = setting.definition
        let value = state.withLock { $0.values[definition.name]?.0 } ?? definition.defaultValue
        // Values are checked when they come in; the default is there for the type checker.
        return Value(settingJSON: value) ?? Value(settingJSON: definition.defaultValue)!
    }

    /// The value in force and where it came from.
    package func current(_ definition: SettingDefinition) -> (value: JSONValue, origin: Origin) {
        let found = state.withLock { $0.values[definition.name] }
        return found.map { ($0.0, $0.1) } ?? (definition.defaultValue, .default)
    }

    /// Stores new values and puts them in force, all or none.
    /// - Throws: `AppError` when a name is unknown or not changeable at run time, or a value does not fit.
    package func update(_ changes: [String: JSONValue]) async throws {
        var stored: [String: JSONValue?] = [:]
        for (name, value) in changes {
            guard let definition = SettingCatalog.byName[name], definition.isRuntime else {
                throw AppError(.badRequest, "\(name) cannot be changed while the server runs")
            }
            if let problem = definition.problem(value) { throw AppError(.badRequest, "\(name) \(problem)") }
            stored[name] = try sealed(value, definition)
        }
        try await store?.put(stored)
        let observers = state.withLock { state in
            for (name, value) in changes { state.values[name] = (value, .stored) }
            return state.observers
        }
        let names = Set(changes.keys)
        for observer in observers { observer(names) }
    }

    package func update<Value>(_ setting: Setting<Value>, _ value: Value) async throws {
        try await update([setting.definition.name: value.settingJSON])
    }

    /// Calls back after every change with the names that changed. There is no way to stop: observers live as long as the server.
    package func observe(_ observer: @escaping @Sendable (Set<String>) -> Void) {
        state.withLock { $0.observers.append(observer) }
    }

    private func sealed(_ value: JSONValue, _ definition: SettingDefinition) throws -> JSONValue {
        guard definition.isSecret, let sealer else { return value }
        return ["sealed": .string(try sealer.seal(value.jsonText))]
    }

    private func unsealed(_ value: JSONValue, _ definition: SettingDefinition) -> JSONValue? {
        guard definition.isSecret, let sealer, let text = value["sealed"]?.string else { return value }
        return (try? sealer.open(text)).flatMap { try? JSONValue(parsing: $0) }
    }
}
