import Domain
import Foundation
import HTTPAPI
import HTTPTypes
import SQLiteStorage
import Cryptography
import Testing

struct AccountsTests {
    // MARK: Sign-up and sign-in

    @Test func `the first account is the administrator and closes the door`() async throws {
        try await ServerFixture.with { server in
            #expect(try await server.call(.get, "/api/config")["onboarding"] == true)
            let body: JSONValue = ["name": "A", "email": "A@Example.com", "password": "x"]
            async let first = server.call(.post, "/api/v1/auths/signup", body)
            async let second = server.call(.post, "/api/v1/auths/signup", ["name": "B", "email": "b@example.com", "password": "x"])
            let answers = try await [first, second]
            #expect(answers.filter { $0["role"] == "admin" }.count == 1)
            #expect(try await server.call(.post, "/api/v1/auths/signup", ["name": "C", "email": "c@example.com", "password": "x"]).status == 403)
            let config = try await server.call(.get, "/api/config")
            #expect(config["onboarding"] == nil)
            #expect(config["features"]?["enable_signup"] == false)
        }
    }

    private static let unusable: [(body: String, status: Int)] = [
        (#"{"email":"bad","password":"x","name":"n"}"#, 400), (#"{"email":"a@b.co","password":"","name":"n"}"#, 400),
        (#"{"email":"a@b.co","name":"n"}"#, 422), (#"{"email":1,"password":"x","name":"n"}"#, 422), ("[]", 422),
        (#"{"email":"a@b.co","password":"\#(String(repeating: "x", count: 2000))","name":"n"}"#, 400),
        (#"{"email":"a@b.co","password":"x","name":"n","profile_image_url":"javascript:alert(1)"}"#, 400),
    ]

    @Test(arguments: unusable)
    func `a sign-up that cannot be used is refused without an echo`(body: String, status: Int) async throws {
        let json = try JSONValue(parsing: body)
        try await ServerFixture.with { server in
            let answer = try await server.call(.post, "/api/v1/auths/signup", json)
            #expect(answer.status == status)
            #expect(answer.detail != nil)
            if status == 422 { #expect(answer.detail == "Invalid authentication request.") }
            #expect(try await server.call(.get, "/api/config")["onboarding"] == true)
        }
    }

    @Test func `a session answers in the shape of the contract`() async throws {
        try await ServerFixture.with { server in
            _ = try await server.administrator()
            let answer = try await server.signIn("ADMIN@example.com")
            #expect(answer.status == 200)
            for key in ["id", "name", "email", "role", "profile_image_url", "token", "token_type", "expires_at", "permissions"] {
                #expect(answer[key] != nil, "\(key)")
            }
            let cookie = try #require(answer.headers[.setCookie])
            #expect(cookie.hasPrefix("token=\(answer["token"]!.string!); HttpOnly; Max-Age="))
            #expect(cookie.hasSuffix("; Path=/; SameSite=lax"))
            #expect(answer.headers[.cacheControl] == "no-store")
            let own = try await server.call(.get, "/api/v1/auths/", headers: [.cookie: "a=b; token=\(answer["token"]!.string!)"])
            #expect(own.status == 200)
            #expect(own["profile_image_url"] == "/user.png")
        }
    }

    @Test func `cookies are for HTTPS only where the server is`() async throws {
        try await ServerFixture.with(["WEBUI_URL": "https://chat.example.com"]) { server in
            _ = try await server.administrator()
            #expect(try #require(try await server.signIn("admin@example.com").headers[.setCookie]).hasSuffix("; Secure"))
        }
    }

    @Test func `a wrong password and an unknown account look the same, and guessing ends`() async throws {
        try await ServerFixture.with { server in
            _ = try await server.administrator()
            let wrong = try await server.signIn("admin@example.com", "guess")
            let unknown = try await server.signIn("nobody@example.com", "guess")
            #expect(wrong.status == 400)
            #expect(unknown.status == 400)
            #expect(wrong.text == unknown.text)
            var last = wrong
            for _ in 0..<15 { last = try await server.signIn("nobody@example.com", "guess") }
            #expect(last.status == 429)
            #expect(last.detail == "API rate limit exceeded")
            #expect(Int(last.headers[.retryAfter] ?? "") ?? 0 > 0)
        }
    }

    @Test func `headers of a proxy count for nothing unless the proxy is named`() async throws {
        // Requests of these tests come from no address at all, so no proxy can be theirs.
        try await ServerFixture.with(["WEBUI_AUTH_TRUSTED_EMAIL_HEADER": "X-Email", "TRUSTED_PROXIES": "0.0.0.0/0,::/0"]) { server in
            _ = try await server.administrator()
            let answer = try await server.call(
                .post, "/api/v1/auths/signin", ["email": "x@example.com", "password": "x"],
                headers: [.init("x-email")!: "admin@example.com", .init("x-forwarded-for")!: "127.0.0.1"])
            #expect(answer.status == 400)
        }
    }

    // MARK: Sessions end

    @Test func `signing out ends the token and no other`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let other = try #require(try await server.signIn(admin.email)["token"]?.string)
            // The refreshed token belongs to the same session.
            let refreshed = try #require(try await server.call(.get, "/api/v1/auths/", token: other)["token"]?.string)
            let answer = try await server.call(.post, "/api/v1/auths/signout", token: refreshed)
            #expect(answer.headers[.setCookie] == "token=\"\"; HttpOnly; Max-Age=0; Path=/; SameSite=lax")
            for ended in [other, refreshed] { #expect(try await server.call(.get, "/api/v1/auths/", token: ended).status == 401) }
            #expect(try await server.call(.get, "/api/v1/auths/", token: admin.token).status == 200)
            #expect(try await server.call(.post, "/api/v1/auths/signout").status == 200)
        }
    }

    @Test func `a new password ends the sessions and keeps the keys`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let key = try #require(try await server.call(.post, "/api/v1/auths/api_key", token: admin.token)["api_key"]?.string)
            let change: JSONValue = ["password": "Passw0rd!", "new_password": "Other-2"]
            #expect(
                try await server.call(.post, "/api/v1/auths/update/password", token: admin.token, ["password": "no", "new_password": "x"]).status
                    == 400)
            #expect(try await server.call(.post, "/api/v1/auths/update/password", token: key, change).status == 403)
            #expect(try await server.call(.post, "/api/v1/auths/update/password", token: admin.token, change).body == true)
            #expect(try await server.call(.get, "/api/v1/auths/", token: admin.token).status == 401)
            #expect(try await server.call(.get, "/api/v1/users/search", token: key).status == 200)
            #expect(try await server.signIn(admin.email).status == 400)
            #expect(try await server.signIn(admin.email, "Other-2").status == 200)
        }
    }

    @Test func `sessions are listed and ended one by one`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let second = try #require(try await server.signIn(user.email)["token"]?.string)
            let sessions = try #require(try await server.call(.get, "/api/v1/auths/sessions", token: user.token).body.array)
            #expect(sessions.count == 2)
            let other = try #require(sessions.first { $0["current"] == false }?["id"]?.string)
            #expect(try await server.call(.delete, "/api/v1/auths/sessions/\(other)", token: admin.token).status == 404)
            #expect(try await server.call(.delete, "/api/v1/auths/sessions/\(other)", token: user.token).status == 200)
            #expect(try await server.call(.get, "/api/v1/auths/", token: second).status == 401)
            #expect(try await server.call(.delete, "/api/v1/auths/admin/sessions/\(user.id)", token: admin.token).status == 200)
            #expect(try await server.call(.get, "/api/v1/auths/", token: user.token).status == 401)
        }
    }

    @Test func `a token of another server with the same secret works until the password changes`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let signer = HMACTokenSigner(secret: "test")
            func foreign(_ sessionID: String?, age: Int = 0) -> String {
                signer.sign(TokenClaims(userID: admin.id, sessionID: sessionID, issuedAt: .now() - age, expiresAt: .now() + 1000))
            }
            let (named, nameless) = (foreign("elsewhere"), foreign(nil, age: 5))
            for token in [named, nameless] { #expect(try await server.call(.get, "/api/v1/auths/", token: token).status == 200) }
            let change: JSONValue = ["password": "Passw0rd!", "new_password": "Other-2"]
            #expect(try await server.call(.post, "/api/v1/auths/update/password", token: named, change).status == 200)
            for token in [named, nameless, foreign("never seen", age: 1)] {
                let answer = try await server.call(.get, "/api/v1/auths/", token: token)
                #expect(answer.status == 401)
                #expect(answer.detail == "Invalid token")
            }
            let forged = HMACTokenSigner(secret: "other").sign(
                TokenClaims(userID: admin.id, sessionID: "x", issuedAt: .now(), expiresAt: .now() + 1000))
            #expect(try await server.call(.get, "/api/v1/auths/", token: forged).status == 401)
        }
    }

    // MARK: Roles and accounts

    @Test func `a role change acts on tokens that are in use`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            for (role, search, list) in [("pending", 401, 401), ("admin", 200, 200), ("user", 200, 401)] {
                let answer = try await server.call(.post, "/api/v1/users/\(user.id)/update", token: admin.token, ["role": .string(role)])
                #expect(answer["role"] == .string(role))
                #expect(try await server.call(.get, "/api/v1/users/search", token: user.token).status == search)
                #expect(try await server.call(.get, "/api/v1/users/", token: user.token).status == list)
            }
            #expect(try await server.call(.post, "/api/v1/users/\(user.id)/update", token: admin.token, ["role": "king"]).status == 422)
        }
    }

    @Test func `the first administrator cannot be demoted or deleted, nor changed by another`() async throws {
        try await ServerFixture.with { server in
            let first = try await server.administrator()
            let second = try await server.account(.admin, by: first)
            let path = "/api/v1/users/\(first.id)"
            #expect(try await server.call(.post, path + "/update", token: first.token, ["role": "user"]).status == 403)
            #expect(try await server.call(.post, path + "/update", token: second.token, ["password": "x"]).status == 403)
            #expect(try await server.call(.delete, path, token: second.token).status == 403)
            #expect(try await server.call(.delete, "/api/v1/users/\(second.id)", token: second.token).status == 403)
            #expect(try await server.call(.delete, "/api/v1/users/\(second.id)", token: first.token).body == true)
            #expect(try await server.call(.delete, "/api/v1/users/\(second.id)", token: first.token).body == true)
            #expect(try await server.call(.get, "/api/v1/auths/", token: second.token).detail == "Invalid token")
            #expect(try await server.call(.get, path, token: first.token)["id"] == .string(first.id))
            #expect(try await server.call(.get, "/api/v1/users/none", token: first.token).status == 400)
        }
    }

    @Test func `lists are paged, searched and never show a password`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            for index in 0..<31 {
                _ = try await server.account(.user, by: admin, email: "u\(index)_%@example.com")
            }
            let first = try await server.call(.get, "/api/v1/users/", token: admin.token)
            #expect(first["users"]?.array?.count == 30)
            #expect(first["total"] == 32)
            #expect(!first.text.contains("argon2") && !first.text.contains("password"))
            #expect(try await server.call(.get, "/api/v1/users/?page=2", token: admin.token)["users"]?.array?.count == 2)
            #expect(try await server.call(.get, "/api/v1/users/?page=999", token: admin.token).body == ["users": [], "total": 32])
            #expect(try await server.call(.get, "/api/v1/users/?page=x", token: admin.token).status == 422)
            #expect(try await server.call(.get, "/api/v1/users/?query=7_%25", token: admin.token)["total"] == 3)
            #expect(try await server.call(.get, "/api/v1/users/?query=%25%25", token: admin.token)["total"] == 0)
            let ordered = try await server.call(.get, "/api/v1/users/?order_by=email&direction=asc", token: admin.token)
            #expect(ordered["users"]?[0]?["email"] == "admin@example.com")
            #expect(try await server.call(.get, "/api/v1/users/?order_by=password_hash", token: admin.token).status == 200)
        }
    }

    // MARK: Groups and permissions

    @Test func `a group gives its members what the defaults do not`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            #expect(try await server.call(.post, "/api/v1/auths/api_key", token: user.token).status == 403)
            let made = try await server.call(
                .post, "/api/v1/groups/create", token: admin.token,
                ["name": "Makers", "description": "d", "permissions": ["features": ["api_keys": true]]])
            let id = try #require(made["id"]?.string)
            #expect(made["member_count"] == 0)
            let added = try await server.call(
                .post, "/api/v1/groups/id/\(id)/users/add", token: admin.token, ["user_ids": [.string(user.id), "nobody"]])
            #expect(added["member_count"] == 1)
            let key = try #require(try await server.call(.post, "/api/v1/auths/api_key", token: user.token)["api_key"]?.string)
            #expect(try await server.call(.get, "/api/v1/users/search", token: key).status == 200)
            #expect(try await server.call(.get, "/api/v1/users/permissions", token: user.token)["features"]?["api_keys"] == true)
            #expect(try await server.call(.get, "/api/v1/groups/", token: user.token).body.array?.count == 1)
            #expect(try await server.call(.get, "/api/v1/groups/id/\(id)", token: user.token).status == 401)
            #expect(try await server.call(.post, "/api/v1/groups/id/\(id)/users", token: admin.token).body[0]?["email"] == .string(user.email))
            _ = try await server.call(.post, "/api/v1/groups/id/\(id)/users/remove", token: admin.token, ["user_ids": [.string(user.id)]])
            #expect(try await server.call(.get, "/api/v1/users/search", token: key).status == 403)
            #expect(try await server.call(.delete, "/api/v1/groups/id/\(id)/delete", token: admin.token).body == true)
            #expect(try await server.call(.get, "/api/v1/groups/", token: admin.token).body == [])
        }
    }

    // MARK: API keys

    @Test func `the account key is shown again, replaced and deleted`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            #expect(try await server.call(.get, "/api/v1/auths/api_key", token: admin.token).status == 404)
            let first = try #require(try await server.call(.post, "/api/v1/auths/api_key", token: admin.token)["api_key"]?.string)
            #expect(first.wholeMatch(of: /sk-[0-9a-f]{32}/) != nil)
            #expect(try await server.call(.get, "/api/v1/auths/api_key", token: admin.token).body == ["api_key": .string(first)])
            #expect(try await server.call(.get, "/api/v1/users/search", headers: [.init("x-api-key")!: first]).status == 200)
            #expect(try await server.call(.get, "/api/v1/auths/", token: first).status == 403)
            let second = try #require(try await server.call(.post, "/api/v1/auths/api_key", token: admin.token)["api_key"]?.string)
            #expect(try await server.call(.get, "/api/v1/users/search", token: first).status == 401)
            #expect(try await server.call(.get, "/api/v1/users/search", token: second).status == 200)
            #expect(try await server.call(.delete, "/api/v1/auths/api_key", token: admin.token).body == true)
            #expect(try await server.call(.delete, "/api/v1/auths/api_key", token: admin.token).body == true)
            #expect(try await server.call(.get, "/api/v1/users/search", token: second).status == 401)
            let database = try Data(contentsOf: URL(fileURLWithPath: server.path + "/haneul.db"))
            let log = try Data(contentsOf: URL(fileURLWithPath: server.path + "/haneul.db-wal"))
            for secret in [first, second] {
                #expect(database.range(of: Data(secret.utf8)) == nil && log.range(of: Data(secret.utf8)) == nil)
            }
        }
    }

    @Test func `named keys keep to their limits`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            func make(_ limits: JSONValue, _ more: JSONObject = [:]) async throws -> ServerFixture.Answer {
                let body: JSONObject = ["name": "k", "limits": limits]
                return try await server.call(.post, "/api/v1/auths/api_keys", token: admin.token, .object(body.merging(more)))
            }
            for bad in [["scopes": ["all"]], ["addresses": ["here"]], ["requests_per_minute": 0], ["unknown": 1], ["scopes": "chat"]] as [JSONValue] {
                let answer = try await make(bad)
                #expect(answer.status == 400, "\(bad.jsonText)")
                #expect(answer.detail?.hasPrefix("limits.") == true)
            }
            #expect(try await make([:], ["expires_at": 1]).status == 400)
            #expect(try await make([:], ["name": ""]).status == 400)

            let limited = try await make(["requests_per_minute": 2])
            let secret = try #require(limited["api_key"]?.string)
            #expect(try await server.call(.get, "/api/v1/users/search", token: secret).headers[.init("ratelimit-remaining")!] == "1")
            // A key with limits makes no key without.
            #expect(try await server.call(.post, "/api/v1/auths/api_key", token: secret).status == 403)
            let third = try await server.call(.get, "/api/v1/users/search", token: secret)
            #expect(third.status == 429)
            #expect(third.headers[.retryAfter] != nil)

            let id = try #require(limited["id"]?.string)
            let listed = try await server.call(.get, "/api/v1/auths/api_keys", token: admin.token)
            #expect(!listed.text.contains(secret))
            #expect(try await server.call(.get, "/api/v1/auths/api_keys/\(id)/usage", token: admin.token).body[0]?["requests"] == 2)
            let changed = try await server.call(
                .post, "/api/v1/auths/api_keys/\(id)/update", token: admin.token, ["limits": ["scopes": ["chat"]]])
            #expect(changed["limits"] == ["scopes": ["chat"]])
            #expect(try await server.call(.get, "/api/v1/users/search", token: secret).status == 403)
            #expect(try await server.call(.delete, "/api/v1/auths/api_keys/\(id)", token: admin.token).body == true)
            #expect(try await server.call(.get, "/api/v1/users/search", token: secret).status == 401)
            #expect(try await server.call(.delete, "/api/v1/auths/api_keys/\(id)", token: admin.token).status == 404)
        }
    }

    @Test func `somebody else's key is not there`() async throws {
        try await ServerFixture.with(["USER_PERMISSIONS": #"{"features":{"api_keys":true}}"#]) { server in
            let admin = try await server.administrator()
            let (owner, stranger) = (try await server.account(.user, by: admin), try await server.account(.user, by: admin))
            let id = try #require(try await server.call(.post, "/api/v1/auths/api_keys", token: owner.token, ["name": "k"])["id"]?.string)
            #expect(try await server.call(.delete, "/api/v1/auths/api_keys/\(id)", token: stranger.token).status == 404)
            #expect(try await server.call(.get, "/api/v1/auths/api_keys/\(id)/usage", token: stranger.token).status == 404)
            #expect(try await server.call(.post, "/api/v1/auths/api_keys/\(id)/update", token: stranger.token, ["name": "x"]).status == 404)
            #expect(try await server.call(.get, "/api/v1/auths/api_keys", token: stranger.token).body == [])
            #expect(try await server.call(.delete, "/api/v1/auths/api_keys/\(id)", token: admin.token).body == true)
        }
    }

    @Test func `endpoint restrictions and the switch act at once`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let key = try #require(try await server.call(.post, "/api/v1/auths/api_key", token: admin.token)["api_key"]?.string)
            func set(_ changes: JSONObject) async throws {
                let config = try #require(try await server.call(.get, "/api/v1/auths/admin/config", token: admin.token).body.object)
                let answer = try await server.call(.post, "/api/v1/auths/admin/config", token: admin.token, .object(config.merging(changes)))
                #expect(answer.status == 200)
            }
            func status(_ path: String) async throws -> Int { try await server.call(.get, path, token: key).status }
            #expect(try await status("/api/v1/users/search") == 200)
            try await set(["ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS": true, "API_KEYS_ALLOWED_ENDPOINTS": "/api/v1/users/search, /api/models"])
            #expect(try await status("/api/v1/users/search") == 200)
            #expect(try await status("/api/v1/users/") == 403)
            try await set(["API_KEYS_ALLOWED_ENDPOINTS": "/api/v1/users/sea"])
            #expect(try await status("/api/v1/users/search") == 403)
            try await set(["API_KEYS_ALLOWED_ENDPOINTS": ""])
            #expect(try await status("/api/v1/users/search") == 403)
            try await set(["ENABLE_API_KEYS_ENDPOINT_RESTRICTIONS": false])
            #expect(try await status("/api/v1/users/search") == 200)
            try await set(["ENABLE_API_KEYS": false])
            #expect(try await status("/api/v1/users/search") == 403)
            let bad = try await server.call(.post, "/api/v1/auths/admin/config", token: admin.token, ["ENABLE_SIGNUP": true])
            #expect(bad.status == 422)
        }
    }

    // MARK: The audit log

    @Test func `what was done is written down without secrets and stays`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            _ = try await server.call(.post, "/api/v1/users/\(user.id)/update", token: admin.token, ["role": "admin", "password": "N3w-secret"])
            _ = try await server.signIn(user.email, "wrong-secret")
            let page = try await server.call(.get, "/api/v1/audit", token: admin.token)
            let actions = (page["items"]?.array ?? []).compactMap { $0["action"]?.string }
            #expect(actions == ["session.refused", "user.update", "user.create", "user.signup"])
            #expect(page["items"]?[1]?["detail"] == ["role": ["user", "admin"], "password": "changed"])
            #expect(page["items"]?[1]?["actor"] == "admin@example.com")
            let export = try await server.call(.get, "/api/v1/audit/export?action=user", token: admin.token)
            #expect(export.text.split(separator: "\n").count == 3)
            #expect(export.headers[.contentType] == "application/x-ndjson")
            for secret in ["Passw0rd!", "N3w-secret", "wrong-secret"] { #expect(!(page.text + export.text).contains(secret)) }
            #expect(try await server.call(.delete, "/api/v1/audit", token: admin.token).status == 405)
        }
    }

    // MARK: Own things

    @Test func `settings, variables and pictures`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            #expect(try await server.call(.get, "/api/v1/users/user/settings", token: admin.token).body == .null)
            _ = try await server.call(.post, "/api/v1/users/user/settings/update", token: admin.token, ["ui": ["theme": "dark"]])
            #expect(try await server.call(.get, "/api/v1/users/user/settings", token: admin.token).body == ["ui": ["theme": "dark"]])
            for bad in [["variables": ["Name": "x"]], ["variables": ["name": 1]], ["variables": ["1": "x"]]] as [JSONValue] {
                #expect(try await server.call(.post, "/api/v1/users/user/variables/update", token: admin.token, bad).status == 400)
            }
            let variables: JSONValue = ["variables": ["team_1": "blue"]]
            #expect(try await server.call(.post, "/api/v1/users/user/variables/update", token: admin.token, variables).body == variables)
            let image = try await server.call(.get, "/api/v1/users/\(admin.id)/profile/image", token: admin.token)
            #expect(image.headers[.contentType] == "image/png")
            let gif = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="
            let profile = try await server.call(
                .post, "/api/v1/auths/update/profile", token: admin.token, ["name": "김", "profile_image_url": .string(gif)])
            #expect(profile["name"] == "김")
            let own = try await server.call(.get, "/api/v1/users/\(admin.id)/profile/image", token: admin.token)
            #expect(own.headers[.contentType] == "image/gif")
            #expect(own.headers[.xContentTypeOptions] == "nosniff")
        }
    }
}
