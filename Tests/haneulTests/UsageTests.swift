import Domain
import HTTPAPI
import HTTPTypes
import Testing

@testable import haneul

struct UsageRoutesTests {
    @Test func `a limit of a key is shown, refused with, and left with its headers`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let made = try await server.call(
                .post, "/api/v1/auths/api_keys", token: admin.token,
                ["name": "k", "limits": ["requests_per_minute": 2, "cost_per_day": 0.5, "tokens_per_month": 100]])
            #expect(made["limits"]?["cost_per_day"]?.double == 0.5)
            let key = try #require(made["api_key"]?.string)
            let usage = try await server.call(.get, "/api/v1/usage", token: key)
            #expect(usage.status == 200)
            #expect(usage["limits"]?["key"]?["limits"] == ["requests_per_minute": 2, "tokens_per_month": 100, "cost_per_day": 0.5])
            #expect(usage["limits"]?["key"]?["remaining"] == ["requests_per_minute": 1, "tokens_per_month": 100, "cost_per_day": 0.5])
            #expect(usage.headers[HTTPField.Name("x-ratelimit-remaining-requests")!] == "1")
            _ = try await server.call(.get, "/api/v1/usage", token: key)
            let refused = try await server.call(.get, "/api/v1/usage", token: key)
            #expect(refused.status == 429)
            #expect(refused.body == ["detail": "API rate limit exceeded"])
            let chat = try await server.call(.post, "/api/chat/completions", token: key, ["model": "x", "messages": []])
            #expect(chat.status == 429)
            #expect(chat["error"]?["type"] == "requests")
            #expect(chat["error"]?["code"] == "rate_limit_exceeded")
            #expect(chat.detail == "API rate limit exceeded")
            #expect(chat.headers[.retryAfter].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
            #expect(chat.headers[HTTPField.Name("x-ratelimit-limit-requests")!] == "2")
        }
    }

    @Test(arguments: [
        ["cost_per_day": 0] as JSONValue, ["cost_per_day": -1], ["cost_per_month": "x"], ["cost_per_year": 1],
    ])
    func `limits that make no sense are refused`(limits: JSONValue) async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let made = try await server.call(.post, "/api/v1/auths/api_keys", token: admin.token, ["name": "k", "limits": limits])
            #expect((400...422).contains(made.status))
        }
    }

    @Test func `metrics are not for strangers`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            // In this process there is no connection that could be local.
            #expect(try await server.call(.get, "/metrics").status == 401)
            #expect(try await server.call(.get, "/metrics", token: "nonsense").status == 401)
            #expect(try await server.call(.get, "/metrics", token: user.token).status == 403)
            let scoped = try await server.call(
                .post, "/api/v1/auths/api_keys", token: admin.token, ["name": "k", "limits": ["scopes": ["chat", "account"]]])
            #expect(try await server.call(.get, "/metrics", token: try #require(scoped["api_key"]?.string)).status == 403)
            let own = try await server.call(.get, "/api/v1/usage?scope=all", token: try #require(scoped["api_key"]?.string))
            #expect(own.status == 403, "a key without the scope admin sees its account's usage only")
            _ = try await server.call(.get, "/api/v1/files/not-there", token: admin.token)
            _ = try await server.call(.init("BREW")!, "/pot", token: admin.token)
            let metrics = try await server.call(.get, "/metrics", token: admin.token)
            #expect(metrics.status == 200)
            #expect(metrics.text.contains("haneul_http_requests_total{route=\"/api/v1/files/{id}\",method=\"GET\",status="))
            #expect(metrics.text.contains("route=\"(none)\",method=\"OTHER\""))
            #expect(!metrics.text.contains("not-there") && !metrics.text.contains("BREW"))
            let details = try await server.call(.get, "/api/v1/health/details", token: admin.token)
            #expect(details["database"]?["up"] == true)
            #expect(details["versions"]?["haneul"]?.string == HaneulVersion.server)
        }
    }

    @Test func `a sane request id is kept, another replaced`() async throws {
        try await ServerFixture.with { server in
            let name = HTTPField.Name("x-request-id")!
            #expect(try await server.call(.get, "/health", headers: [name: "abc-1_2.3"]).headers[name] == "abc-1_2.3")
            let made = try await server.call(.get, "/health", headers: [name: "a b"]).headers[name]
            #expect(made != nil && made != "a b")
            #expect(try await server.call(.get, "/health", headers: [name: String(repeating: "a", count: 129)]).headers[name]?.count != 129)
        }
    }
}
