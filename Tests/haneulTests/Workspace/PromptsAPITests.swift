import Domain
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import haneul

struct PromptsAPITests {
    private static let base = "/api/v1/prompts"
    /// Makers of prompts who may share with people and groups, not with everybody.
    static let permissions = #"{"workspace":{"prompts":true,"skills":true},"sharing":{"prompts":true,"notes":true,"skills":true}}"#

    private static func form(_ command: String, _ content: String = "Write to {{name}}.", _ more: JSONObject = [:]) -> JSONValue {
        let form: JSONObject = ["command": .string(command), "name": "Greeting", "content": .string(content)]
        return .object(form.merging(more))
    }

    @Test func `a prompt is made, read, changed and deleted in the shapes of the API`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let made = try await server.call(
                .post, Self.base + "/create", token: admin.token, Self.form("/hi", "One", ["tags": ["b", "a"], "meta": ["d": 1]]))
            #expect(made.status == 200 && made["command"] == "/hi" && made["is_active"] == true && made["access_grants"] == [])
            #expect(made["user_id"] == .string(admin.id) && made["tags"] == ["b", "a"] && made["version_id"]?.string != nil)
            let id = try #require(made["id"]?.string)
            let one = try await server.call(.get, Self.base + "/id/\(id)", token: admin.token)
            #expect(one["content"] == "One" && one["write_access"] == true)
            for command in ["hi", "/hi", "%2Fhi"] {
                #expect(try await server.call(.get, Self.base + "/command/" + command, token: admin.token)["id"] == .string(id))
            }
            #expect(try await server.call(.get, Self.base + "/", token: admin.token).body.array?.map { $0["id"] } == [.string(id)])
            #expect(try await server.call(.get, Self.base + "/tags", token: admin.token).body == ["a", "b"])
            let list = try await server.call(.get, Self.base + "/list?query=on&tag=A&view_option=created&order_by=name", token: admin.token)
            #expect(list["total"] == 1 && list["items"]?[0]?["user"]?["id"] == .string(admin.id) && list["items"]?[0]?["write_access"] == true)
            for query in ["query=nothing", "tag=c", "view_option=shared", "page=2"] {
                #expect(try await server.call(.get, Self.base + "/list?" + query, token: admin.token)["items"] == [], "\(query)")
            }

