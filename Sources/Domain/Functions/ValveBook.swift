/// Valves in the clear, for those who may see them; sealed where they are kept.
package struct ValveBook: Sendable {
    private let store: any ValveStore
    private let sealer: any SecretSealer

    package init(store: any ValveStore, sealer: any SecretSealer) {
        self.store = store
        self.sealer = sealer
    }

    /// Empty when nothing was stored.
    package func valves(of plugin: PluginKey, userID: String? = nil) async throws -> JSONObject {
        try await store.sealedValves(of: plugin, userID: userID).map(opened) ?? [:]
    }

    /// Everybody's, by plug-in. One that cannot be opened any more (another secret) is left out: the code's defaults are in force.
    package func all() async throws -> [PluginKey: JSONObject] {
        try await store.allSealedValves().compactMapValues { try? opened($0) }
    }

    /// - Parameter schema: of the class; its absence means that there are no valves to set.
    /// - Returns: the values as stored.
    package func put(_ values: JSONObject, schema: JSONObject?, for plugin: PluginKey, userID: String? = nil) async throws -> JSONObject {
        guard let schema else { throw AppError.functionNotFound }
        let valid = try ValveSchema(schema).validated(values)
        let text = JSONValue.object(valid).jsonText
        guard text.utf8.count <= 256 << 10 else { throw AppError(.tooLarge, "The valves are larger than 256 KiB.") }
        try await store.put(try sealer.seal(text), for: plugin, userID: userID)
        return valid
    }

    /// Stores values as they are: for an import of functions whose packages are not installed yet.
    package func putUnchecked(_ values: JSONObject, for plugin: PluginKey, userID: String? = nil) async throws {
        try await store.put(try sealer.seal(JSONValue.object(values).jsonText), for: plugin, userID: userID)
    }

    package func deleteAll(of plugin: PluginKey) async throws { try await store.deleteAll(of: plugin) }

    private func opened(_ sealed: String) throws -> JSONObject { try JSONValue(parsing: sealer.open(sealed)).object ?? [:] }
}
