/// One row of the catalog: a model that somebody serves, or one made here.
package struct ModelEntry: Sendable, Hashable {
    package var id: String
    package var name: String
    /// Where a request for it goes.
    package var route: ModelRoute
    /// The entry of `GET /api/models` as clients see it.
    package var wire: JSONObject
    /// Stored here: overrides of a provider's model, or a workspace model. `nil` for a provider's model nobody touched.
    package var workspace: WorkspaceModel?
    /// Other upstreams that serve the same id, in the order of preference.
    package var alternates: [ModelRoute]

    package init(
        id: String, name: String, route: ModelRoute, wire: JSONObject, workspace: WorkspaceModel? = nil, alternates: [ModelRoute] = []
    ) {
        self.id = id
        self.name = name
        self.route = route
        self.wire = wire
        self.workspace = workspace
        self.alternates = alternates
    }
}

/// Where requests for a model go.
package enum ModelRoute: Sendable, Hashable {
    /// An OpenAI-compatible upstream, and the id it knows the model by.
    case openAI(Connection, upstreamID: String)
    /// The Ollama nodes that have it.
    case ollama([Connection], upstreamID: String)
    /// Served by this program (`haneul-quotes`).
    case builtIn(String)
    /// A Python function.
    case function(id: String)
    /// A workspace model whose base is gone: listed, not usable.
    case missing
}

/// A stored model row: a workspace model when it has a base, else settings of a provider's model.
package struct WorkspaceModel: Sendable, Hashable {
    package var id: String
    package var versionID: String
    package var userID: String
    package var baseModelID: String?
    package var name: String
    package var params: JSONObject
    package var meta: JSONObject
    package var isActive: Bool
    package var createdAt: EpochSeconds
    package var updatedAt: EpochSeconds

    package init(
        id: String, versionID: String = makeID(), userID: String, baseModelID: String?, name: String, params: JSONObject, meta: JSONObject,
        isActive: Bool = true, createdAt: EpochSeconds = .now(), updatedAt: EpochSeconds = .now()
    ) {
        self.id = id
        self.versionID = versionID
        self.userID = userID
        self.baseModelID = baseModelID
        self.name = name
        self.params = params
        self.meta = meta
        self.isActive = isActive
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }
}

/// A model that a principal may use now.
package struct ResolvedModel: Sendable, Hashable {
    /// The entry that was asked for.
    package var entry: ModelEntry
    /// What serves it: the entry itself, or the base of a workspace model.
    package var base: ModelEntry

    package init(entry: ModelEntry, base: ModelEntry) {
        self.entry = entry
        self.base = base
    }
}
