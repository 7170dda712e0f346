import Domain
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import haneul

struct FunctionsAPITests {
    static let schema: JSONObject = [
        "type": "object", "title": "Valves",
        "properties": ["priority": ["type": "integer", "default": 0], "key": ["type": "string", "default": ""]],
    ]

    private static func host() -> ScriptedFunctionHost {
        let host = ScriptedFunctionHost()
        var pipe = FunctionManifest(kind: .pipe, valves: schema, userValves: ["properties": ["lang": ["type": "string"]]])
        pipe.isManifold = false
        host.set(.init(pipe), for: "p")
        host.set(.init(FunctionManifest(kind: .filter, valves: schema, hasInlet: true, isToggle: true)), for: "f")
        host.set(.init(FunctionManifest(kind: .tools)), for: "t")
        return host
    }

    static func form(_ id: String, _ content: String = "\"\"\"\ntitle: T\nversion: 0.1\n\"\"\"\nclass Pipe: ...") -> JSONValue {
        ["id": .string(id), "name": "Name", "content": .string(content), "meta": ["description": "d", "manifest": ["version": "9"]]]
    }

    @Test func `a function is made, read, changed, switched and deleted in the shapes of the API`() async throws {
        let host = Self.host()
        try await ServerFixture.with(functions: host) { server in
            let admin = try await server.administrator()
            let made = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("P"))
            #expect(made.status == 200)
            #expect(made["id"] == "p" && made["type"] == "pipe" && made["user_id"] == .string(admin.id) && made["name"] == "Name")
            #expect(made["is_active"] == false && made["is_global"] == false)
            #expect(made["meta"]?["manifest"] == ["title": "T", "version": "0.1"] && made["meta"]?["description"] == "d")
            #expect(made["meta"]?["install"]?["state"] == "ready" && made["meta"]?["has_user_valves"] == true)
            #expect(made["created_at"]?.int != nil && made["updated_at"]?.int != nil)

            let taken = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("p"))
            #expect(taken.status == 400 && taken.detail?.contains("already registered") == true)

            let list = try await server.call(.get, "/api/v1/functions/", token: admin.token)
            #expect(list.body.array?.count == 1 && list.body[0]?["content"] == nil && list.body[0]?["type"] == "pipe")
            #expect(try await server.call(.get, "/api/v1/functions/list", token: admin.token).body[0]?["user"]?["email"] == .string(admin.email))
            #expect(try await server.call(.get, "/api/v1/functions/id/p", token: admin.token)["content"]?.string?.contains("class Pipe") == true)

            let changed = try await server.call(
                .post, "/api/v1/functions/id/p/update", token: admin.token, Self.form("ignored", "\"\"\"\nversion: 0.2\n\"\"\"\nclass Pipe: pass"))
            #expect(changed["id"] == "p" && changed["meta"]?["manifest"] == ["version": "0.2"])
            #expect(host.forgotten == ["p"])

            #expect(try await server.call(.post, "/api/v1/functions/id/p/toggle", token: admin.token)["is_active"] == true)
            #expect(try await server.call(.post, "/api/v1/functions/id/p/toggle/global", token: admin.token)["is_global"] == true)
            #expect(try await server.call(.post, "/api/v1/functions/id/p/toggle/global", token: admin.token)["is_global"] == false)
            #expect(try await server.call(.post, "/api/v1/functions/id/p/toggle", token: admin.token)["is_active"] == false)
            #expect(try await server.call(.delete, "/api/v1/functions/id/p/delete", token: admin.token).body == true)
            #expect(try await server.call(.get, "/api/v1/functions/", token: admin.token).body == [])

