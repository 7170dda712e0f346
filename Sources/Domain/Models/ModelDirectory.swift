/// Every model in one list, held in memory and refreshed in the background.
package protocol ModelDirectory: Sendable {
    /// The models that the principal may see, in order. Never waits for an upstream whose models are already known.
    /// - Parameter refresh: asks the upstreams again first.
    func list(for principal: Principal, refresh: Bool) async throws -> [ModelEntry]

    /// The model for use. A name without a tag means `:latest` for Ollama models.
    /// - Throws: `AppError.modelNotFound` when it is unknown, inactive, not granted (the workspace model or its base), or its base is gone.
    func resolve(_ id: String, for principal: Principal) async throws -> ResolvedModel

    /// The same from memory alone, for the request path; `nil` means "ask `resolve`".
    func remembered(_ id: String, for principal: Principal) -> ResolvedModel?
}

/// Stored model rows. Their grants are the `AccessGrantStore`'s; whoever deletes a row deletes them, too (`ModelLibrary`).
package protocol WorkspaceModelStore: Sendable {
    /// The oldest first.
    func all() async throws -> [WorkspaceModel]
    func find(_ id: String) async throws -> WorkspaceModel?
    /// - Throws: `AppError(.conflict)` when the id is taken.
    func insert(_ model: WorkspaceModel) async throws
    /// - Throws: `AppError(.notFound)` when it is gone.
    func update(_ model: WorkspaceModel) async throws
    /// Whether there was one.
    func delete(_ id: String) async throws -> Bool
}
