import Domain
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import haneul

struct NotesAPITests {
    private static let base = "/api/v1/notes"

    private static func form(_ title: String, _ text: String, _ more: JSONObject = [:]) -> JSONValue {
        let form: JSONObject = ["title": .string(title), "data": ["content": ["md": .string(text)]]]
        return .object(form.merging(more))
    }

    @Test func `a note is made, read, changed, pinned and deleted in the shapes of the API`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            func call(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil) async throws -> ServerFixture.Answer {
                try await server.call(method, Self.base + path, token: admin.token, body)
            }
            let made = try await call(.post, "/create", Self.form("To-do", "Buy **tea**"))
            let id = try #require(made["id"]?.string)
            #expect(made["user_id"] == .string(admin.id) && made["is_pinned"] == false && made["meta"] == .null && made["access_grants"] == [])
            // Nanoseconds.
            #expect((made["created_at"]?.int ?? 0) > 1_600_000_000_000_000_000)
            #expect(try await call(.get, "/\(id)")["write_access"] == true)
            for path in ["/", "/?page=1", "/list"] {
                let list = try await call(.get, path)
                #expect(list.body[0]?["id"] == .string(id) && list.body[0]?["user"]?["id"] == .string(admin.id))
                #expect(list.body[0]?["data"] == ["content": ["md": "Buy **tea**"]] && list.body[0]?["access_grants"] == nil)
            }
            #expect(try await call(.get, "/?page=2").body == [])
            for query in ["todo", "TEA%20buy", "to-do&permission=read&order_by=name&direction=asc"] {
                #expect(try await call(.get, "/search?query=" + query)["total"] == 1, "\(query)")
            }
            for query in ["query=coffee", "view_option=shared", "query=tea%20coffee"] {
                let none = try await call(.get, "/search?" + query)
                #expect(none["items"] == [] && none["total"] == 0)
            }

            let changed = try await call(.post, "/\(id)/update", ["data": ["files": [["id": "f"]]], "meta": ["k": 1]])
            #expect(changed["title"] == "To-do" && changed["data"] == ["content": ["md": "Buy **tea**"], "files": [["id": "f"]]])
            #expect(changed["meta"] == ["k": 1] && (changed["updated_at"]?.int ?? 0) > (made["updated_at"]?.int ?? 0))
            let same = try await call(.post, "/\(id)/update", ["title": "To-do"])
            #expect(same["updated_at"] == changed["updated_at"])
            let odd = try await call(.post, "/\(id)/update", ["data": ["content": ["md": ["a": 1]]]])
            #expect(odd["data"]?["content"]?["md"]?.string?.hasPrefix("```json\n") == true)

