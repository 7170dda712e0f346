/// Lets a chat take the short way: bytes from the client to the upstream and back, on one event loop.
///
/// Both questions are answered from memory, at once and without waiting. `nil` never refuses anybody: it sends the request the
/// long way, where everything is looked up and errors are explained.
package protocol RelayGate: Sendable {
    /// The caller, when memory knows the token, the account may use the path, and nothing about the caller (budgets, limits)
    /// has to be counted elsewhere.
    /// - Parameter path: one of the chat completion routes, `/api/chat/completions`.
    func admit(token: String, path: String) -> Principal?

    /// Where a chat for the model goes, when an OpenAI-compatible upstream serves it and nothing is added to the request.
    func target(model: String, for principal: Principal) -> RelayTarget?

    /// Counts a chat that is about to be relayed. `false` when the caller has used up a limit: the long way says which.
    func begin(_ principal: Principal) -> Bool

    /// Whether a chat that an upstream has not answered may be sent again.
    func mayRetry() -> Bool

    /// The chat is on its way to the target's upstream.
    func sent(_ target: RelayTarget)

    /// The upstream has begun to answer.
    func answered(_ target: RelayTarget)

    /// The upstream has failed before the first byte of its answer.
    func failed(_ target: RelayTarget, retryAfter: Int?)

    /// A relayed chat is over and has cost this many tokens.
    func ended(_ principal: Principal, tokens: Int)
}

/// Where a relayed chat goes.
package struct RelayTarget: Sendable {
    package var connection: Connection
    /// The id that the upstream knows the model by.
    package var upstreamID: String
    /// The id that usage is counted under: the one the client asked for.
    package var modelID: String
    /// Whether another upstream may be asked when this one fails. The long way does that.
    package var hasFallback: Bool
    /// Until the answer's first byte; `nil` for the configured default.
    package var firstByteSeconds: Int?
    /// The same for reaching the upstream, and for silence in the middle of its answer.
    package var connectSeconds: Int?
    package var idleSeconds: Int?
    /// Upstreams that would have been asked first, were they not known to be down.
    package var passedOver: [UpstreamAttempt] = []

    package init(connection: Connection, upstreamID: String, modelID: String, hasFallback: Bool = false, firstByteSeconds: Int? = nil) {
        self.connection = connection
        self.upstreamID = upstreamID
        self.modelID = modelID
        self.hasFallback = hasFallback
        self.firstByteSeconds = firstByteSeconds
    }
}

/// What the relay tells the long way of a chat that it hands on, in a header of the request. The name is this process's secret, so that
/// no client can say it.
package enum RelayNote {
    package static let headerName = "x-haneul-relay-" + makeID().filter { $0 != "-" }
}
