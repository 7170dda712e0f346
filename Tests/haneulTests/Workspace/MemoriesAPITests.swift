import Domain
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import haneul

/// Memories through the whole server. Its encoder is an address where nobody answers: what needs one says so, the rest works.
struct MemoriesAPITests {
    private static let base = "/api/v1/memories"
    static let environment = ["RAG_EMBEDDING_ENGINE": "ollama", "RAG_OLLAMA_BASE_URL": "http://127.0.0.1:9"]

    @Test func `memories are added, found, changed and forgotten in the shapes of the API`() async throws {
        try await ServerFixture.with(Self.environment) { server in
            let user = try await server.administrator()
            func call(_ method: HTTPRequest.Method, _ path: String, _ body: JSONValue? = nil) async throws -> ServerFixture.Answer {
                try await server.call(method, Self.base + path, token: user.token, body)
            }
            #expect(try await call(.post, "/query", ["content": "tea"]).detail == "No memories found for user")
            let made = try await call(.post, "/add", ["content": " likes tea ", "type": "user", "path": "/home//kitchen/"])
            #expect(made["content"] == "likes tea" && made["type"] == "user" && made["path"] == "home/kitchen" && made["meta"] == .null)
            #expect(made["user_id"] == .string(user.id) && made["created_at"]?.int != nil)
            let id = try #require(made["id"]?.string)
            #expect(try await call(.get, "/").body.array?.map { $0["id"] } == [.string(id)])
            #expect(try await call(.post, "/query", ["content": "tea", "k": 3]).status >= 500)
            #expect(try await call(.post, "/search", ["query": "TEA"]).body[0]?["id"] == .string(id))
            #expect(try await call(.post, "/search", ["query": "tea", "type": "context"]).body == [])
            #expect(try await call(.post, "/paths", [:])["paths"]?[0]?["path"] == "home/kitchen")
            #expect(try await call(.post, "/path", ["path": "home"])["children"] == ["home/kitchen"])
            #expect(try await call(.post, "/path", ["path": "home"])["memories"]?[0]?["id"] == .string(id))
            #expect(try await call(.post, "/path", ["path": "home", "include_children": false])["memories"] == [])

            let changed = try await call(.post, "/\(id)/update", ["content": "likes coffee", "path": ""])
            #expect(changed["content"] == "likes coffee" && changed["path"] == .null && changed["type"] == "user")
            let operations: JSONValue = [
                "operations": [
                    ["action": "add", "content": "new"], ["action": "add", "content": "new"],
                    ["action": "move", "id": .string(id), "path": "work"], ["action": "replace", "id": .string(id), "content": "prefers water"],
                ]
            ]
            let done = try await call(.post, "/update", operations)
            #expect(done.body.array?.map { $0["status"] } == ["created", "skipped", "updated", "updated"])
            #expect(done.body[1]?["reason"] == "duplicate" && done.body[3]?["memory"]?["content"] == "prefers water")
            let failing: JSONValue = ["operations": [["action": "remove", "id": .string(id)], ["action": "remove", "id": "none"]]]
            #expect(try await call(.post, "/update", failing).status == 404)
            #expect(try await call(.get, "/").body.array?.count == 2)
            #expect(try await call(.delete, "/\(id)").body == true)
            #expect(try await call(.delete, "/\(id)").body == false)
            #expect(try await call(.post, "/reindex")["total_memories"] == 1)
            #expect(try await call(.delete, "/delete/user").body == true)
            #expect(try await call(.get, "/").body == [])
        }
    }

    @Test func `nobody reaches another's memories, administrators included`() async throws {
        try await ServerFixture.with(Self.environment) { server in
            let admin = try await server.administrator()
            let user = try await server.account(.user, by: admin)
            let id = try #require(try await server.call(.post, Self.base + "/add", token: user.token, ["content": "private"])["id"]?.string)
            #expect(try await server.call(.get, Self.base + "/", token: admin.token).body == [])
            #expect(try await server.call(.post, Self.base + "/search", token: admin.token, ["memory_id": .string(id)]).body == [])
            #expect(try await server.call(.post, Self.base + "/\(id)/update", token: admin.token, ["content": "x"]).status == 404)
            let operations: JSONValue = ["operations": [["action": "replace", "id": .string(id), "content": "x"]]]
            #expect(try await server.call(.post, Self.base + "/update", token: admin.token, operations).status == 404)
            #expect(try await server.call(.delete, Self.base + "/\(id)", token: admin.token).body == false)
            #expect(try await server.call(.delete, Self.base + "/delete/user", token: admin.token).body == true)
            #expect(try await server.call(.get, Self.base + "/", token: user.token).body[0]?["content"] == "private")
        }
    }

    @Test func `bad memories are refused with a reason, and so is who may have none`() async throws {
        try await ServerFixture.with(Self.environment.merging(["USER_PERMISSIONS": #"{"features":{"memories":false}}"#]) { $1 }) { server in
            let admin = try await server.administrator()
            for (path, body, status) in [
                ("/add", ["content": " "], 400), ("/add", ["content": .string(String(repeating: "가", count: 4001))], 400), ("/add", [:], 422),
                ("/add", ["content": "x", "type": "other"], 422), ("/add", ["content": "x", "path": "a/../b"], 400), ("/add", ["content": 1], 422),
                ("/update", ["operations": []], 400), ("/update", ["operations": [1]], 422), ("/update", ["operations": [["action": "x"]]], 422),
                ("/update", ["operations": [["action": "move", "path": "x"]]], 400), ("/none/update", [:], 400),
                ("/none/update", ["content": "x"], 404), ("/query", [:], 422), ("/path", ["path": "/"], 400), ("/search", ["limit": "x"], 422),
            ] as [(String, JSONValue, Int)] {
                let answer = try await server.call(.post, Self.base + path, token: admin.token, body)
                #expect(answer.status == status, "\(path) \(body.jsonText.prefix(60)): \(answer.text)")
            }
            #expect(try await server.call(.get, Self.base + "/", token: admin.token).body == [])
            let user = try await server.account(.user, by: admin)
            for (method, path) in [(HTTPRequest.Method.get, "/"), (.delete, "/delete/user"), (.delete, "/none"), (.post, "/reset")] {
                #expect(try await server.call(method, Self.base + path, token: user.token).status == 403)
            }
        }
    }
}
