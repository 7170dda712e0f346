import Domain
import Testing

struct PercentEncodingTests {
    @Test(arguments: [
        ("a%20b", "a b"), ("%EB%B3%B4", "보"), ("%eb%b3%b4.txt", "보.txt"), ("", ""), ("100%", "100%"), ("%+f", "%+f"), ("%4", "%4"),
        ("%zz%41", "%zzA"), ("%FF", "\u{FFFD}"), ("a+b", "a+b"),
    ])
    func `what is no code stays as it is written`(_ encoded: String, _ decoded: String) {
        #expect(encoded.percentDecoded == decoded)
    }

    @Test(
        arguments: [("a%20b", "a b"), ("%EB%B3%B4", "보"), ("", ""), ("100%", nil), ("%+f", nil), ("%zz", nil), ("%FF", nil)] as [(String, String?)])
    func `the strict form takes codes of valid text only`(_ encoded: String, _ decoded: String?) {
        #expect(encoded.strictlyPercentDecoded == decoded)
    }
}
