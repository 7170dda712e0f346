#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A number format of a spreadsheet (ECMA-376 part 1, 18.8.31), as far as it decides what people read: decimals,
/// thousands, percent, texts around the number, dates and times. Colours, fractions and alignment are ignored.
struct NumberFormat: Hashable {
    /// Formats that have a number instead of a code. Dates that Excel shows as the country has them are shown as ISO.
    static let builtIn: [Int: String] = [
        1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 14: "yyyy-mm-dd", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy",
        18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 27: "yyyy-mm-dd", 28: "yyyy-mm-dd", 29: "yyyy-mm-dd",
        30: "yyyy-mm-dd", 31: "yyyy\"년\" m\"월\" d\"일\"", 36: "yyyy-mm-dd", 37: "#,##0", 38: "#,##0", 39: "#,##0.00", 40: "#,##0.00", 45: "mm:ss",
        46: "[h]:mm:ss", 47: "mm:ss", 49: "@", 50: "yyyy-mm-dd", 57: "yyyy-mm-dd",
    ]

    private enum Token: Hashable {
        case literal(String)
        /// A run of one letter of a date: `yyyy`, `m`; with `[h]` as `H`.
        case date(Character, Int)
        case meridiem
        /// The digits and the decimal point.
        case number
        case percent
    }

    private struct Section: Hashable {
        var tokens: [Token] = []
        var decimals = 0
        var requiredDecimals = 0
        var hasThousands = false
        var percents = 0
        var isDate = false
        var isGeneral = false
        var integerZeros = 0
    }

    private var sections: [Section]

    init(_ code: String) {
        sections = Self.split(code).prefix(3).map(Self.parse)
        if sections.isEmpty { sections = [Section(isGeneral: true)] }
    }

    func text(_ value: Double, usesEpoch1904: Bool) -> String {
        let section: Section
        var value = value
        var sign = ""
        if value < 0, sections.count > 1 {
            section = sections[1]
            value = -value
        } else if value == 0, sections.count > 2 {
            section = sections[2]
        } else {
            section = sections[0]
            if value < 0, !section.isDate {
                sign = "-"
                value = -value
            }
        }
        if section.isGeneral { return sign + Self.general(value) }
        if section.isDate { return DateSerial(value, usesEpoch1904: usesEpoch1904).map { Self.date($0, section) } ?? Self.general(value) }
        guard section.tokens.contains(.number) else {
            let text = section.tokens.map { if case .literal(let text) = $0 { text } else { "" } }.joined()
            return text.isEmpty ? sign + Self.general(value) : text
        }
        let digits = Self.digits(value * Self.power(section.percents), section)
        return sign
            + section.tokens.map { token in
                switch token {
                case .literal(let text): text
                case .number: digits
                case .percent: "%"
                case .date, .meridiem: ""
                }
            }.joined()
    }

    /// As Excel shows a number without a format: 15 significant digits, no trailing zeros.
    static func general(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return printed("%.15g", value)
    }

    // MARK: Numbers

    private static func digits(_ value: Double, _ section: Section) -> String {
        var text = withVaList([Int32(section.decimals), value]) { printed("%.*f", $0) }
        if section.requiredDecimals < section.decimals, text.contains(".") {
            var removable = section.decimals - section.requiredDecimals
            while removable > 0, text.last == "0" {
                text.removeLast()
                removable -= 1
            }
            if text.last == "." { text.removeLast() }
        }
        var whole = text.prefix { $0 != "." }
        let fraction = text.dropFirst(whole.count)
        let padding = String(repeating: "0", count: max(0, section.integerZeros - whole.count))
        if section.integerZeros == 0, whole == "0", !fraction.isEmpty { whole = "" }
        return (section.hasThousands ? grouped(padding + whole) : padding + whole) + fraction
    }

