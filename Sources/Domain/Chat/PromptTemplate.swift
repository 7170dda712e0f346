import FoundationEssentials

/// Fills the variables of a system prompt: `{{USER_NAME}}`, `{{CURRENT_DATE}}` and the like. Each is replaced once: a value that looks
/// like a variable stays as it is. Unknown variables stay, too.
package struct PromptTemplate: Sendable {
    /// A point in time as a person would write it, in the server's time zone.
    package struct Moment: Sendable {
        package var date: String
        package var time: String
        package var weekday: String
        package var timeZone: String

        package init(date: String, time: String, weekday: String, timeZone: String) {
            self.date = date
            self.time = time
            self.weekday = weekday
            self.timeZone = timeZone
        }

        package static func now() -> Moment {
            let calendar = Calendar(identifier: .gregorian)
            let parts = calendar.dateComponents([.year, .month, .day, .hour, .minute, .second, .weekday], from: Date())
            func two(_ number: Int?) -> String { (number ?? 0) < 10 ? "0\(number ?? 0)" : "\(number ?? 0)" }
            let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
            return Moment(
                date: "\(parts.year ?? 0)-\(two(parts.month))-\(two(parts.day))",
                time: "\(two(parts.hour)):\(two(parts.minute)):\(two(parts.second))",
                weekday: weekdays[((parts.weekday ?? 1) - 1) % 7], timeZone: TimeZone.current.identifier)
        }
    }

    private let values: [String: String]

    /// - Parameter variables: the request's `variables`, keys with or without braces. They cannot say who the user is.
    package init(principal: Principal, variables: JSONObject, moment: Moment) {
        var values = [
            "CURRENT_DATE": moment.date, "CURRENT_TIME": moment.time, "CURRENT_DATETIME": "\(moment.date) \(moment.time)",
            "CURRENT_WEEKDAY": moment.weekday, "CURRENT_TIMEZONE": moment.timeZone, "USER_LOCATION": "Unknown", "USER_LANGUAGE": "Unknown",
        ]
        for (key, value) in variables {
            guard let text = value.string ?? value.number?.text else { continue }
            let name = key.hasPrefix("{{") && key.hasSuffix("}}") ? String(key.dropFirst(2).dropLast(2)).trimmed : key
            values[name] = text
        }
        values["USER_NAME"] = principal.name
        values["USER_EMAIL"] = principal.email
        values["USER_ID"] = principal.userID
        values["USER_ROLE"] = principal.role.rawValue
        self.values = values
    }

    /// `nil` for a variable it does not know.
    func value(of name: String) -> String? { values[name] }

    package func filled(_ text: String) -> String {
        var result = ""
        var rest = Substring(text)
        while let open = rest.firstRange(of: "{{") {
            result += rest[..<open.lowerBound]
            guard let close = rest[open.upperBound...].firstRange(of: "}}") else {
                rest = rest[open.lowerBound...]
                break
            }
            let name = String(rest[open.upperBound..<close.lowerBound]).trimmed
            result += values[name] ?? String(rest[open.lowerBound..<close.upperBound])
            rest = rest[close.upperBound...]
        }
        return result + rest
    }
}