            let updated = try await server.call(.post, Self.base + "/id/\(id)/update", token: admin.token, Self.form("hello", "Two"))
            #expect(updated["content"] == "Two" && updated["command"] == "hello" && updated["tags"] == ["b", "a"] && updated["meta"] == ["d": 1])
            let renamed = try await server.call(
                .post, Self.base + "/id/\(id)/update/meta", token: admin.token, ["name": "N", "command": "n", "tags": []])
            #expect(renamed["name"] == "N" && renamed["tags"] == [] && renamed["version_id"] == updated["version_id"])
            #expect(try await server.call(.post, Self.base + "/id/\(id)/toggle", token: admin.token)["is_active"] == false)
            #expect(try await server.call(.get, Self.base + "/", token: admin.token).body == [])
            #expect(try await server.call(.get, Self.base + "/list", token: admin.token)["total"] == 1)
            #expect(try await server.call(.delete, Self.base + "/id/\(id)/delete", token: admin.token).body == true)
            #expect(try await server.call(.get, Self.base + "/id/\(id)", token: admin.token).status == 404)
            #expect(try await server.call(.delete, Self.base + "/id/\(id)/delete", token: admin.token).status == 404)
        }
    }

    @Test func `a prompt's versions can be compared, brought back and deleted`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            func call(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil) async throws -> ServerFixture.Answer {
                try await server.call(method, Self.base + path, token: admin.token, body)
            }
            let made = try await call(.post, "/create", Self.form("hi", "One\nsame"))
            let id = try #require(made["id"]?.string)
            _ = try await call(.post, "/id/\(id)/update", Self.form("hi", "Two\nsame", ["commit_message": "second"]))
            let draft = try await call(.post, "/id/\(id)/update", Self.form("hi", "Three\nsame", ["is_production": false]))
            #expect(draft["content"] == "Two\nsame")
            _ = try await call(.post, "/id/\(id)/update", Self.form("hi", "Two\nsame"))
            let history = try await call(.get, "/id/\(id)/history")
            #expect(history.body.array?.map { $0["commit_message"] } == [.null, "second", "Initial version"])
            #expect(history.body[0]?["user"]?["id"] == .string(admin.id) && history.body[0]?["snapshot"]?["content"] == "Three\nsame")
            #expect(history.body[0]?["parent_id"] == history.body[1]?["id"] && history.body[2]?["parent_id"] == .null)
            #expect(try await call(.get, "/id/\(id)/history?page=1").body == [])
            let ids = (history.body.array ?? []).compactMap { $0["id"]?.string }
            try #require(ids.count == 3)
            let diff = try await call(.get, "/id/\(id)/history/diff?from_id=\(ids[2])&to_id=\(ids[1])")
            #expect(diff["content_diff"]?.array?.suffix(3) == ["-One", "+Two", " same"] && diff["name_changed"] == false)
            #expect(try await call(.get, "/id/\(id)/history/diff?from_id=\(ids[2])&to_id=none").status == 404)
            #expect(try await call(.get, "/id/\(id)/history/diff").status == 422)
            #expect(try await call(.get, "/id/\(id)/history/\(ids[2])")["snapshot"]?["content"] == "One\nsame")
            let back = try await call(.post, "/id/\(id)/update/version", ["version_id": .string(ids[0])])
            #expect(back["content"] == "Three\nsame" && back["version_id"] == .string(ids[0]))
            let other = try #require(try await call(.post, "/create", Self.form("other"))["version_id"]?.string)
            #expect(try await call(.post, "/id/\(id)/update/version", ["version_id": .string(other)]).status == 400)
            #expect(try await call(.get, "/id/\(id)/history/\(other)").status == 404)
            #expect(try await call(.delete, "/id/\(id)/history/\(ids[0])").detail == "Cannot delete the active production version")
            #expect(try await call(.delete, "/id/\(id)/history/\(ids[1])").body == true)
            #expect(try await call(.delete, "/id/\(id)/history/\(ids[1])").status == 404)
            #expect(try await call(.delete, "/id/\(id)/history/\(other)").status == 404)
        }
    }

    @Test func `strangers, members of a group and writers do what they may and no more`() async throws {
        try await ServerFixture.with(["USER_PERMISSIONS": Self.permissions]) { server in
            let admin = try await server.administrator()
            let (owner, member) = (try await server.account(.user, by: admin), try await server.account(.user, by: admin))
            let group = try #require(
                try await server.call(.post, "/api/v1/groups/create", token: admin.token, ["name": "G", "description": ""])["id"]?.string)
            _ = try await server.call(.post, "/api/v1/groups/id/\(group)/users/add", token: admin.token, ["user_ids": [.string(member.id)]])
            let id = try #require(try await server.call(.post, Self.base + "/create", token: owner.token, Self.form("own", "secret"))["id"]?.string)
            let path = Self.base + "/id/\(id)"
            func share(_ grants: JSONValue, by account: ServerFixture.Account) async throws -> ServerFixture.Answer {
                try await server.call(.post, path + "/access/update", token: account.token, ["access_grants": grants])
            }
            func grant(_ permission: String, to id: String, _ type: String = "group") -> JSONValue {
                [["principal_type": .string(type), "principal_id": .string(id), "permission": .string(permission)]]
            }
            /// Read, by command, history, lists; update, rename, restore, toggle, share, delete a version.
            func statuses() async throws -> [Int] {
                var statuses: [Int] = []
                for read in [path, Self.base + "/command/own", path + "/history"] {
                    statuses.append(try await server.call(.get, read, token: member.token).status)
                }
                for (write, body) in [
                    ("/update", Self.form("own", "secret")), ("/update/meta", ["name": "Greeting", "command": "own"]),
                    ("/update/version", ["version_id": "none"]), ("/access/update", ["access_grants": .string("x")]),
                ] as [(String, JSONValue)] {
                    statuses.append(try await server.call(.post, path + write, token: member.token, body).status)
                }
                statuses.append(try await server.call(.delete, path + "/history/none", token: member.token).status)
                return statuses
            }
            #expect(try await statuses() == [404, 404, 401, 401, 401, 401, 422, 401])
            #expect(try await server.call(.get, Self.base + "/list?query=secret", token: member.token)["total"] == 0)
            #expect(try await server.call(.post, path + "/toggle", token: member.token).status == 401)
            #expect(try await server.call(.delete, path + "/delete", token: member.token).status == 401)
            #expect(try await share([], by: member).status == 401)

            #expect(try await share(grant("read", to: group), by: owner)["access_grants"]?[0]?["principal_id"] == .string(group))
            #expect(try await statuses() == [200, 200, 200, 401, 401, 401, 422, 401])
            let seen = try await server.call(.get, path, token: member.token)
            #expect(seen["write_access"] == false && seen["access_grants"] == [])
            #expect(try await server.call(.get, Self.base + "/", token: member.token).body.array?.count == 1)
            #expect(try await share(grant("write", to: group), by: member).status == 401)

            #expect(try await share(grant("write", to: group), by: owner).status == 200)
            #expect(try await statuses() == [200, 200, 200, 200, 200, 400, 422, 404])
            #expect(try await server.call(.get, path, token: admin.token)["write_access"] == true)
            #expect(try await share(grant("read", to: "*", "user"), by: owner).status == 403)
            #expect(try await server.call(.get, path, token: owner.token)["access_grants"]?[0]?["permission"] == "write")
            #expect(try await share(grant("read", to: "*", "user"), by: admin).status == 200)
            #expect(try await share([], by: owner).status == 200)
            #expect(try await statuses() == [404, 404, 401, 401, 401, 401, 422, 401])
            #expect(try await server.call(.delete, path + "/delete", token: admin.token).body == true)
        }
    }

    @Test func `without permissions a user makes nothing and shares nothing`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            #expect(try await server.call(.post, Self.base + "/create", token: user.token, Self.form("x")).status == 401)
        }
        try await ServerFixture.with(["USER_PERMISSIONS": #"{"workspace":{"prompts":true}}"#]) { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let grants: JSONValue = [["principal_type": "user", "principal_id": .string(admin.id), "permission": "read"]]
            let made = try await server.call(.post, Self.base + "/create", token: user.token, Self.form("x", "x", ["access_grants": grants]))
            #expect(made.status == 200 && made["access_grants"] == [])
            let path = Self.base + "/id/\(made["id"]?.string ?? "")/access/update"
            #expect(try await server.call(.post, path, token: user.token, ["access_grants": grants]).status == 403)
        }
    }

    @Test func `bad prompts are refused with a reason`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            func create(_ body: JSONValue) async throws -> ServerFixture.Answer {
                try await server.call(.post, Self.base + "/create", token: admin.token, body)
            }
            let made = try await create(Self.form("taken"))
            #expect(try await create(Self.form("/taken")).detail?.contains("already registered") == true)
            for (command, content) in [
                ("", "x"), ("/", "x"), ("two words", "x"), ("line\nbreak", "x"), (String(repeating: "x", count: 129), "x"),
                ("long", String(repeating: "가", count: 65_537)), ("null", "a\0b"),
            ] {
                let answer = try await create(Self.form(command, content))
                #expect(answer.status == 400 && answer.detail != nil, "\(command.prefix(20))")
            }
            #expect(try await create(Self.form("tags", "x", ["tags": .strings((0..<51).map { "\($0)" })])).status == 400)
            #expect(try await create(Self.form("meta", "x", ["meta": ["x": .string(String(repeating: "x", count: 70_000))]])).status == 400)
            for body in [["command": "x", "name": "x"], ["command": 1, "name": "x", "content": "x"], ["command": "x", "content": "x"]] as [JSONValue]
            {
                #expect(try await create(body).status == 422)
            }
            #expect(try await create(Self.form("tag", "x", ["tags": [1]])).status == 422)
            #expect(try await create(["command": "old", "title": "From an old client", "content": "x"])["name"] == "From an old client")
            let path = Self.base + "/id/\(made["id"]?.string ?? "")"
            #expect(try await server.call(.post, path + "/update", token: admin.token, Self.form("old")).status == 400)
            #expect(
                try await server.call(.post, path + "/update/meta", token: admin.token, ["name": "x", "command": "/old"]).detail?.contains(
                    "already registered") == true)
            #expect(try await server.call(.get, Self.base + "/list?page=0", token: admin.token).status == 422)
            #expect(try await server.call(.get, path, token: admin.token)["command"] == "taken")
        }
    }
}
