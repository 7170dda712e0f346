/// Keeps calls, and their sums by day, which stay quick to ask however many calls there were.
package protocol UsageStore: Sendable {
    /// Writes the records and adds the sums to those of their days, in one transaction.
    func write(_ records: [UsageRecord], _ sums: [UsageSum]) async throws
    /// Sums of the days, the latest day first, then the most expensive in tokens.
    /// - Returns: at most `limit` rows, whether there were more, and the sum of all.
    func report(_ query: UsageQuery, limit: Int) async throws -> UsageReport
    /// Single calls, the newest first.
    func calls(_ query: UsageQuery, _ page: PageRequest) async throws -> Page<UsageRecord>
    /// Deletes calls that began before a time, some at once. Sums stay.
    /// - Returns: how many went.
    func purge(before: EpochSeconds) async throws -> Int
}

/// What `UsageSum`s are kept by.
package struct UsageSlot: Sendable, Hashable {
    package var day: Int
    package var userID: String
    /// Empty for people.
    package var keyID: String
    package var modelID: String
    package var upstream: String

    package init(day: Int, userID: String, keyID: String, modelID: String, upstream: String) {
        self.day = day
        self.userID = userID
        self.keyID = keyID
        self.modelID = modelID
        self.upstream = upstream
    }

    package init(of record: UsageRecord) {
        self.init(
            day: record.dayNumber, userID: record.userID, keyID: record.keyID ?? "", modelID: record.modelID, upstream: record.upstream)
    }
}

/// The calls of one slot together.
package struct UsageSum: Sendable, Hashable {
    package var slot: UsageSlot
    package var figures: UsageFigures

    package init(_ slot: UsageSlot, _ figures: UsageFigures) {
        self.slot = slot
        self.figures = figures
    }
}

package struct UsageFigures: Sendable, Hashable {
    package var calls = 0
    package var errors = 0
    package var streams = 0
    /// Calls whose tokens are guesses.
    package var estimated = 0
    package var tokens = TokenCounts()
    /// In `Money` units.
    package var cost = 0
    package var milliseconds = 0
    /// Of the calls that had a first byte.
    package var firstByteMilliseconds = 0
    package var answered = 0

    package init() {}

    package mutating func add(_ record: UsageRecord) {
        calls += 1
        if record.failure != nil { errors += 1 }
        if record.isStream { streams += 1 }
        if record.isEstimated { estimated += 1 }
        add(record.tokens)
        cost += record.cost
        milliseconds += record.milliseconds
        if let first = record.firstByteMilliseconds {
            firstByteMilliseconds += first
            answered += 1
        }
    }

    package mutating func add(_ other: UsageFigures) {
        calls += other.calls
        errors += other.errors
        streams += other.streams
        estimated += other.estimated
        add(other.tokens)
        cost += other.cost
        milliseconds += other.milliseconds
        firstByteMilliseconds += other.firstByteMilliseconds
        answered += other.answered
    }

    private mutating func add(_ more: TokenCounts) {
        tokens.input += more.input
        tokens.output += more.output
        tokens.cached += more.cached
        tokens.reasoning += more.reasoning
    }
}

/// Which calls to look at; `nil` is all.
package struct UsageQuery: Sendable, Hashable {
    package enum Group: String, Sendable, Hashable, CaseIterable { case day, model, user, key, upstream }

    /// Days since 1970, both included.
    package var days: ClosedRange<Int>
    package var groups: [Group]
    package var userID: String?
    package var keyID: String?
    package var modelID: String?
    package var upstream: String?

    package init(
        days: ClosedRange<Int>, groups: [Group] = [], userID: String? = nil, keyID: String? = nil, modelID: String? = nil, upstream: String? = nil
    ) {
        self.days = days
        self.groups = groups
        self.userID = userID
        self.keyID = keyID
        self.modelID = modelID
        self.upstream = upstream
    }
}

package struct UsageReport: Sendable {
    package struct Row: Sendable {
        /// By group; days as text.
        package var names: [UsageQuery.Group: String]
        package var figures: UsageFigures

        package init(names: [UsageQuery.Group: String], figures: UsageFigures) {
            self.names = names
            self.figures = figures
        }
    }

    package var rows: [Row]
    package var isCut: Bool
    package var total: UsageFigures

    package init(rows: [Row], isCut: Bool, total: UsageFigures) {
        self.rows = rows
        self.isCut = isCut
        self.total = total
    }
}