    private static func grouped(_ digits: String) -> String {
        var result = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
            result.append(digit)
        }
        return result
    }

    private static func power(_ percents: Int) -> Double { (0..<percents).reduce(1) { power, _ in power * 100 } }

    private static func printed(_ format: String, _ value: Double) -> String { withVaList([value]) { printed(format, $0) } }

    private static func printed(_ format: String, _ arguments: CVaListPointer) -> String {
        var buffer = [CChar](repeating: 0, count: 400)
        let count = vsnprintf(&buffer, buffer.count, format, arguments)
        return String(decoding: buffer.prefix(max(0, min(Int(count), buffer.count - 1))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    // MARK: Dates

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
    ]
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let koreanDays = ["일", "월", "화", "수", "목", "금", "토"]

    private static func date(_ date: DateSerial, _ section: Section) -> String {
        let hasMeridiem = section.tokens.contains(.meridiem)
        return section.tokens.enumerated().map { index, token -> String in
            switch token {
            case .literal(let text): return text
            case .meridiem: return date.hour < 12 ? "AM" : "PM"
            case .number, .percent: return ""
            case .date(let letter, let count):
                switch letter {
                case "y": return count > 2 ? padded(date.year, 4) : padded(date.year % 100, 2)
                case "d":
                    if count > 3 { return days[date.weekday] }
                    return count == 3 ? String(days[date.weekday].prefix(3)) : padded(date.day, count)
                case "a": return count > 3 ? koreanDays[date.weekday] + "요일" : koreanDays[date.weekday]
                case "h": return padded(hasMeridiem ? (date.hour + 11) % 12 + 1 : date.hour, count)
                case "H": return padded(date.totalHours, count)
                case "s": return padded(date.second, count)
                case "m":
                    if isMinute(at: index, in: section.tokens) { return padded(date.minute, count) }
                    if count > 3 { return months[date.month - 1] }
                    return count == 3 ? String(months[date.month - 1].prefix(3)) : padded(date.month, count)
                default: return ""
                }
            }
        }.joined()
    }

    /// `m` means minutes behind hours and before seconds.
    private static func isMinute(at index: Int, in tokens: [Token]) -> Bool {
        func letter(_ tokens: some Sequence<Token>) -> Character? {
            for case .date(let letter, _) in tokens { return letter }
            return nil
        }
        let before = letter(tokens[..<index].reversed())
        return before == "h" || before == "H" || letter(tokens[(index + 1)...]) == "s"
    }

    private static func padded(_ value: Int, _ count: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, count - digits.count)) + digits
    }

    // MARK: The code

    /// At the semicolons that are not quoted.
    private static func split(_ code: String) -> [[Character]] {
        var parts: [[Character]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for character in code.prefix(255) {
            if character == "\"", !isEscaped { isQuoted.toggle() }
            if character == ";", !isQuoted, !isEscaped {
                parts.append([])
            } else {
                parts[parts.count - 1].append(character)
            }
            isEscaped = character == "\\" && !isEscaped
        }
        return parts
    }

    private static func parse(_ code: [Character]) -> Section {
        var section = Section()
        if String(code).lowercased() == "general" || String(code) == "@" { return Section(isGeneral: true) }
        section.isDate = isDate(code)
        var index = 0
        var isAfterPoint = false
        func literal(_ text: String) {
            if case .literal(let last)? = section.tokens.last {
                section.tokens[section.tokens.count - 1] = .literal(last + text)
            } else {
                section.tokens.append(.literal(text))
            }
        }
        while index < code.count {
            let character = code[index]
            index += 1
            switch character {
            case "\"":
                let end = code[index...].firstIndex(of: "\"") ?? code.count
                literal(String(code[index..<end]))
                index = end + 1
            case "\\":
                if index < code.count { literal(String(code[index])) }
                index += 1
            case "_", "*": index += 1
            case "[":
                let end = code[index...].firstIndex(of: "]") ?? code.count
                let inside = String(code[index..<end])
                index = end + 1
                // `[$₩-412]` is a currency sign with a country, `[h]` counts hours over a day; the rest are colours and conditions.
                if inside.hasPrefix("$") {
                    literal(String(inside.dropFirst().prefix { $0 != "-" }))
                } else if section.isDate, ["h", "hh", "H", "HH"].contains(inside) {
                    section.tokens.append(.date("H", inside.count))
                }
            case "0", "#",
                "?" where !section.isDate:
                if !section.tokens.contains(.number) { section.tokens.append(.number) }
                if isAfterPoint {
                    section.decimals = min(section.decimals + 1, 30)
                    if character == "0" { section.requiredDecimals = section.decimals }
                } else if character == "0" {
                    section.integerZeros += 1
                }
            case "." where !section.isDate: isAfterPoint = true
            case "," where !section.isDate: if !isAfterPoint, section.tokens.contains(.number) { section.hasThousands = true }
            case "%" where !section.isDate:
                section.percents += 1
                section.tokens.append(.percent)
            case _ where section.isDate && "ymdhsaYMDHSA".contains(character):
                let upper = String(code[(index - 1)...].prefix(5)).uppercased()
                if upper == "AM/PM" || upper.hasPrefix("A/P") {
                    section.tokens.append(.meridiem)
                    index += upper == "AM/PM" ? 4 : 2
                    break
                }
                let letter = Character(character.lowercased())
                var count = 1
                while index < code.count, code[index].lowercased() == String(letter) {
                    count += 1
                    index += 1
                }
                section.tokens.append(.date(letter, count))
            case "E", "e": return Section(isGeneral: true)
            default: literal(String(character))
            }
        }
        return section
    }

    private static func isDate(_ code: [Character]) -> Bool {
        var isQuoted = false
        var isBracketed = false
        var isEscaped = false
        for character in code {
            defer { isEscaped = character == "\\" && !isEscaped }
            if isEscaped { continue }
            if character == "\"" { isQuoted.toggle() }
            if isQuoted { continue }
            if character == "[" { isBracketed = true }
            if character == "]" { isBracketed = false }
            if isBracketed ? "hH".contains(character) : "ymdhsYMDHS".contains(character) { return true }
        }
        return false
    }
}

/// A day count of a spreadsheet as a date and a time.
struct DateSerial {
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int
    let totalHours: Int
    /// 0 is Sunday.
    let weekday: Int

    /// `nil` outside of the years 1900 to 9999.
    init?(_ value: Double, usesEpoch1904: Bool) {
        guard value >= 0, value < 2_958_466 else { return nil }
        let seconds = Int((value * 86_400).rounded())
        // Excel believes in 29 February 1900: before March 1900 its days are one further.
        var days = seconds / 86_400 + (usesEpoch1904 ? 1_462 : 0)
        if days < 60, !usesEpoch1904 { days += 1 }
        hour = seconds % 86_400 / 3_600
        minute = seconds % 3_600 / 60
        second = seconds % 60
        totalHours = seconds / 3_600
        // Days since 1 March of the year 0, after Howard Hinnant's `civil_from_days`.
        let shifted = days - 25_569 + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        weekday = (days - 25_569 + 4 + 7 * 10_000) % 7
    }
}
