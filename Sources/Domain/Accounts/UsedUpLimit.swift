/// A limit that refused a request.
package struct UsedUpLimit: Sendable, Hashable {
    package enum Kind: String, Sendable, Hashable { case requests, tokens, cost }
    package enum Period: String, Sendable, Hashable { case minute, day, month }

    package var kind: Kind
    package var period: Period
    /// Requests, tokens, or money in `Money` units.
    package var limit: Int
    package var used: Int

    package init(_ kind: Kind, _ period: Period, limit: Int, used: Int) {
        self.kind = kind
        self.period = period
        self.limit = limit
        self.used = used
    }

    /// A limit of the rate passes by itself within a minute; a budget is a matter of who pays.
    package var isBudget: Bool { period != .minute }
}
