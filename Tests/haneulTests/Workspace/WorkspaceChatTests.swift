import Domain
import Foundation
import HTTPTypes
import TestSupport
import Testing

@testable import haneul

/// What memories and skills add to the messages that a model gets. The model is a pipe that answers with its messages.
struct WorkspaceChatTests {
    private static let mirror: ScriptedFunctionHost.Script = {
        var script = ScriptedFunctionHost.Script(FunctionManifest(kind: .pipe))
        script.pipe = { body, _ in .value(.string((body["messages"] ?? .null).jsonText)) }
        return script
    }()

    private struct Scene: Sendable {
        let server: ServerFixture
        let admin: ServerFixture.Account

        /// The messages that the model got.
        func messages(_ more: JSONObject, model: String = "mirror", token: String? = nil) async throws -> [JSONValue] {
            let body: JSONObject = ["model": .string(model), "messages": [["role": "user", "content": "How about the kitchen?"]]]
            let answer = try await server.call(.post, "/api/chat/completions", token: token ?? admin.token, .object(body.merging(more)))
            #expect(answer.status == 200, "\(answer.text)")
            let text = answer["choices"]?[0]?["message"]?["content"]?.string ?? "[]"
            return try JSONValue(parsing: text).array ?? []
        }

        func system(_ more: JSONObject, model: String = "mirror", token: String? = nil) async throws -> String? {
            let messages = try await messages(more, model: model, token: token)
            #expect(messages.count { $0["role"]?.string == "system" } <= 1)
            return messages.first { $0["role"]?.string == "system" }?["content"]?.string
        }
    }

    private static func with(_ work: @escaping @Sendable (Scene) async throws -> Void) async throws {
        try await ServerFixture.with(MemoriesAPITests.environment, functions: ScriptedFunctionHost(["mirror": mirror])) { server in
            let admin = try await server.administrator()
            let form: JSONValue = ["id": "mirror", "name": "Mirror", "content": "class Pipe: ...", "meta": [:]]
            try #require(try await server.call(.post, "/api/v1/functions/create", token: admin.token, form).status == 200)
            _ = try await server.call(.post, "/api/v1/functions/id/mirror/toggle", token: admin.token)
            try await work(Scene(server: server, admin: admin))
        }
    }

    @Test func `memories are told when the request asks for them`() async throws {
        try await Self.with { scene in
            let (server, token) = (scene.server, scene.admin.token)
            let asking: JSONObject = ["features": ["memory": true]]
            #expect(try await scene.system(asking) == nil)
            for (content, type, path) in [
                ("likes\ntea", "user", nil), ("a blue one", "context", "home/kitchen"), ("unrelated", "context", nil),
            ] as [(String, String, String?)] {
                let body: JSONValue = ["content": .string(content), "type": .string(type), "path": .optional(path)]
                try #require(try await server.call(.post, "/api/v1/memories/add", token: token, body).status == 200)
            }
            // Without an encoder: what is about the user, and what the question names.
            let told = "<memory_context>\n[User Memory]\n- likes tea\n\n[Memory Neighborhood]\n- home/kitchen: a blue one\n</memory_context>"
            #expect(try await scene.system(asking) == told)
            #expect(try await scene.system([:]) == nil)
            #expect(try await scene.system(["features": ["memory": false]]) == nil)
            let messages: JSONValue = [["role": "system", "content": "Be brief."], ["role": "user", "content": "kitchen"]]
            #expect(try await scene.system(asking.merging(["messages": messages])) == "Be brief.\n" + told)

            // Everybody has their own, and administrators decide whether they are told.
            let user = try await server.account(.user, by: scene.admin)
            let grants: JSONValue = [
                "id": "mirror", "name": "M", "access_grants": [["principal_type": "user", "principal_id": "*", "permission": "read"]],
            ]
            _ = try await server.call(.post, "/api/v1/models/model/access/update", token: token, grants)
            #expect(try await scene.system(asking, token: user.token) == nil)
            var config = try #require(try await server.call(.get, "/api/v1/auths/admin/config", token: token).body.object)
            config["ENABLE_MEMORY_SYSTEM_CONTEXT"] = false
            #expect(try await server.call(.post, "/api/v1/auths/admin/config", token: token, .object(config)).status == 200)
            #expect(try await scene.system(asking) == nil)
        }
    }

    @Test func `skills that are named, and those of a workspace model, go into the system message`() async throws {
        try await Self.with { scene in
            let (server, token) = (scene.server, scene.admin.token)
            for (id, active) in [("first", true), ("second", true), ("off", false)] {
                let body: JSONValue = [
                    "id": .string(id), "name": .string("\"\(id)\""), "content": .string("Do \(id)."), "is_active": .bool(active),
                ]
                try #require(try await server.call(.post, "/api/v1/skills/create", token: token, body).status == 200)
            }
            func told(_ id: String) -> String { "<skill id=\"\(id)\" name=\"&quot;\(id)&quot;\">\nDo \(id).\n</skill>" }
            #expect(try await scene.system(["skill_ids": ["off", "none", "first"]]) == told("first"))
            #expect(try await scene.system(["skill_ids": []]) == nil)
            #expect(try await scene.system(["skill_ids": "first"]) == nil)
            let model: JSONValue = [
                "id": "ws", "name": "WS", "base_model_id": "mirror", "meta": ["skillIds": ["second"]], "params": ["system": "Be brief."],
                "access_grants": [["principal_type": "user", "principal_id": "*", "permission": "read"]],
            ]
            try #require(try await server.call(.post, "/api/v1/models/create", token: token, model).status == 200)
            #expect(
                try await scene.system(["skill_ids": ["first"]], model: "ws") == "Be brief.\n" + told("first") + "\n" + told("second"))

            // A model that may be used opens no skill that may not.
            let user = try await server.account(.user, by: scene.admin)
            let grants: JSONValue = [["principal_type": "user", "principal_id": .string(user.id), "permission": "read"]]
            _ = try await server.call(
                .post, "/api/v1/models/model/access/update", token: token, ["id": "mirror", "name": "M", "access_grants": grants])
            #expect(try await scene.system(["skill_ids": ["first"]], model: "ws", token: user.token) == "Be brief.")
            _ = try await server.call(.post, "/api/v1/skills/id/second/access/update", token: token, ["access_grants": grants])
            #expect(try await scene.system(["skill_ids": ["first"]], model: "ws", token: user.token) == "Be brief.\n" + told("second"))
        }
    }
}
