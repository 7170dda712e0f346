import Domain
import Testing

struct AddressRangeTests {
    @Test(arguments: [
        ("10.0.0.0/8", "10.255.1.2", true), ("10.0.0.0/8", "11.0.0.1", false), ("192.168.1.7", "192.168.1.7", true),
        ("192.168.1.7", "192.168.1.8", false), ("192.168.1.0/25", "192.168.1.127", true), ("192.168.1.0/25", "192.168.1.128", false),
        ("0.0.0.0/0", "8.8.8.8", true), ("0.0.0.0/0", "::1", false), ("::/0", "2001:db8::1", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
        ("2001:db8::/32", "2001:db9::1", false), ("::1", "::1", true), ("fe80::/10", "fe80::1%eth0", true), ("10.0.0.0/8", "::ffff:10.1.2.3", true),
        ("10.0.0.0/8", "", false), ("10.0.0.0/8", "10.0.0", false), ("10.0.0.0/8", "10.0.0.256", false),
    ])
    func `an address is in a range or not`(range: String, address: String, isInside: Bool) throws {
        #expect(try #require(AddressRange(range)).contains(address) == isInside)
    }

    @Test(arguments: [
        "", "/", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0/8", "10.0.0.0.0", "::/129", "1::2::3", ":", ":::", "1:2:3:4:5:6:7", "g::1",
        "12345::", "example.com", "10.0.0.0/8/8", "1.2.3.04x",
    ])
    func `what is no range is refused`(text: String) {
        #expect(AddressRange(text) == nil)
    }
}
