/// The relay's questions, answered from what the authenticator and the model directory remember.
package struct MemoryRelayGate: RelayGate {
    /// What accounts say beyond who somebody is.
    package struct Limits: Sendable {
        /// Whether the caller may use the path.
        package var admits: @Sendable (Principal, _ path: String) -> Bool
        /// Counts a request; `nil` when a limit is used up.
        package var begin: @Sendable (Principal) -> RelayAdmission?
        package var withdraw: @Sendable (Principal) -> Void

        package init(
            admits: @escaping @Sendable (Principal, _ path: String) -> Bool,
            begin: @escaping @Sendable (Principal) -> RelayAdmission? = { _ in RelayAdmission() },
            withdraw: @escaping @Sendable (Principal) -> Void = { _ in }
        ) {
            self.admits = admits
            self.begin = begin
            self.withdraw = withdraw
        }
    }

    private let authenticator: any Authenticator
    private let directory: any ModelDirectory
    private let limits: Limits
    private let isOpen: @Sendable () -> Bool
    private let hasFallback: @Sendable (ResolvedModel) -> Bool
    private let isAvailable: @Sendable (Connection) -> Bool

    /// - Parameters:
    ///   - isOpen: `false` while something looks at every chat, as a global filter does.
    ///   - hasFallback: whether somebody else may answer when the model's upstream fails.
    ///   - isAvailable: `false` while the upstream is known to be down.
    package init(
        authenticator: any Authenticator, directory: any ModelDirectory, limits: Limits, isOpen: @escaping @Sendable () -> Bool = { true },
        hasFallback: @escaping @Sendable (ResolvedModel) -> Bool = { _ in false },
        isAvailable: @escaping @Sendable (Connection) -> Bool = { _ in true }
    ) {
        self.authenticator = authenticator
        self.directory = directory
        self.limits = limits
        self.isOpen = isOpen
        self.hasFallback = hasFallback
        self.isAvailable = isAvailable
    }

    package func admit(token: String, path: String) -> Principal? {
        guard isOpen(), let principal = authenticator.remembered(token), RouteAccess.user.admits(principal), limits.admits(principal, path) else {
            return nil
        }
        return principal
    }

    package func target(model: String, for principal: Principal) -> RelayTarget? {
        guard let resolved = directory.remembered(model, for: principal), case .openAI(let connection, let upstreamID) = resolved.base.route,
            Self.isPlain(resolved.entry.workspace), Self.isPlain(resolved.base.workspace), isAvailable(connection)
        else { return nil }
        return RelayTarget(
            connection: connection, upstreamID: upstreamID, modelID: model, hasFallback: hasFallback(resolved),
            firstByteSeconds: connection.config["timeout"]?.int)
    }

    package func begin(_ principal: Principal) -> RelayAdmission? { limits.begin(principal) }

    package func withdraw(_ principal: Principal) { limits.withdraw(principal) }

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
