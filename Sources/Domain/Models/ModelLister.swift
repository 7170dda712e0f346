/// A model as an upstream lists it.
package struct ListedModel: Sendable, Hashable {
    /// What the upstream calls it.
    package var id: String
    package var name: String
    /// The upstream's own entry.
    package var raw: JSONObject
    /// Whether the upstream has it in memory now; `nil` where that is not known.
    package var isLoaded: Bool?

    package init(id: String, name: String? = nil, raw: JSONObject, isLoaded: Bool? = nil) {
        self.id = id
        self.name = name ?? id
        self.raw = raw
        self.isLoaded = isLoaded
    }
}

/// Asks one upstream what models it has.
///
/// Throws `AppError(.timeout)` when it takes too long, `AppError(.upstreamFailed)` when it cannot be reached or says something that is no
/// model list, `UpstreamFailure` for its own error answers.
package protocol ModelLister: Sendable {
    func models(of connection: Connection, within seconds: Int) async throws -> [ListedModel]
}

/// Models that are neither upstream's nor built in (Python functions), read from memory. Whoever changes them calls
/// `ModelCatalog.sourcesChanged`.
package protocol ExtraModelSource: Sendable {
    var models: [ModelEntry] { get }
}