            #expect(try await call(.get, "/pinned").body == [])
            #expect(try await call(.post, "/\(id)/pin")["is_pinned"] == true)
            let second = try #require(try await call(.post, "/create", Self.form("Second", ""))["id"]?.string)
            _ = try await call(.post, "/\(second)/pin")
            #expect(try await call(.get, "/pinned").body.array?.map { $0["title"] } == ["Second", "To-do"])
            #expect(try await call(.get, "/").body.array?.map { $0["is_pinned"] } == [true, true])
            #expect(try await call(.post, "/\(id)/pin")["is_pinned"] == false)
            #expect(try await call(.delete, "/\(id)/delete").body == true)
            #expect(try await call(.get, "/\(id)").status == 404)
            #expect(try await call(.post, "/\(id)/pin").status == 404)
        }
    }

    @Test func `strangers, members of a group and writers do what they may and no more`() async throws {
        try await ServerFixture.with(["USER_PERMISSIONS": PromptsAPITests.permissions]) { server in
            let admin = try await server.administrator()
            let (owner, member) = (try await server.account(.user, by: admin), try await server.account(.user, by: admin))
            let group = try #require(
                try await server.call(.post, "/api/v1/groups/create", token: admin.token, ["name": "G", "description": ""])["id"]?.string)
            _ = try await server.call(.post, "/api/v1/groups/id/\(group)/users/add", token: admin.token, ["user_ids": [.string(member.id)]])
            let id = try #require(try await server.call(.post, Self.base + "/create", token: owner.token, Self.form("N", "hidden"))["id"]?.string)
            func share(_ permission: String?, by account: ServerFixture.Account, to principal: String? = nil) async throws -> Int {
                let grants: JSONValue =
                    permission.map {
                        [
                            [
                                "principal_type": principal == nil ? "group" : "user", "principal_id": .string(principal ?? group),
                                "permission": .string($0),
                            ]
                        ]
                    } ?? []
                return try await server.call(
                    .post, Self.base + "/\(id)/access/update", token: account.token, ["access_grants": grants]
                ).status
            }
            /// Read, pin, listed, found for writing, update, delete (of nothing but a try).
            func reach() async throws -> [Int] {
                var found = [
                    try await server.call(.get, Self.base + "/\(id)", token: member.token).status,
                    try await server.call(.post, Self.base + "/\(id)/pin", token: member.token).status,
                    try await server.call(.get, Self.base + "/", token: member.token).body.array?.count ?? -1,
                ]
                found.append(try await server.call(.get, Self.base + "/pinned", token: member.token).body.array?.count ?? -1)
                if found[1] == 200 { _ = try await server.call(.post, Self.base + "/\(id)/pin", token: member.token) }
                found.append(try await server.call(.get, Self.base + "/search?query=hidden", token: member.token)["total"]?.int ?? -1)
                found.append(try await server.call(.get, Self.base + "/search?permission=read", token: member.token)["total"]?.int ?? -1)
                found.append(try await server.call(.post, Self.base + "/\(id)/update", token: member.token, ["title": "N"]).status)
                return found
            }
            #expect(try await reach() == [403, 403, 0, 0, 0, 0, 403])
            #expect(try await share("write", by: member) == 403)
            #expect(try await server.call(.delete, Self.base + "/\(id)/delete", token: member.token).status == 403)
            #expect(try await share("read", by: owner) == 200)
            #expect(try await reach() == [200, 200, 1, 1, 0, 1, 403])
            #expect(try await server.call(.get, Self.base + "/\(id)", token: member.token)["access_grants"] == [])
            #expect(try await share("write", by: owner) == 200)
            #expect(try await reach() == [200, 200, 1, 1, 1, 1, 200])
            #expect(try await share("read", by: owner, to: "*") == 403)
            // What is shared no more is pinned no more, for those who see the list.
            _ = try await server.call(.post, Self.base + "/\(id)/pin", token: member.token)
            #expect(try await share(nil, by: owner) == 200)
            #expect(try await server.call(.get, Self.base + "/pinned", token: member.token).body == [])
            // Administrators find others' notes, and do not have them among their own.
            #expect(try await server.call(.get, Self.base + "/", token: admin.token).body == [])
            #expect(try await server.call(.get, Self.base + "/search?query=hidden", token: admin.token)["total"] == 1)
            #expect(try await server.call(.delete, Self.base + "/\(id)/delete", token: admin.token).body == true)
        }
    }

    @Test func `notes can be turned off, for everybody and for users`() async throws {
        try await ServerFixture.with(["USER_PERMISSIONS": #"{"features":{"notes":false}}"#]) { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            for path in ["/", "/pinned", "/search", "/none"] {
                #expect(try await server.call(.get, Self.base + path, token: user.token).status == 401)
            }
            #expect(try await server.call(.post, Self.base + "/create", token: user.token, Self.form("x", "x")).status == 401)
            #expect(try await server.call(.get, Self.base + "/", token: admin.token).status == 200)
            var config = try #require(try await server.call(.get, "/api/v1/auths/admin/config", token: admin.token).body.object)
            (config["ENABLE_NOTES"], config["ENABLE_MEMORIES"]) = (false, false)
            #expect(try await server.call(.post, "/api/v1/auths/admin/config", token: admin.token, .object(config)).status == 200)
            #expect(try await server.call(.get, Self.base + "/", token: admin.token).detail == "Notes is disabled")
            #expect(try await server.call(.get, "/api/v1/memories/", token: admin.token).status == 404)
        }
    }

    @Test func `bad notes are refused with a reason`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            for (body, status) in [
                (["title": 1], 422), ([:], 422), (["title": "x", "data": []], 422), (Self.form(String(repeating: "x", count: 501), ""), 400),
                (Self.form("x", String(repeating: "x", count: 600_000)), 400), (Self.form("x", "", ["meta": 1]), 422),
                (Self.form("a\0b", ""), 400),
            ] as [(JSONValue, Int)] {
                #expect(try await server.call(.post, Self.base + "/create", token: admin.token, body).status == status)
            }
            #expect(try await server.call(.get, Self.base + "/search?page=x", token: admin.token).status == 422)
            #expect(try await server.call(.get, Self.base + "/", token: admin.token).body == [])
        }
    }
}
