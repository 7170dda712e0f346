import Domain
import HTTPTypes
import Testing

/// Requests that another site makes a browser send.
struct CrossSiteTests {
    private static let origin = HTTPField.Name("origin")!
    private static let site = HTTPField.Name("sec-fetch-site")!

    /// Posts with the cookie (or a key in a header beside it), and reads.
    private static func check(
        _ headers: [(HTTPField.Name, String)], _ expected: Int, _ environment: [String: String] = [:], bearer: Bool = false
    ) async throws {
        try await ServerFixture.with(environment) { server in
            let admin = try await server.administrator()
            var fields = HTTPFields()
            fields[.cookie] = "other=1; token=\(admin.token)"
            for (name, value) in headers { fields[name] = value }
            let answer = try await server.call(
                .post, "/api/v1/folders/", token: bearer ? admin.token : nil, ["name": "F"], headers: fields)
            #expect(answer.status == expected)
            let count = try await server.call(.get, "/api/v1/folders/", headers: fields).body.array?.count
            #expect(count == (expected == 200 ? 1 : 0), "reading goes on, and nothing was done that was refused")
        }
    }

    @Test(
        arguments: [
            ([], 200), ([(site, "same-origin")], 200), ([(site, "none")], 200), ([(site, "cross-site")], 403), ([(site, "same-site")], 403),
            ([(origin, "https://evil.example")], 403), ([(origin, "null")], 403), ([(origin, "nonsense")], 403),
            ([(site, "same-origin"), (origin, "http://behind.a.proxy")], 200), ([(site, "cross-site"), (origin, "https://chat.example.com")], 403),
        ] as [([(HTTPField.Name, String)], Int)])
    func `a post with the cookie must come from our own page`(headers: [(HTTPField.Name, String)], expected: Int) async throws {
        try await Self.check(headers, expected)
    }

    @Test func `origins that were configured may post, and this server's own address`() async throws {
        let headers = [(Self.site, "cross-site"), (Self.origin, "https://chat.example.com")]
        try await Self.check(headers, 200, ["CORS_ALLOW_ORIGIN": "https://a.example; https://chat.example.com"])
        try await Self.check(headers, 403, ["CORS_ALLOW_ORIGIN": "https://a.example"])
        try await Self.check([(Self.origin, "https://chat.example.com")], 200, ["WEBUI_URL": "https://chat.example.com/"])
        try await Self.check([(Self.origin, "http://chat.example.com")], 403, ["WEBUI_URL": "https://chat.example.com"])
    }

    @Test func `credentials in a header are nobody's but the program's that sent them`() async throws {
        try await Self.check([(Self.site, "cross-site"), (Self.origin, "https://evil.example")], 200, bearer: true)
    }
}