            let actions = try await server.call(.get, "/api/v1/audit", token: admin.token)["items"]?.array?.compactMap { $0["action"]?.string } ?? []
            #expect(Set(["function.create", "function.update", "function.toggle", "function.delete"]).isSubset(of: Set(actions)))
        }
    }

    @Test(arguments: [
        ("/id/none", HTTPRequest.Method.get), ("/id/none/update", .post), ("/id/none/toggle", .post), ("/id/none/toggle/global", .post),
        ("/id/none/delete", .delete), ("/id/none/valves", .get), ("/id/none/valves/spec", .get), ("/id/none/valves/update", .post),
        ("/id/none/valves/user", .get), ("/id/none/valves/user/spec", .get), ("/id/none/valves/user/update", .post),
    ]) func `a function that is not there is 401, as clients know it`(path: String, method: HTTPRequest.Method) async throws {
        try await ServerFixture.with(functions: Self.host()) { server in
            let admin = try await server.administrator()
            let answer = try await server.call(method, "/api/v1/functions" + path, token: admin.token, method == .post ? Self.form("x") : nil)
            #expect(answer.status == 401)
            #expect(answer.detail == "We could not find what you're looking for :/")
        }
    }

    @Test(
        arguments: [
            (["id": "bad id", "name": "n", "content": "class Pipe: ...", "meta": [:]], 400),
            (["id": "p", "name": "n", "content": "", "meta": [:]], 400),
            (["id": "unknown", "name": "n", "content": "class Pipe(", "meta": [:]], 400),
            (["id": "t", "name": "n", "content": "class Tools: ...", "meta": [:]], 400), (["id": "p", "name": "n", "meta": [:]], 422),
            (["id": 1, "name": "n", "content": "class Pipe: ...", "meta": [:]], 422), (["id": "p", "name": "n", "content": "c", "meta": "m"], 422),
            (["id": "p", "name": "n", "content": .string(String(repeating: "#", count: 2 << 20)), "meta": [:]], 413),
        ] as [(JSONValue, Int)])
    func `what is no function is refused and not kept`(form: JSONValue, status: Int) async throws {
        try await ServerFixture.with(functions: Self.host()) { server in
            let admin = try await server.administrator()
            let answer = try await server.call(.post, "/api/v1/functions/create", token: admin.token, form)
            #expect(answer.status == status)
            #expect(answer["detail"] != nil)
            #expect(try await server.call(.get, "/api/v1/functions/", token: admin.token).body == [])
        }
    }

    @Test func `code that no longer loads leaves the function as it was`() async throws {
        let host = Self.host()
        try await ServerFixture.with(functions: host) { server in
            let admin = try await server.administrator()
            let made = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("p"))
            host.set(.init(FunctionManifest(kind: .tools)), for: "p")
            #expect(try await server.call(.post, "/api/v1/functions/id/p/update", token: admin.token, Self.form("p", "broken")).status == 400)
            #expect(try await server.call(.get, "/api/v1/functions/id/p", token: admin.token).body == made.body)
        }
    }

    @Test func `users see what is in use, without code, valves and installation`() async throws {
        try await ServerFixture.with(functions: Self.host()) { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            _ = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("p"))
            _ = try await server.call(.post, "/api/v1/functions/id/p/valves/update", token: admin.token, ["key": "sk-hidden"])
            #expect(try await server.call(.get, "/api/v1/functions/", token: user.token).body == [])
            #expect(try await server.call(.get, "/api/v1/functions/id/p/valves/user", token: user.token).status == 401)
            _ = try await server.call(.post, "/api/v1/functions/id/p/toggle", token: admin.token)
            let list = try await server.call(.get, "/api/v1/functions/", token: user.token)
            #expect(list.body[0]?["id"] == "p" && list.body[0]?["content"] == nil && list.body[0]?["meta"]?["install"] == nil)
            #expect(!list.text.contains("sk-hidden"))
        }
    }

    @Test func `valves are checked, kept sealed, and a user's are the user's own`() async throws {
        try await ServerFixture.with(functions: Self.host()) { server in
            let admin = try await server.administrator()
            let (one, two) = (try await server.account(.user, by: admin), try await server.account(.user, by: admin))
            _ = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("p"))
            _ = try await server.call(.post, "/api/v1/functions/id/p/toggle", token: admin.token)
            let base = "/api/v1/functions/id/p/valves"
            #expect(try await server.call(.get, base, token: admin.token).body == [:])
            #expect(try await server.call(.get, base + "/spec", token: admin.token).body == .object(Self.schema))
            let set = try await server.call(.post, base + "/update", token: admin.token, ["priority": "3", "key": "sk-topsecret", "other": 1])
            #expect(set.status == 200 && set.body == ["priority": 3, "key": "sk-topsecret"])
            #expect(try await server.call(.get, base, token: admin.token).body == set.body)
            let bad = try await server.call(.post, base + "/update", token: admin.token, ["priority": "high"])
            #expect(bad.status == 400 && bad.detail == "priority: Input should be a valid integer")
            #expect(try await server.call(.get, base, token: admin.token).body == set.body)

            #expect(try await server.call(.get, base + "/user/spec", token: one.token)["properties"]?["lang"] != nil)
            #expect(try await server.call(.post, base + "/user/update", token: one.token, ["lang": "ko"]).body == ["lang": "ko"])
            #expect(try await server.call(.get, base + "/user", token: one.token).body == ["lang": "ko"])
            #expect(try await server.call(.get, base + "/user", token: two.token).body == [:])

            for suffix in ["", "-wal"] {
                let data = (try? Data(contentsOf: URL(fileURLWithPath: server.path + "/haneul.db" + suffix))) ?? Data()
                #expect(data.range(of: Data("sk-topsecret".utf8)) == nil)
            }
        }
    }

    @Test func `a function without valves has none to set`() async throws {
        let host = ScriptedFunctionHost(["p": .init(FunctionManifest(kind: .pipe))])
        try await ServerFixture.with(functions: host) { server in
            let admin = try await server.administrator()
            _ = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("p"))
            #expect(try await server.call(.get, "/api/v1/functions/id/p/valves/spec", token: admin.token).body == .null)
            #expect(try await server.call(.post, "/api/v1/functions/id/p/valves/update", token: admin.token, ["a": 1]).status == 401)
        }
    }

    @Test func `what is exported can be put back, and replaces everything`() async throws {
        try await ServerFixture.with(functions: Self.host()) { server in
            let admin = try await server.administrator()
            _ = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("p"))
            _ = try await server.call(.post, "/api/v1/functions/id/p/valves/update", token: admin.token, ["key": "k"])
            #expect(try await server.call(.get, "/api/v1/functions/export", token: admin.token).body[0]?["valves"] == nil)
            let export = try await server.call(.get, "/api/v1/functions/export?include_valves=true", token: admin.token)
            #expect(export.body[0]?["valves"] == ["key": "k"])
            _ = try await server.call(.delete, "/api/v1/functions/id/p/delete", token: admin.token)
            _ = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("f"))

            let broken: JSONValue = ["functions": [try #require(export.body[0]), Self.form("unknown")]]
            let refused = try await server.call(.post, "/api/v1/functions/sync", token: admin.token, broken)
            #expect(refused.status == 400 && refused.detail?.hasPrefix("unknown: ") == true)
            #expect(try await server.call(.get, "/api/v1/functions/", token: admin.token).body[0]?["id"] == "f")

            let synced = try await server.call(.post, "/api/v1/functions/sync", token: admin.token, ["functions": export.body])
            #expect(synced.status == 200 && synced.body.array?.count == 1 && synced.body[0]?["valves"] == ["key": "k"])
            #expect(try await server.call(.get, "/api/v1/functions/id/p/valves", token: admin.token).body == ["key": "k"])
            #expect(try await server.call(.get, "/api/v1/functions/id/f", token: admin.token).status == 401)
        }
    }

    @Test(arguments: ["http://127.0.0.1:1/x.py", "file:///etc/passwd", "x", "http://user@example.com/x.py"])
    func `code is not loaded from inside`(url: String) async throws {
        try await ServerFixture.with(functions: Self.host()) { server in
            let admin = try await server.administrator()
            for kind in ["functions", "tools"] {
                let answer = try await server.call(.post, "/api/v1/\(kind)/load/url", token: admin.token, ["url": .string(url)])
                #expect(answer.status == 400)
                #expect(answer.detail?.contains("refused") == false && answer.detail?.contains("private") == false)
            }
        }
    }

    @Test func `without Python functions are refused with the reason`() async throws {
        try await ServerFixture.with(["HANEUL_ENABLE_FUNCTIONS": "false"]) { server in
            let admin = try await server.administrator()
            let answer = try await server.call(.post, "/api/v1/functions/create", token: admin.token, Self.form("p"))
            #expect(answer.status == 503 && answer.detail?.contains("HANEUL_ENABLE_FUNCTIONS") == true)
            let host = try await server.call(.get, "/api/v1/functions/host", token: admin.token)
            #expect(host["python"] == .null && host["missing"]?.array?.count == 1)
        }
    }
}
