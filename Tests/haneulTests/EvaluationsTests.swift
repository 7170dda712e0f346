import Domain
import HTTPTypes
import Testing

/// What people think of answers, over HTTP.
struct EvaluationsTests {
    private static let path = "/api/v1/evaluations"
    private static let liked: JSONValue = [
        "type": "rating", "data": ["rating": 1, "model_id": "a", "sibling_model_ids": ["b"], "tags": ["tides"], "own": [1]],
        "meta": ["chat_id": "c"], "snapshot": ["chat": ["title": "T"]], "id": "forged", "user_id": "forged",
    ]

    @Test func `feedback is its maker's and the administrators'`() async throws {
        try await ServerFixture.with(["ENABLE_API_KEYS": "true"]) { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let stranger = try await server.account(.user, by: admin)
            let made = try await server.call(.post, "\(Self.path)/feedback", token: user.token, Self.liked)
            let id = try #require(made["id"]?.string)
            #expect(id != "forged")
            #expect(made["user_id"]?.string == user.id)
            #expect(made["data"] == Self.liked["data"])
            #expect(made["snapshot"] == Self.liked["snapshot"])
            for (token, status) in [(user.token, 200), (admin.token, 200), (stranger.token, 404)] {
                #expect(try await server.call(.get, "\(Self.path)/feedback/\(id)", token: token).status == status)
            }
            let disliked: JSONValue = ["type": "rating", "data": ["rating": -1, "model_id": "a", "sibling_model_ids": ["b"]]]
            #expect(try await server.call(.post, "\(Self.path)/feedback/\(id)", token: stranger.token, disliked).status == 404)
            #expect(try await server.call(.delete, "\(Self.path)/feedback/\(id)", token: stranger.token).status == 404)
            #expect(try await server.call(.delete, "\(Self.path)/feedbacks", token: stranger.token).body == false)
            // An administrator's key of less than everything is nobody special.
            let key = try await server.call(
                .post, "/api/v1/auths/api_keys", token: admin.token, ["name": "k", "limits": ["scopes": ["chats"]]])
            #expect(try await server.call(.get, "\(Self.path)/feedback/\(id)", token: key["api_key"]?.string).status == 404)
            let changed = try await server.call(.post, "\(Self.path)/feedback/\(id)", token: user.token, disliked)
            #expect(changed["data"] == disliked["data"])
            #expect(changed["snapshot"] == Self.liked["snapshot"])
            #expect(try await server.call(.get, "\(Self.path)/feedbacks/user", token: user.token)["total"] == 1)
            #expect(try await server.call(.get, "\(Self.path)/feedbacks/user", token: stranger.token)["total"] == 0)
            #expect(try await server.call(.delete, "\(Self.path)/feedback/\(id)", token: user.token).body == true)
            #expect(try await server.call(.get, "\(Self.path)/feedback/\(id)", token: user.token).status == 404)
        }
    }

    @Test func `administrators list, export and rank it`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            for _ in 0..<31 { _ = try await server.call(.post, "\(Self.path)/feedback", token: user.token, Self.liked) }
            let page = try await server.call(.get, "\(Self.path)/feedbacks/list?page=2", token: admin.token)
            #expect(page["total"] == 31)
            #expect(page["items"]?.array?.count == 1)
            #expect(page["items"]?[0]?["user"]?["email"]?.string == user.email)
            #expect(page["items"]?[0]?["snapshot"] == nil)
            #expect(try await server.call(.get, "\(Self.path)/feedbacks/list?model_id=b", token: admin.token)["total"] == 0)
            #expect(try await server.call(.get, "\(Self.path)/feedbacks/all/export", token: admin.token).body.array?.count == 31)
            #expect(try await server.call(.get, "\(Self.path)/feedbacks/all/ids", token: admin.token).body.array?.count == 31)
            #expect(try await server.call(.get, "\(Self.path)/feedbacks/models", token: admin.token).body == ["a"])
            let board = try await server.call(.get, "\(Self.path)/leaderboard", token: admin.token)["entries"]
            #expect(board?[0]?["model_id"] == "a")
            #expect(board?[0]?["won"] == 31)
            #expect(board?[0]?["top_tags"] == [["tag": "tides", "count": 31]])
            #expect(try await server.call(.get, "\(Self.path)/leaderboard?query=moon", token: admin.token)["entries"] == [])
            #expect(try await server.call(.get, "\(Self.path)/leaderboard", token: user.token).status == 401)
            #expect(try await server.call(.delete, "\(Self.path)/feedbacks/all", token: admin.token).body == true)
            #expect(try await server.call(.get, "\(Self.path)/feedbacks/list", token: admin.token)["total"] == 0)
        }
    }

    @Test(
        arguments: [
            [:], ["type": 1], ["type": "rating", "data": 1], ["type": "rating", "data": ["rating": true]],
            ["type": "rating", "data": ["model_id": 1]],
            ["type": "rating", "data": ["sibling_model_ids": [1]]], ["type": "rating", "meta": []],
        ] as [JSONValue])
    func `feedback of the wrong form is refused`(body: JSONValue) async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            #expect(try await server.call(.post, "\(Self.path)/feedback", token: admin.token, body).status == 422)
        }
    }

    @Test func `feedback goes with its account`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            _ = try await server.call(.post, "\(Self.path)/feedback", token: user.token, Self.liked)
            #expect(try await server.call(.delete, "/api/v1/users/\(user.id)", token: admin.token).status == 200)
            #expect(try await server.call(.get, "\(Self.path)/feedbacks/list", token: admin.token)["total"] == 0)
        }
    }
}
