import Domain
import HTTPTypes
import Testing

/// Settings that clients read and write back, of what this server does not do or gets from its environment.
struct FixedSettingsTests {
    private static let areas = [
        "auths/admin/config/ldap", "auths/admin/config/ldap/server", "auths/admin/config/oauth", "configs/connections", "configs/tool_servers",
        "configs/terminal_servers", "configs/code_execution", "configs/subagents", "evaluations/config",
    ]

    @Test(arguments: areas)
    func `what was read can be written back, and is the administrators' alone`(area: String) async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let read = try await server.call(.get, "/api/v1/" + area, token: admin.token)
            #expect(read.status == 200)
            #expect(try await server.call(.get, "/api/v1/" + area, token: user.token).status == 401)
            #expect(try await server.call(.post, "/api/v1/" + area, token: admin.token, read.body).body == read.body)
        }
    }

    @Test(
        arguments: [
            ("auths/admin/config/ldap", ["enable_ldap": true], "LDAP is not supported"),
            ("auths/admin/config/ldap/server", ["label": "x", "host": "ldap.example.com"], "label, host: LDAP is not supported"),
            ("configs/connections", ["ENABLE_DIRECT_CONNECTIONS": true], "ENABLE_DIRECT_CONNECTIONS"),
            ("configs/tool_servers", ["TOOL_SERVER_CONNECTIONS": [["url": "http://x", "path": "/"]]], "Tool servers are not supported"),
            ("configs/terminal_servers", ["TERMINAL_SERVER_CONNECTIONS": [["url": "http://x"]]], "not supported"),
            ("configs/code_execution", ["ENABLE_CODE_EXECUTION": true], "not supported"),
            ("configs/subagents", ["SUBAGENTS_MAX_ASYNC": 3], "not supported"),
            ("evaluations/config", ["ENABLE_EVALUATION_ARENA_MODELS": true], "not supported"),
            ("auths/admin/config/oauth", ["OAUTH_CLIENT_ID": "other"], "environment"),
        ] as [(String, JSONValue, String)])
    func `turning on what there is not is refused with a reason`(area: String, body: JSONValue, reason: String) async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let before = try await server.call(.get, "/api/v1/" + area, token: admin.token)
            let answer = try await server.call(.post, "/api/v1/" + area, token: admin.token, body)
            #expect(answer.status == 400)
            #expect(answer.detail?.contains(reason) == true, "\(answer.text)")
            #expect(try await server.call(.get, "/api/v1/" + area, token: admin.token).body == before.body)
        }
    }

    @Test(
        arguments: [("configs/code_execution", ["ENABLE_CODE_EXECUTION": 1]), ("configs/tool_servers", ["TOOL_SERVER_CONNECTIONS": "x"])]
            as [(String, JSONValue)])
    func `members of the wrong type are told`(area: String, body: JSONValue) async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            #expect(try await server.call(.post, "/api/v1/" + area, token: admin.token, body).status == 422)
        }
    }

    @Test func `the provider's settings show as they are, but for the secret`() async throws {
        try await ServerFixture.with([
            "OPENID_PROVIDER_URL": "https://id.example.com/x", "OAUTH_CLIENT_ID": "haneul", "OAUTH_CLIENT_SECRET": "s3cret",
        ]) { server in
            let admin = try await server.administrator()
            let read = try await server.call(.get, "/api/v1/auths/admin/config/oauth", token: admin.token)
            #expect(read["ENABLE_OAUTH"] == true)
            #expect(read["OPENID_PROVIDER_URL"] == "https://id.example.com/x")
            #expect(!read.text.contains("s3cret"))
            #expect(read["OAUTH_CLIENT_SECRET"] != "")
        }
    }

    @Test func `what came with which version is for everybody`() async throws {
        try await ServerFixture.with { server in
            let versions = try await server.call(.get, "/api/changelog").body.object
            #expect(versions?.isEmpty == false)
        }
    }
}
