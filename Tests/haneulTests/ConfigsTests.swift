import Domain
import HTTPTypes
import Testing

/// What administrators say to everybody, and figures of chats, over HTTP.
struct ConfigsTests {
    private static let banner: JSONValue = [
        "id": "b", "type": "warning", "title": .null, "content": "Closed tonight.", "dismissible": false, "timestamp": 1_795_000_000,
    ]

    @Test func `banners are for everybody and made by administrators`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let path = "/api/v1/configs/banners"
            #expect(try await server.call(.get, path, token: user.token).body == [])
            #expect(try await server.call(.post, path, token: user.token, ["banners": []]).status == 401)
            #expect(try await server.call(.post, path, token: admin.token, ["banners": [Self.banner]]).body == [Self.banner])
            #expect(try await server.call(.get, path, token: user.token).body == [Self.banner])
            for wrong: JSONValue in [
                [:], ["banners": 1], ["banners": [1]], ["banners": [["id": "b", "type": "loud", "content": "", "timestamp": 1]]],
            ] {
                #expect(try await server.call(.post, path, token: admin.token, wrong).status == 422, "\(wrong.jsonText)")
            }
            #expect(try await server.call(.get, path, token: user.token).body == [Self.banner])
        }
    }

    @Test func `what new chats begin with shows in the page's configuration`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let answer = try await server.call(
                .post, "/api/v1/configs/models", token: admin.token, ["DEFAULT_MODELS": "echo-1", "MODEL_ORDER_LIST": ["b", "a"]])
            #expect(answer.body == ["DEFAULT_MODELS": "echo-1", "DEFAULT_PINNED_MODELS": "", "MODEL_ORDER_LIST": ["b", "a"]])
            let suggestions: JSONValue = [["title": ["Explain", "the tides"], "content": "Explain the tides."]]
            #expect(
                try await server.call(.post, "/api/v1/configs/suggestions", token: admin.token, ["suggestions": suggestions]).body == suggestions)
            let config = try await server.call(.get, "/api/config", token: admin.token)
            #expect(config["default_models"] == "echo-1")
            #expect(config["default_prompt_suggestions"] == suggestions)
            let refused: JSONValue = ["DEFAULT_MODEL_PARAMS": ["temperature": 0]]
            #expect(try await server.call(.post, "/api/v1/configs/models", token: admin.token, refused).status == 422)
        }
    }

    @Test func `settings that were exported can be written back, others are refused as a whole`() async throws {
        try await ServerFixture.with(["ENABLE_SIGNUP": "true"]) { server in
            let admin = try await server.administrator()
            var config = try #require(try await server.call(.get, "/api/v1/configs/export", token: admin.token).body.object)
            #expect(config["WEBUI_SECRET_KEY"] == nil)
            config["DEFAULT_MODELS"] = "other"
            let answer = try await server.call(.post, "/api/v1/configs/import", token: admin.token, ["config": .object(config)])
            #expect(answer.status == 200)
            #expect(answer["DEFAULT_MODELS"] == "other")
            for name in ["DATA_DIR", "WEBUI_SECRET_KEY", "no.such"] {
                let wrong: JSONValue = ["config": .object(["DEFAULT_MODELS": "third", name: "x"])]
                #expect(try await server.call(.post, "/api/v1/configs/import", token: admin.token, wrong).status == 422, "\(name)")
            }
            #expect(server.settings[.defaultModels] == "other")
        }
    }

    private static let chat: JSONValue = [
        "title": "Harbour",
        "history": [
            "currentId": "d",
            "messages": [
                "a": ["id": "a", "role": "user", "content": "1234", "timestamp": 10, "parentId": .null, "childrenIds": ["b", "c"]],
                "b": ["id": "b", "role": "assistant", "content": "12", "model": "m", "timestamp": 14, "parentId": "a", "childrenIds": []],
                "c": ["id": "c", "role": "assistant", "content": "1234", "model": "m", "timestamp": 12, "parentId": "a", "childrenIds": ["d"]],
                "d": ["id": "d", "role": "user", "content": "12345678", "timestamp": 20, "parentId": "c", "childrenIds": []],
            ],
        ],
    ]

    @Test func `figures of a chat hold no texts, and nobody sees those of others`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let id = try #require(try await server.call(.post, "/api/v1/chats/new", token: user.token, ["chat": Self.chat])["id"]?.string)
            let export = try await server.call(.get, "/api/v1/chats/stats/export/\(id)", token: user.token)
            let stats = try #require(export["stats"])
            #expect(stats["message_count"] == 3)
            #expect(stats["history_message_count"] == 4)
            #expect(stats["history_models"] == ["m": 2])
            #expect(stats["models"] == ["m": 1])
            #expect(stats["average_response_time"]?.double == 3)
            #expect(stats["average_user_message_content_length"]?.double == 6)
            #expect(!export.text.contains("12345678"))
            #expect(try await server.call(.get, "/api/v1/chats/stats/export", token: user.token)["total"] == 1)
            #expect(try await server.call(.get, "/api/v1/chats/stats/usage", token: user.token)["items"]?[0]?["id"]?.string == id)
            #expect(try await server.call(.get, "/api/v1/chats/stats/export", token: admin.token)["total"] == 0)
            #expect(try await server.call(.get, "/api/v1/chats/stats/export/\(id)", token: admin.token).status == 401)
        }
    }

    @Test func `a fork has the messages up to the one it was made at`() async throws {
        try await ServerFixture.with { server in
            let admin = try await server.administrator()
            let id = try #require(try await server.call(.post, "/api/v1/chats/new", token: admin.token, ["chat": Self.chat])["id"]?.string)
            let fork = try await server.call(.post, "/api/v1/chats/\(id)/fork", token: admin.token, ["message_id": "c"])
            #expect(fork.status == 200)
            #expect(fork["id"]?.string != id)
            let history = try #require(fork["chat"]?["history"])
            #expect(history["currentId"] == "c")
            #expect(history["messages"]?.object?.keys == ["a", "c"])
            #expect(history["messages"]?["a"]?["childrenIds"] == ["c"])
            #expect(history["messages"]?["c"]?["childrenIds"] == [])
            #expect(fork["chat"]?["branchPointMessageId"] == "c")
            #expect(try await server.call(.post, "/api/v1/chats/\(id)/fork", token: admin.token, ["message_id": "none"]).status == 404)
            #expect(try await server.call(.post, "/api/v1/chats/none/fork", token: admin.token).status == 401)
            #expect(try await server.call(.get, "/api/v1/chats/archived/count", token: admin.token).body == 0)
            #expect(try await server.call(.post, "/api/v1/chats/\(id)/archive", token: admin.token).status == 200)
            #expect(try await server.call(.get, "/api/v1/chats/archived/count", token: admin.token).body == 1)
            #expect(try await server.call(.get, "/api/v1/chats/all/archived", token: admin.token).body[0]?["id"]?.string == id)
        }
    }
}
