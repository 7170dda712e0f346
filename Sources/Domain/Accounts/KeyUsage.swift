/// What a key used on one day (UTC).
package struct KeyUsage: Sendable, Hashable {
    package var keyID: String
    /// `2026-11-22`.
    package var day: String
    /// Of any route.
    package var requests: Int
    package var tokens: Int
    /// In `Money` units.
    package var cost: Int

    package init(keyID: String, day: String, requests: Int = 0, tokens: Int = 0, cost: Int = 0) {
        self.keyID = keyID
        self.day = day
        self.requests = requests
        self.tokens = tokens
        self.cost = cost
    }
}

package protocol KeyUsageStore: Sendable {
    /// Adds to the requests that are kept. Keys that are gone are left out. Tokens and cost come from the records of calls.
    func add(_ usage: [KeyUsage]) async throws
    /// By day, the oldest first, with the tokens and the cost of the calls that are written down.
    /// - Parameter from: the first day that counts.
    func usage(keyID: String, from: String) async throws -> [KeyUsage]
    /// What every key and every account has spent since a day, to begin with after a start.
    func spending(from day: String) async throws -> [Spending]
}

/// The sum of one day (UTC), of a key or of an account.
package struct Spending: Sendable, Hashable {
    package enum Subject: Sendable, Hashable {
        case key(String)
        case user(String)
    }

    package var subject: Subject
    package var dayNumber: Int
    package var tokens: Int
    package var cost: Int

    package init(_ subject: Subject, dayNumber: Int, tokens: Int, cost: Int) {
        self.subject = subject
        self.dayNumber = dayNumber
        self.tokens = tokens
        self.cost = cost
    }
}
