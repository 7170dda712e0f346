/// Days of the proleptic Gregorian calendar in UTC.
package enum CalendarDay {
    /// `2026-11-22`.
    package static func text(_ time: EpochSeconds) -> String { text(dayNumber: number(time)) }

    /// Days since 1970-01-01.
    package static func number(_ time: EpochSeconds) -> Int { time >= 0 ? time / 86400 : (time - 86399) / 86400 }

    package static func text(dayNumber: Int) -> String {
        let (year, month, day) = components(dayNumber)
        return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
    }

    /// Reads `2026-11-22`; `nil` for anything else, also for days that do not exist.
    package static func number(text: String) -> Int? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard text.utf8.count == 10, parts.count == 3, parts.allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 } }),
            let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]), year >= 1970, (1...12).contains(month)
        else { return nil }
        // Days from civil, after Howard Hinnant.
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = (shifted / 400, shifted % 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let number = era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
        return self.text(dayNumber: number) == text ? number : nil
    }

    /// The first day of the month that the day is in.
    package static func firstOfMonth(dayNumber: Int) -> Int { dayNumber - components(dayNumber).day + 1 }

    package static func secondsToNextMonth(_ time: EpochSeconds) -> Int {
        let month = components(number(time)).month
        var next = number(time) + 1
        while components(next).month == month { next += 1 }
        return next * 86400 - time
    }

    /// Days to civil date, after Howard Hinnant's `civil_from_days`.
    private static func components(_ number: Int) -> (year: Int, month: Int, day: Int) {
        let days = number + 719_468
        let era = (days >= 0 ? days : days - 146_096) / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shifted + 2) / 5 + 1)
    }
}
