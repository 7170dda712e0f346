import Domain
import Testing

struct PermissionsTests {
    @Test(arguments: [
        ("features.api_keys", false), ("chat.file_upload", true), ("chat", false), ("chat.", false), (".", false), ("", false), ("no.such", false),
        ("chat.temporary_enforced", false),
    ])
    func `only what is switched on is allowed`(path: String, isAllowed: Bool) {
        #expect(Permissions.standard[path] == isAllowed)
    }

    @Test func `an overlay changes leaves and keeps the others`() {
        let changed = Permissions.standard.overlaid(with: ["features": ["api_keys": true, "new": true], "chat": ["delete": false], "bad": 1])
        #expect(changed["features.api_keys"])
        #expect(changed["features.new"])
        #expect(!changed["chat.delete"])
        #expect(changed["chat.edit"])
        #expect(changed.tree["bad"] == nil)
    }

    @Test func `groups only add`() {
        let united = Permissions.standard.united(with: ["features": ["api_keys": true], "chat": ["delete": false]])
        #expect(united["features.api_keys"])
        #expect(united["chat.delete"])
    }

    @Test func `administrators may everything and pending accounts nothing`() {
        func principal(_ role: Role) -> Principal { Principal(userID: "u", name: "", email: "", role: role) }
        #expect(principal(.admin).may("features.api_keys"))
        #expect(!principal(.user).may("features.api_keys"))
        #expect(principal(.user).may("chat.edit"))
        #expect(!principal(.pending).may("chat.edit"))
    }

    @Test(arguments: [
        ("a@b.co", true), ("a@localhost", true), ("first.last+tag@sub.example.com", true), ("김@예.kr", true), ("bad", false), ("@b.co", false),
        ("a@", false), ("a@b", false), ("a@b@c.de", false), ("a b@c.de", false), ("a@b..de", false), ("a@b.de\n", false),
        (String(repeating: "x", count: 300) + "@b.de", false),
    ])
    func `e-mail addresses`(text: String, isEmail: Bool) {
        #expect(UserRule.isEmail(text) == isEmail)
    }

    @Test(arguments: [
        ("/user.png", true), ("https://example.com/a.png", true), ("data:image/png;base64,iVBORw0", true),
        ("data:image/svg+xml;base64,PHN2Zz4", false),
        ("data:text/html;base64,PHN2Zz4", false), ("javascript:alert(1)", false), ("//evil.example/x", false), ("/etc/passwd", false),
        ("/static/../x", false), ("https://a/\"onerror=", false), ("", false), ("ftp://a/b", false), ("DATA:IMAGE/PNG;BASE64,iVBORw0", true),
    ])
    func `pictures`(text: String, isImage: Bool) {
        #expect(UserRule.isImageURL(text) == isImage)
    }
}
