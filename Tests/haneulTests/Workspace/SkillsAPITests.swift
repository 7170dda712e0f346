import Domain
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import haneul

struct SkillsAPITests {
    private static let base = "/api/v1/skills"

    private static func form(_ id: String, _ name: String, _ more: JSONObject = [:]) -> JSONValue {
        let form: JSONObject = ["id": .string(id), "name": .string(name), "content": "# Do it", "meta": ["tags": ["t"]]]
        return .object(form.merging(more))
    }

    @Test func `a skill is made, read, changed and deleted in the shapes of the API`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            func call(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil) async throws -> ServerFixture.Answer {
                try await server.call(method, Self.base + path, token: admin.token, body)
            }
            let made = try await call(.post, "/create", Self.form("My Skill", "Mine", ["description": "d"]))
            #expect(made["id"] == "my-skill" && made["content"] == nil && made["meta"] == ["tags": ["t"]] && made["is_active"] == true)
            let one = try await call(.get, "/id/my-skill")
            #expect(one["content"] == "# Do it" && one["write_access"] == true && one["data"]?["files"]?[0]?["path"] == "SKILL.md")
            for list in [try await call(.get, "/").body, try await call(.get, "/list?query=MIN&order_by=name")["items"] ?? .null] {
                #expect(list.array?.count == 1 && list[0]?["content"] == nil && list[0]?["user"]?["id"] == .string(admin.id))
            }
            #expect(try await call(.get, "/?query=other").body == [])
            #expect(try await call(.get, "/list?query=other")["total"] == 0)
            let export = try await call(.get, "/export")
            #expect(export.body[0]?["files"]?[0]?["content"] == "# Do it" && export.body[0]?["created_at"]?.int != nil)
            #expect(try await call(.get, "/export?ids=my-skill")["id"] == "my-skill")
            #expect(try await call(.get, "/export?format=zip").status == 400)

            let changed = try await call(
                .post, "/id/my-skill/update",
                ["id": "ignored", "name": "Mine", "data": ["files": [["path": "SKILL.md", "content": "# Do it well"]]]])
            #expect(changed["id"] == "my-skill" && changed["content"] == "# Do it well" && changed["description"] == "d")
            #expect(changed["version_id"] != made["version_id"])
            let stale = Self.form("my-skill", "Mine", ["expected_version_id": made["version_id"] ?? .null])
            #expect(try await call(.post, "/id/my-skill/update", stale).status == 409)
            #expect(try await call(.post, "/id/my-skill/update", Self.form("x", "Mine", ["description": nil]))["description"] == .null)
            #expect(try await call(.post, "/id/my-skill/toggle")["is_active"] == false)
            #expect(try await call(.delete, "/id/my-skill/delete").body == true)
            #expect(try await call(.get, "/id/my-skill").status == 404)
        }
    }

    @Test func `bad skills are refused with a reason`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            func create(_ body: JSONValue) async throws -> ServerFixture.Answer {
                try await server.call(.post, Self.base + "/create", token: admin.token, body)
            }
            #expect(try await create(Self.form("a", "A")).status == 200)
            #expect(try await create(Self.form("a", "B")).status == 400)
            #expect(try await create(Self.form("b", "A")).status == 409)
            for id in ["", "a/b", "../x", "가", String(repeating: "x", count: 129)] {
                #expect(try await create(Self.form(id, "Name \(id)")).status == 400, "\(id)")
            }
            for more in [
                ["content": .string(String(repeating: "x", count: 65_537))], ["description": .string(String(repeating: "x", count: 2001))],
                ["files": [["path": "SKILL.md", "content": "x"], ["path": "run.sh", "content": "rm"]]],
                ["files": [["path": "SKILL.md", "content": "eA==", "encoding": "base64"]]],
            ] as [JSONObject] {
                let answer = try await create(Self.form("c", "C", more))
                #expect(answer.status == 400 && answer.detail != nil)
            }
            #expect(try await create(["id": "c"]).status == 422)
            #expect(try await create(Self.form("c", " ")).status == 400)
            _ = try await create(Self.form("b", "B"))
            #expect(try await server.call(.post, Self.base + "/id/b/update", token: admin.token, Self.form("b", "A")).status == 409)
        }
    }

    @Test func `strangers and members of a group do what they may and no more`() async throws {
        try await ServerFixture.with(["USER_PERMISSIONS": PromptsAPITests.permissions]) { server in
            let admin = try await server.administrator()
            let (owner, member) = (try await server.account(.user, by: admin), try await server.account(.user, by: admin))
            let group = try #require(
                try await server.call(.post, "/api/v1/groups/create", token: admin.token, ["name": "G", "description": ""])["id"]?.string)
            _ = try await server.call(.post, "/api/v1/groups/id/\(group)/users/add", token: admin.token, ["user_ids": [.string(member.id)]])
            #expect(try await server.call(.post, Self.base + "/create", token: owner.token, Self.form("s", "S")).status == 200)
            func share(_ permission: String, by account: ServerFixture.Account) async throws -> Int {
                try await server.call(
                    .post, Self.base + "/id/s/access/update", token: account.token,
                    ["access_grants": [["principal_type": "group", "principal_id": .string(group), "permission": .string(permission)]]]
                ).status
            }
            func reach() async throws -> [Int] {
                [
                    try await server.call(.get, Self.base + "/id/s", token: member.token).status,
                    try await server.call(.get, Self.base + "/", token: member.token).body.array?.count ?? -1,
                    try await server.call(.get, Self.base + "/list", token: member.token)["total"]?.int ?? -1,
                    try await server.call(.post, Self.base + "/id/s/update", token: member.token, Self.form("s", "S")).status,
                    try await server.call(.post, Self.base + "/id/s/toggle", token: member.token).status,
                ]
            }
            #expect(try await reach() == [401, 0, 0, 401, 401])
            #expect(try await share("write", by: member) == 401)
            #expect(try await server.call(.delete, Self.base + "/id/s/delete", token: member.token).status == 401)
            #expect(try await share("read", by: owner) == 200)
            #expect(try await reach() == [200, 1, 1, 401, 401])
            #expect(try await share("write", by: owner) == 200)
            #expect(try await reach() == [200, 1, 1, 200, 200])
            #expect(try await server.call(.get, Self.base + "/export", token: member.token).status == 403)
            #expect(try await server.call(.get, Self.base + "/id/s", token: admin.token)["write_access"] == true)
        }
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            #expect(try await server.call(.post, Self.base + "/create", token: user.token, Self.form("x", "X")).status == 401)
        }
    }
}
