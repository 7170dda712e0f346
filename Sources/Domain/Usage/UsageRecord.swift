/// What accounting learns of one call of a model.
package struct UsageRecord: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        case chat, completion, response, message, embedding
        /// Any other path of an upstream.
        case other
    }

    /// Why a call did not go well; `nil` on the record when it did.
    package enum Failure: String, Sendable, Hashable, CaseIterable {
        /// The upstream answered with an error status, which is the record's.
        case refused
        /// It could not be reached, broke off, or answered with something that is no answer.
        case upstream
        case timeout
        /// The client left before the end.
        case client
        /// Ours.
        case server
    }

    package var startedAt: EpochSeconds
    /// Empty for what the server does on nobody's account.
    package var userID: String
    package var keyID: String?
    /// The id the client asked for.
    package var modelID: String
    /// The id the upstream knows it by: prices may stand under either. Empty when it is the same.
    package var upstreamModelID: String
    /// `openai:0`, `ollama:1`, `built-in`, `function:<id>`.
    package var upstream: String
    package var kind: Kind
    package var isStream: Bool
    package var tokens: TokenCounts
    /// The upstream reported nothing; `tokens` is a guess.
    package var isEstimated: Bool
    /// In `Money` units; filled in by the ledger.
    package var cost: Int
    package var milliseconds: Int
    /// Until the first byte of the answer; `nil` when there was none.
    package var firstByteMilliseconds: Int?
    /// What the client got: an HTTP status, 499 when it left first.
    package var status: Int
    package var failure: Failure?
    package var requestID: String
    /// The route, where the relay answered and no handler counted the request; empty otherwise.
    package var relayedRoute: String

    package init(
        startedAt: EpochSeconds, userID: String, keyID: String?, modelID: String, upstreamModelID: String = "", upstream: String, kind: Kind = .chat,
        isStream: Bool = false, tokens: TokenCounts = TokenCounts(), isEstimated: Bool = false, cost: Int = 0, milliseconds: Int = 0,
        firstByteMilliseconds: Int? = nil, status: Int = 200, failure: Failure? = nil, requestID: String = "", relayedRoute: String = ""
    ) {
        self.startedAt = startedAt
        self.userID = userID
        self.keyID = keyID
        self.modelID = modelID
        self.upstreamModelID = upstreamModelID
        self.upstream = upstream
        self.kind = kind
        self.isStream = isStream
        self.tokens = tokens
        self.isEstimated = isEstimated
        self.cost = cost
        self.milliseconds = milliseconds
        self.firstByteMilliseconds = firstByteMilliseconds
        self.status = status
        self.failure = failure
        self.requestID = requestID
        self.relayedRoute = relayedRoute
    }

    /// The day (UTC) that the call counts for: the one it ended on, as days since 1970.
    package var dayNumber: Int { CalendarDay.number(startedAt + milliseconds / 1000) }
}

/// Every call of a model ends here.
package protocol UsageRecorder: Sendable {
    /// Counts the call and puts it into a queue in memory. Returns at once, never fails, and is called once a call.
    func record(_ record: UsageRecord)
}
