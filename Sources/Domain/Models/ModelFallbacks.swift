/// Who answers for a model whose upstreams fail: `MODEL_FALLBACKS`, an ordered list of model ids by model id.
package struct ModelFallbacks: Sendable {
    private let settings: Settings
    private let directory: any ModelDirectory

    package init(settings: Settings, directory: any ModelDirectory) {
        self.settings = settings
        self.directory = directory
    }

    /// Whether somebody else may answer for the model: another connection that serves it, or another model.
    package func exist(for model: ResolvedModel) -> Bool {
        guard !model.base.alternates.isEmpty || !ids(for: model).isEmpty else { return false }
        return settings[.upstreamAttempts] > 1
    }

    /// What answers instead, in order. Models that the principal may not use, or that nobody is known to serve, are left out; the
    /// fallbacks of a fallback do not count.
    package func models(for model: ResolvedModel, principal: Principal) -> [ResolvedModel] {
        ids(for: model).compactMap { id in
            guard id != model.entry.id, id != model.base.id else { return nil }
            return directory.remembered(id, for: principal)
        }
    }

    /// A workspace model's own list goes before that of its base.
    private func ids(for model: ResolvedModel) -> [String] {
        guard let table = settings[.modelFallbacks].object, !table.isEmpty else { return [] }
        return Self.list(table[model.entry.id]) ?? Self.list(table[model.base.id]) ?? []
    }

    private static func list(_ value: JSONValue?) -> [String]? {
        value.flatMap { $0.string.map { [$0] } ?? $0.array?.compactMap(\.string) }
    }

    /// Why a value of `MODEL_FALLBACKS` cannot be used.
    @Sendable static func problem(_ value: JSONValue) -> String? {
        guard let table = value.object, table.allSatisfy({ $0.value.string != nil || $0.value.array?.allSatisfy { $0.string != nil } == true }) else {
            return "must be an object of lists of model ids, as in {\"gpt-large\": [\"gpt-small\", \"llama3.2:latest\"]}"
        }
        return nil
    }
}
