import Testing

@testable import Providers

struct PinnedPageFetcherTests {
    @Test(arguments: [
        "http://127.0.0.1/", "http://[::1]:9090/", "http://169.254.169.254/latest", "http://10.0.0.1/", "http://2130706433/", "http://0x7f.1/",
        "http://0/", "http://localhost:1/", "http://[::ffff:127.0.0.1]/", "http://nohost.invalid/x",
    ])
    func `addresses that are not public are not fetched`(_ url: String) async {
        await #expect(throws: PinnedPageFetcher.Refusal.self) { try await PinnedPageFetcher { false }.fetch(url) }
    }

    @Test(arguments: [
        "not a url", "", "ftp://example.com/x", "file:///etc/passwd", "http://user@example.com/", "http://user:pw@example.com/", "http://",
        "http://exa mple.com/", "http://example.com\\@127.0.0.1/", "http://127.0.0.1#@example.com/\\", "http://ex%61mple.com/", "//example.com/",
    ])
    func `addresses that can be read in two ways are refused`(_ url: String) {
        #expect(throws: PinnedPageFetcher.Refusal.self) {
            let address = try PageAddress(url)
            // What remains is unambiguous and goes on to the check of the address.
            _ = try PinnedPageFetcher.address(of: address.host, isAnyAllowed: false)
        }
    }

    @Test func `a redirect is read as strictly as the first address`() throws {
        let address = try PageAddress("https://example.com/a/b?c=d")
        #expect(try address.following("../x").text == "https://example.com/x")
        #expect(try address.following("http://127.0.0.1/").host == "127.0.0.1")
        #expect(throws: PinnedPageFetcher.Refusal.self) { try address.following("file:///etc/passwd") }
        #expect(throws: PinnedPageFetcher.Refusal.self) { try address.following("http://a@b/") }
    }
}
