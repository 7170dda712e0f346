/// What accounts may spend: `{"*": {"cost_per_day": 5, "cost_per_month": 50}, "<user id or e-mail>": {...}, "group:<id>": {...}}`.
///
/// An account's own entry counts, else the most generous one of its groups, else `*`. An empty entry is no limit.
package struct UserBudgets: Sendable, Hashable {
    /// In `Money` units; `nil` is no limit.
    package struct Budget: Sendable, Hashable {
        package var day: Int?
        package var month: Int?

        package init(day: Int? = nil, month: Int? = nil) {
            self.day = day
            self.month = month
        }
    }

    private var entries: [String: Budget] = [:]

    package init() {}

    package init(_ json: JSONValue) {
        for (who, value) in json.object ?? [:] {
            guard let object = value.object else { continue }
            func amount(_ key: String) -> Int? { object[key]?.double.map(Money.amount) }
            entries[who.contains("@") ? who.lowercased() : who] = Budget(day: amount("cost_per_day"), month: amount("cost_per_month"))
        }
    }

    package func budget(of principal: Principal) -> Budget? {
        if entries.isEmpty { return nil }
        if let own = entries[principal.userID] ?? entries[principal.email.lowercased()] { return own }
        let groups = principal.groupIDs.compactMap { entries["group:" + $0] }
        guard var best = groups.first else { return entries["*"] }
        for other in groups.dropFirst() {
            best.day = best.day.flatMap { mine in other.day.map { max(mine, $0) } }
            best.month = best.month.flatMap { mine in other.month.map { max(mine, $0) } }
        }
        return best
    }

    package static func problem(_ json: JSONValue) -> String? {
        guard let object = json.object else { return "must be an object of accounts" }
        for (who, value) in object {
            guard let budget = value.object else { return "has no budget for \(who)" }
            for (key, amount) in budget {
                guard key == "cost_per_day" || key == "cost_per_month" else { return "has an unknown limit for \(who): \(key)" }
                guard amount.isNull || amount.double.map({ $0 >= 0 && $0 <= 1e8 }) == true else { return "has no amount for \(who): \(key)" }
            }
        }
        return nil
    }
}
