/// Amounts of money are whole numbers of a billionth of the currency's unit, so that sums stay exact.
package enum Money {
    package static let unit = 1_000_000_000

    package static func amount(_ units: Double) -> Int {
        guard units.isFinite, abs(units) < 9e8 else { return 0 }
        return Int((units * Double(unit)).rounded())
    }

    package static func units(_ amount: Int) -> Double { Double(amount) / Double(unit) }

    /// As a JSON number with up to nine decimals and no noise of binary fractions.
    package static func json(_ amount: Int) -> JSONValue {
        let (whole, fraction) = abs(amount).quotientAndRemainder(dividingBy: unit)
        var digits = String(fraction)
        digits = String(repeating: "0", count: 9 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return .number(JSONNumber(validated: (amount < 0 ? "-" : "") + "\(whole)" + (digits.isEmpty ? "" : "." + digits)))
    }
}
