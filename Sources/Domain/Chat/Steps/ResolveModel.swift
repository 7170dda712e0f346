/// Finds the model and checks that the caller may use it; takes `params` of the request and of the workspace model along.
package struct ResolveModel: ChatStep {
    private let directory: any ModelDirectory
    private let fallbacks: ModelFallbacks?

    package init(directory: any ModelDirectory, fallbacks: ModelFallbacks? = nil) {
        self.directory = directory
        self.fallbacks = fallbacks
    }

    package func apply(to request: inout ChatRequest) async throws {
        let id = request.modelID
        guard !id.isEmpty else { throw AppError.modelNotFound }
        let model: ResolvedModel
        if let known = directory.remembered(id, for: request.principal) {
            model = known
        } else {
            model = try await directory.resolve(id, for: request.principal)
        }
        try request.check(model)
        request.model = model
        request.fallbacks = fallbacks?.models(for: model, principal: request.principal) ?? []
        try request.checkMessages()
        request.overrides = ModelParameters.wire(request.own["params"]?.object ?? [:])
        request.defaults = ModelParameters.wire(model.entry.workspace?.params ?? [:])
    }
}

/// `params` of a request or a workspace model.
package enum ModelParameters {
    /// Keys that steer this server and are no parameters of a model.
    private static let steering: Set<String> = [
        "system", "function_calling", "stream_response", "stream_delta_chunk_size", "reasoning_tags", "custom_params",
    ]

    /// What a model gets: without `null`s and without what steers the server; `custom_params` are merged in (their values may be JSON
    /// texts).
    package static func wire(_ params: JSONObject) -> JSONObject {
        var wire = params.filter { key, value in !steering.contains(key) && !value.isNull }
        for (key, value) in params["custom_params"]?.object ?? [:] {
            if let text = value.string, let parsed = try? JSONValue(parsing: text) { wire[key] = parsed } else { wire[key] = value }
        }
        return wire
    }
}
