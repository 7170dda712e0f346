/// The relay's questions, answered from what the authenticator and the model directory remember.
package struct MemoryRelayGate: RelayGate {
    /// What accounts say beyond who somebody is.
    package struct Limits: Sendable {
        /// Whether the caller may use the path, and nothing has to be said in the answer about limits.
        package var admits: @Sendable (Principal, _ path: String) -> Bool
        /// Counts a request; `false` when a limit is used up.
        package var begin: @Sendable (Principal) -> Bool
        package var ended: @Sendable (Principal, _ tokens: Int) -> Void

        package init(
            admits: @escaping @Sendable (Principal, _ path: String) -> Bool, begin: @escaping @Sendable (Principal) -> Bool = { _ in true },
            ended: @escaping @Sendable (Principal, _ tokens: Int) -> Void = { _, _ in }
        ) {
            self.admits = admits
            self.begin = begin
            self.ended = ended
        }
    }

    private let authenticator: any Authenticator
    private let directory: any ModelDirectory
    private let limits: Limits
    private let isOpen: @Sendable () -> Bool
    private let fallbacks: ModelFallbacks
    private let health: UpstreamHealth
    private let budget: RetryBudget

    /// - Parameters:
    ///   - isOpen: `false` while something looks at every chat, as a global filter does.
    ///   - fallbacks: who else may answer when a model's upstream fails.
    ///   - health: the same that the long way knows.
    package init(
        authenticator: any Authenticator, directory: any ModelDirectory, limits: Limits, isOpen: @escaping @Sendable () -> Bool = { true },
        fallbacks: ModelFallbacks, health: UpstreamHealth, budget: RetryBudget
    ) {
        self.authenticator = authenticator
        self.directory = directory
        self.limits = limits
        self.isOpen = isOpen
        self.fallbacks = fallbacks
        self.health = health
        self.budget = budget
    }

    package func admit(token: String, path: String) -> Principal? {
        guard isOpen(), let principal = authenticator.remembered(token), RouteAccess.user.admits(principal), limits.admits(principal, path) else {
            return nil
        }
        return principal
    }

    package func target(model: String, for principal: Principal) -> RelayTarget? {
        guard let resolved = directory.remembered(model, for: principal), case .openAI(let first, let firstID) = resolved.base.route,
            Self.isPlain(resolved.entry.workspace), Self.isPlain(resolved.base.workspace)
        else { return nil }
        var target = RelayTarget(connection: first, upstreamID: firstID, modelID: model, hasFallback: fallbacks.exist(for: resolved))
        if !health.isAvailable(first) {
            guard let (other, otherID) = available(resolved.base.alternates) else { return nil }
            target.connection = other
            target.upstreamID = otherID
            target.passedOver = [UpstreamAttempt(first.label, "circuit open")]
        }
        target.firstByteSeconds = target.connection.firstByteSeconds
        target.connectSeconds = target.connection.connectSeconds
        target.idleSeconds = target.connection.idleSeconds
        return target
    }

    /// The next upstream that serves the model, when it is one that the relay can speak to and known to be well.
    private func available(_ routes: [ModelRoute]) -> (Connection, String)? {
        for route in routes {
            guard case .openAI(let connection, let upstreamID) = route else { return nil }
            if health.isAvailable(connection) { return (connection, upstreamID) }
        }
        return nil
    }

    package func mayRetry() -> Bool { budget.spend() }

    package func sent(_ target: RelayTarget) {
        budget.noteRequest()
        health.began(target.connection)
    }

    package func answered(_ target: RelayTarget) { health.succeeded(target.connection) }

    package func failed(_ target: RelayTarget, retryAfter: Int?) {
        health.failed(target.connection, retryAfter: retryAfter.map { .seconds(min($0, 86_400)) })
    }

    package func begin(_ principal: Principal) -> Bool { limits.begin(principal) }

    package func ended(_ principal: Principal, tokens: Int) { limits.ended(principal, tokens) }

    /// Whether a stored row changes nothing but the model's name: no parameters, no prompt, nothing attached, no capability that the
    /// server acts on.
    private static func isPlain(_ row: WorkspaceModel?) -> Bool {
        guard let row else { return true }
        guard row.params.allSatisfy({ $0.value.isNull }) else { return false }
        return row.meta.allSatisfy { key, value in inertMeta.contains(key) || isEmpty(value) }
    }

    /// What only describes a model.
    private static let inertMeta: Set<String> = [
        "profile_image_url", "background_image_url", "description", "i18n", "tags", "suggestion_prompts", "hidden", "position",
    ]

    private static func isEmpty(_ value: JSONValue) -> Bool {
        switch value {
        case .null, .bool(false): true
        case .array(let items): items.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}
