import Domain
import Testing

@testable import HTTPAPI

struct ClientAddressTests {
    @Test(arguments: [
        ([String](), "10.0.0.1"), (["203.0.113.5"], "203.0.113.5"), (["1.1.1.1", "203.0.113.5"], "203.0.113.5"),
        (["203.0.113.5", "10.0.0.9"], "203.0.113.5"), (["10.0.0.7", "10.0.0.9"], "10.0.0.7"), (["nonsense"], "10.0.0.1"),
        (["203.0.113.5", "nonsense"], "10.0.0.1"), (["0.0.0.0/0"], "10.0.0.1"), (["2001:db8::5"], "2001:db8::5"),
    ])
    func `only what trusted proxies wrote is believed`(hops: [String], client: String) {
        #expect(ClientAddressMiddleware.client(peer: "10.0.0.1", hops: hops) { $0.hasPrefix("10.") } == client)
    }
}

struct KeyGateTests {
    @Test(arguments: [
        (["/api/models"], "/api/models", true), (["/api/models"], "/api/models/base", true), (["/api/models"], "/api/modelsx", false),
        (["/api/"], "/api/models", true), ([], "/api/models", false), (["/"], "/api/models", true), (["/api"], "/API/models", false),
    ])
    func `paths`(prefixes: [String], path: String, isAllowed: Bool) {
        #expect(allows(KeyRestrictions(pathPrefixes: prefixes), path: path) == isAllowed)
    }

    @Test func `scopes and addresses`() {
        let limits = KeyRestrictions(scopes: [.chat], addressRanges: [AddressRange("10.0.0.0/8")!])
        #expect(allows(limits, scope: .chat, address: "10.1.1.1"))
        #expect(!allows(limits, scope: .files, address: "10.1.1.1"))
        #expect(!allows(limits, scope: .chat, address: "11.1.1.1"))
        #expect(!allows(limits, scope: .chat, address: ""))
        #expect(allows(KeyRestrictions(), scope: .admin, address: ""))
    }

    private func allows(_ limits: KeyRestrictions, path: String = "/x", scope: KeyRestrictions.Scope = .chat, address: String = "") -> Bool {
        (try? KeyGate.check(limits, path: path, scope: scope, address: address)) != nil
    }

    @Test(arguments: [
        (RouteAccess.open, [Role.pending, .user, .admin]), (.session, [.pending, .user, .admin]), (.user, [.user, .admin]), (.admin, [.admin]),
    ])
    func `who a route admits`(access: RouteAccess, roles: [Role]) {
        for role in Role.allCases {
            #expect(access.admits(Principal(userID: "u", name: "", email: "", role: role)) == roles.contains(role))
        }
    }
}
