import Domain
import HTTPTypes
import Hummingbird

/// Reads what calls a request asks for, and makes sure that they are the caller's to see.
struct UsageQueryReader {
    private let request: Request
    private var numbers: QueryReader
    private var issues: [ValidationIssue] = []

    init(_ request: Request) {
        self.request = request
        numbers = QueryReader(request)
    }

    mutating func int(_ key: String, default defaultValue: Int, in range: ClosedRange<Int>) -> Int {
        numbers.int(key, default: defaultValue, in: range)
    }

    /// - Throws: 422 with everything that is wrong, 403 for what is somebody else's.
    mutating func query(for principal: Principal) throws -> UsageQuery {
        let today = CalendarDay.number(.now())
        let to = day("to") ?? today
        let from = day("from") ?? CalendarDay.firstOfMonth(dayNumber: min(to, today))
        if from > to { report("value_error", "from", "`from` must not be later than `to`.") }
        if to - from > 3660 { report("value_error", "from", "At most ten years can be asked for at once.") }
        let groups = self.groups()
        let scope = text("scope") ?? (principal.actsAsAdmin ? "all" : "own")
        if scope != "own", scope != "all" { report("enum", "scope", "Input should be 'own' or 'all'") }
        try numbers.check()
        if !issues.isEmpty { throw AppError.validation(issues) }
        var query = UsageQuery(
            days: from...to, groups: groups, userID: text("user_id"), keyID: text("key_id"), modelID: text("model"), upstream: text("upstream"))
        if scope == "all" {
            guard principal.actsAsAdmin else { throw AppError(.forbidden, "Only administrators see everybody's usage.") }
            return query
        }
        guard query.userID == nil || query.userID == principal.userID else {
            throw AppError(.forbidden, "Only administrators see the usage of others.")
        }
        query.userID = principal.userID
        return query
    }

    private mutating func groups() -> [UsageQuery.Group] {
        var groups: [UsageQuery.Group] = []
        for name in ["group", "group_by"] {
            for text in request.uri.queryParameters[values: Substring(name)] {
                for word in text.split(separator: ",") {
                    guard let group = UsageQuery.Group(rawValue: String(word).trimmed) else {
                        let known = UsageQuery.Group.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
                        issues.append(
                            ValidationIssue(
                                type: "enum", location: ["query", name], message: "Input should be \(known)", input: .string(String(word))))
                        continue
                    }
                    if !groups.contains(group) { groups.append(group) }
                }
            }
        }
        return groups
    }

    private mutating func day(_ key: String) -> Int? {
        guard let text = text(key) else { return nil }
        if let day = CalendarDay.number(text: text) { return day }
        if let seconds = Int(text), (0...253_402_300_799).contains(seconds) { return CalendarDay.number(seconds) }
        report("date_parsing", key, "Input should be a day as 2026-11-01, or seconds since 1970")
        return nil
    }

    private func text(_ key: String) -> String? { numbers.optionalString(key).flatMap { $0.isEmpty ? nil : $0 } }

    private mutating func report(_ type: String, _ key: String, _ message: String) {
        issues.append(ValidationIssue(type: type, location: ["query", key], message: message, input: .optional(text(key))))
    }
}
