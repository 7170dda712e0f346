import Domain
import Foundation
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import haneul

/// Chats through pipes, filters, tools and actions, with Swift closures in the place of Python.
struct FunctionChatTests {
    /// A server whose functions are in use, and its administrator.
    private struct Scene: Sendable {
        let server: ServerFixture
        let admin: ServerFixture.Account

        func add(_ id: String, active: Bool = true, global: Bool = false) async throws {
            let form: JSONValue = ["id": .string(id), "name": .string(id.uppercased()), "content": "class Pipe: ...", "meta": [:]]
            try #require(try await server.call(.post, "/api/v1/functions/create", token: admin.token, form).status == 200)
            if active { _ = try await server.call(.post, "/api/v1/functions/id/\(id)/toggle", token: admin.token) }
            if global { _ = try await server.call(.post, "/api/v1/functions/id/\(id)/toggle/global", token: admin.token) }
        }

        func chat(_ model: String, _ more: JSONObject = [:], text: String = "hi", token: String? = nil) async throws -> ServerFixture.Answer {
            let body: JSONObject = ["model": .string(model), "messages": [["role": "user", "content": .string(text)]]]
            return try await server.call(.post, "/api/chat/completions", token: token ?? admin.token, .object(body.merging(more)))
        }

        /// The chunks of a streamed answer.
        func stream(_ model: String, _ more: JSONObject = [:], text: String = "hi") async throws -> [JSONValue] {
            let answer = try await chat(model, (["stream": true] as JSONObject).merging(more), text: text)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
            return answer.text.components(separatedBy: "\n\n").compactMap { try? JSONValue(parsing: String($0.dropFirst(6))) }
        }
    }

    private static func with(
        _ scripts: [String: ScriptedFunctionHost.Script], environment: [String: String] = [:],
        _ work: @escaping @Sendable (Scene) async throws -> Void
    ) async throws {
        try await ServerFixture.with(environment, functions: ScriptedFunctionHost(scripts)) { server in
            try await work(Scene(server: server, admin: try await server.administrator()))
        }
    }

    private static func pipe(
        _ answer: @escaping @Sendable (JSONObject, FunctionCall) async throws -> FunctionAnswer
    ) -> ScriptedFunctionHost.Script {
        var script = ScriptedFunctionHost.Script(FunctionManifest(kind: .pipe))
        script.pipe = answer
        return script
    }

    private static func pieces(_ list: [FunctionPiece], then failure: (any Error)? = nil) -> FunctionAnswer {
        let rest = Mutex(list[...])
        return .pieces(
            FunctionPieces {
                if let piece = rest.withLock({ $0.popFirst() }) { return piece }
                if let failure { throw failure }
                return nil
            })
    }

    private static let echo = pipe { body, _ in .value(.string("echo: " + MessageText.text(of: body["messages"]?.array?.last ?? .null))) }

    private static func text(_ chunks: [JSONValue]) -> String {
        chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }.joined()
    }

    private static func finishes(_ chunks: [JSONValue]) -> [String] { chunks.compactMap { $0["choices"]?[0]?["finish_reason"]?.string } }

    private static func raised(_ type: String, _ message: String) -> AppError {
        AppError(.badRequest, "\(type): \(message)", cause: FunctionFailure(type: type, message: message))
    }

    // MARK: Pipes

    @Test func `a pipe is a model like any other, for those it is granted to`() async throws {
        try await Self.with(["echo": Self.echo]) { scene in
            try await scene.add("echo", active: false)
            #expect(try await scene.chat("echo").status == 400)
            _ = try await scene.server.call(.post, "/api/v1/functions/id/echo/toggle", token: scene.admin.token)
            let models = try await scene.server.call(.get, "/api/models", token: scene.admin.token)["data"]?.array ?? []
            let entry = try #require(models.first { $0["id"] == "echo" })
            #expect(entry["name"] == "ECHO" && entry["owned_by"] == "openai" && entry["pipe"] == ["type": "pipe"] && entry["object"] == "model")
            #expect(entry["actions"] == [] && entry["filters"] == [] && entry["tags"] == [])
            let answer = try await scene.chat("echo")
            #expect(answer.status == 200 && answer["object"] == "chat.completion" && answer["model"] == "echo")
            #expect(answer["choices"]?[0]?["message"] == ["role": "assistant", "content": "echo: hi"])
            #expect(answer["choices"]?[0]?["finish_reason"] == "stop")
            let chunks = try await scene.stream("echo")
            #expect(Self.text(chunks) == "echo: hi" && Self.finishes(chunks) == ["stop"])

            let user = try await scene.server.account(.user, by: scene.admin)
            #expect(try await scene.chat("echo", token: user.token).status == 400)
            let grants: JSONValue = [
                "id": "echo", "name": "ECHO", "access_grants": [["principal_type": "user", "principal_id": "*", "permission": "read"]],
            ]
            _ = try await scene.server.call(.post, "/api/v1/models/model/access/update", token: scene.admin.token, grants)
            #expect(try await scene.chat("echo", token: user.token).status == 200)
        }
    }

    @Test func `a manifold is several models, told again when its valves change`() async throws {
        var script = Self.pipe { body, _ in .value(.string(body["model"]?.string ?? "")) }
        script.manifest.isManifold = true
        script.manifest.valves = ["properties": ["many": ["type": "integer"]]]
        script.models = { valves in (0..<(valves["many"]?.int ?? 1)).map { FunctionModel(id: "m.\($0)", name: "Many \($0)") } }
        try await Self.with(["man": script]) { scene in
            try await scene.add("man")
            func ids() async throws -> [String] {
                try await scene.server.call(.get, "/api/models", token: scene.admin.token)["data"]?.array?.compactMap { $0["id"]?.string }
                    .filter { $0.hasPrefix("man") } ?? []
            }
            #expect(try await ids() == ["man.m.0"])
            _ = try await scene.server.call(.post, "/api/v1/functions/id/man/valves/update", token: scene.admin.token, ["many": 2])
            #expect(try await ids() == ["man.m.0", "man.m.1"])
            #expect(try await scene.chat("man.m.1")["choices"]?[0]?["message"]?["content"] == "man.m.1")
            #expect(try await scene.chat("man").status == 400)
        }
    }

    @Test func `a workspace model on a pipe brings its prompt and parameters`() async throws {
        let seen = Mutex<JSONObject>([:])
        let script = Self.pipe { body, call in
            seen.withLock { $0 = body }
            return .value(.string(call.user["email"]?.string ?? ""))
        }
        try await Self.with(["p": script]) { scene in
            try await scene.add("p")
            let form: JSONValue = [
                "id": "ws", "name": "W", "base_model_id": "p", "meta": [:], "params": ["system": "Be brief.", "temperature": 0.5],
            ]
            #expect(try await scene.server.call(.post, "/api/v1/models/create", token: scene.admin.token, form).status == 200)
            let answer = try await scene.chat("ws")
            #expect(answer["choices"]?[0]?["message"]?["content"] == .string(scene.admin.email))
            let body = seen.withLock { $0 }
            #expect(body["model"] == "p" && body["temperature"] == 0.5 && body["messages"]?[0]?["content"] == "Be brief.")
            let entry = try await scene.server.call(.get, "/api/models", token: scene.admin.token)["data"]?.array?.first { $0["id"] == "ws" }
            #expect(entry?["pipe"] == ["type": "pipe"] && entry?["preset"] == true)
        }
    }

    @Test func `whatever a pipe yields becomes OpenAI's form`() async throws {
        let usage: JSONObject = ["prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3]
        let chunk: JSONObject = ["id": "x", "choices": [["index": 0, "delta": ["content": "b", "reasoning_content": "r"]]]]
        let last: JSONObject = ["id": "x", "choices": [["index": 0, "delta": [:], "finish_reason": "length"]], "usage": .object(usage)]
        let completion: JSONObject = [
            "choices": [["index": 0, "message": ["role": "assistant", "content": "whole"], "finish_reason": "stop"]], "usage": .object(usage),
            "mine": 1,
        ]
        try await Self.with([
            "texts": Self.pipe { _, _ in Self.pieces([.text("a"), .text(""), .text("b")]) },
            "mixed": Self.pipe { _, _ in Self.pieces([.text("a"), .chunk(chunk), .chunk(last)]) },
            "whole": Self.pipe { _, _ in .value(.object(completion)) }, "nothing": Self.pipe { _, _ in .value(.null) },
            "number": Self.pipe { _, _ in .value(42) }, "refusing": Self.pipe { _, _ in .value(["error": ["message": "no"]]) },
        ]) { scene in
            for id in ["texts", "mixed", "whole", "nothing", "number", "refusing"] { try await scene.add(id) }
            func content(_ id: String) async throws -> JSONValue? { try await scene.chat(id)["choices"]?[0]?["message"]?["content"] }
            #expect(try await content("texts") == "ab")
            #expect(try await content("nothing") == "")
            #expect(try await content("number") == "42")
            let mixed = try await scene.chat("mixed")
            #expect(mixed["choices"]?[0]?["message"] == ["role": "assistant", "content": "ab", "reasoning_content": "r"])
            #expect(mixed["choices"]?[0]?["finish_reason"] == "length" && mixed["usage"] == .object(usage))
            #expect(try await scene.chat("whole").body == .object(completion))
            #expect(try await scene.chat("refusing").body == ["error": ["message": "no"]])

            let texts = try await scene.stream("texts")
            #expect(Self.text(texts) == "ab" && Self.finishes(texts) == ["stop"])
            #expect(texts[0]["choices"]?[0]?["delta"]?["role"] == "assistant" && texts[1]["choices"]?[0]?["delta"]?["role"] == nil)
            let streamed = try await scene.stream("mixed")
            #expect(Self.text(streamed) == "ab" && Self.finishes(streamed) == ["length"] && streamed.last?["usage"] == .object(usage))
            let unfolded = try await scene.stream("whole")
            #expect(Self.text(unfolded) == "whole" && Self.finishes(unfolded) == ["stop"] && unfolded.last?["usage"] == .object(usage))
            #expect(try await scene.stream("refusing") == [["error": ["message": "no"]]])
        }
    }

    @Test func `errors are told by status before the answer, in it afterwards`() async throws {
        try await Self.with([
            "early": Self.pipe { _, _ in throw Self.raised("KeyError", "'x'") },
            "late": Self.pipe { _, _ in Self.pieces([.text("a")], then: Self.raised("ValueError", "bad")) },
            "slow": Self.pipe { _, _ in throw AppError(.timeout, "The function took longer than 300 seconds.") },
            "dead": Self.pipe { _, _ in throw AppError(.upstreamFailed, "The function's worker died.") },
        ]) { scene in
            for id in ["early", "late", "slow", "dead"] { try await scene.add(id) }
            for stream in [false, true] {
                let early = try await scene.chat("early", ["stream": .bool(stream)])
                #expect(early.status == 400 && early.detail == "EARLY failed: KeyError: 'x'")
                #expect(try await scene.chat("slow", ["stream": .bool(stream)]).status == 504)
                #expect(try await scene.chat("dead", ["stream": .bool(stream)]).status == 500)
            }
            #expect(try await scene.chat("late").detail == "LATE failed: ValueError: bad")
            let chunks = try await scene.stream("late")
            #expect(Self.text(chunks) == "a" && chunks.last == ["error": ["message": "LATE failed: ValueError: bad"]])
        }
    }

    @Test func `events reach who reads a stream, also before the answer, and never break other clients`() async throws {
        let script = Self.pipe { _, call in
            await call.services.emit(["type": "status", "data": ["description": "thinking", "done": false]])
            try await Task.sleep(for: .milliseconds(30))
            await call.services.emit(["type": "message", "data": ["content": "said "]])
            await call.services.emit([
                "type": "citation", "data": ["source": ["name": "s"], "document": ["d"], "metadata": [["source": "s"]]],
            ])
            return .value("answer")
        }
        try await Self.with(["p": script]) { scene in
            try await scene.add("p")
            let chunks = try await scene.stream("p")
            #expect(chunks[0]["event"] == ["type": "status", "data": ["description": "thinking", "done": false]])
            #expect(chunks.allSatisfy { $0["choices"]?[0]?["delta"]?.object != nil })
            #expect(Self.text(chunks) == "said answer")
            #expect(chunks.contains { $0["sources"]?[0]?["source"]?["name"] == "s" })
            let whole = try await scene.chat("p")
            #expect(whole["choices"]?[0]?["message"]?["content"] == "said answer" && whole["sources"]?[0]?["document"] == ["d"])
            #expect(whole["event"] == nil)
        }
    }

    @Test func `a question is answered by the person who was asked, and by nobody else`() async throws {
        let script = Self.pipe { _, call in .value(try await call.services.ask(["type": "confirmation", "data": ["title": "Sure?"]])) }
        try await Self.with(["p": script]) { scene in
            try await scene.add("p")
            let user = try await scene.server.account(.user, by: scene.admin)
            for (stream, features) in [(true, [:] as JSONValue), (false, ["event_call": true])] {
                let answer = try await scene.chat("p", ["stream": .bool(stream), "features": features])
                #expect(answer.status == 503 && answer.detail?.contains("__event_call__") == true)
            }
            let path = "/api/chat/events/none"
            #expect(try await scene.server.call(.post, path, token: user.token, ["value": true]).status == 404)
            #expect(try await scene.server.call(.post, path, token: user.token, [:]).status == 422)
        }
    }

    @Test func `functions call models with the caller's rights, and not without end`() async throws {
        let outer = Self.pipe { body, call in
            let answer = try await call.services.complete(["model": "secret", "messages": body["messages"] ?? []])
            guard case .whole(let bytes) = answer.body else { return .value(.null) }
            return .value(.string("via " + (try JSONValue(parsing: bytes)["choices"]?[0]?["message"]?["content"]?.string ?? "?")))
        }
        let loop = Self.pipe { body, call in
            guard case .whole(let bytes) = try await call.services.complete(body.merging(["model": "loop"])).body else { return .value(.null) }
            return .value(try JSONValue(parsing: bytes)["choices"]?[0]?["message"]?["content"] ?? .null)
        }
        try await Self.with(["outer": outer, "secret": Self.echo, "loop": loop]) { scene in
            for id in ["outer", "secret", "loop"] { try await scene.add(id) }
            #expect(try await scene.chat("outer")["choices"]?[0]?["message"]?["content"] == "via echo: hi")
            let user = try await scene.server.account(.user, by: scene.admin)
            let grants: JSONValue = [
                "id": "outer", "name": "O", "access_grants": [["principal_type": "user", "principal_id": "*", "permission": "read"]],
            ]
            _ = try await scene.server.call(.post, "/api/v1/models/model/access/update", token: scene.admin.token, grants)
            let refused = try await scene.chat("outer", token: user.token)
            #expect(refused.status == 400 && refused.detail == "Model not found")
            let endless = try await scene.chat("loop")
            #expect(endless.status == 400 && endless.detail?.contains("more than 4 deep") == true)
        }
    }

    @Test func `what a function may read is the caller's`() async throws {
        let script = Self.pipe { body, call in
            let services = call.services
            let other = MessageText.text(of: body["messages"]?.array?.last ?? .null)
            let me = try await services.user(call.user["id"]?.string ?? "")
            return .value([
                "me": me?["email"] ?? .null, "other": try await services.user(other).map(JSONValue.object) ?? .null,
                "file": try await services.file("none").map(JSONValue.object) ?? .null,
                "chat": try await services.chat("none").map(JSONValue.object) ?? .null,
                "models": .int(try await services.models().count),
                "found": .object(try await services.retrieve(["q"], items: [["type": "collection", "id": "none"]], limit: 3)),
            ])
        }
        try await Self.with(["p": script]) { scene in
            try await scene.add("p")
            let user = try await scene.server.account(.user, by: scene.admin)
            let answer = try await scene.chat("p", text: user.id)
            #expect(answer["me"] == .string(scene.admin.email))
            #expect(answer["other"] == .null && answer["file"] == .null && answer["chat"] == .null)
            #expect(answer["models"]?.int ?? 0 >= 1)
            #expect(answer["found"] == ["distances": [[]], "documents": [[]], "metadatas": [[]]])
        }
    }

    // MARK: Filters

    private static func filter(
        priority: Int = 0, toggle: Bool = false, inlet: (@Sendable (JSONObject, FunctionCall) async throws -> JSONObject)? = nil,
        outlet: (@Sendable (JSONObject, FunctionCall) async throws -> JSONObject)? = nil,
        stream: (@Sendable (JSONObject, FunctionCall) throws -> JSONObject?)? = nil
    ) -> ScriptedFunctionHost.Script {
        let valves: JSONObject = ["properties": ["priority": ["type": "integer", "default": .int(priority)]]]
        var script = ScriptedFunctionHost.Script(
            FunctionManifest(
                kind: .filter, valves: valves, hasInlet: inlet != nil, hasStream: stream != nil, hasOutlet: outlet != nil, isToggle: toggle))
        if let inlet { script.inlet = inlet }
        if let outlet { script.outlet = outlet }
        if let stream { script.stream = stream }
        return script
    }

    /// Adds to the text of the last message.
    private static func tag(_ mark: String) -> @Sendable (JSONObject, FunctionCall) async throws -> JSONObject {
        { body, _ in
            var (body, messages) = (body, body["messages"]?.array ?? [])
            messages[messages.count - 1]["content"] = .string(MessageText.text(of: messages[messages.count - 1]) + mark)
            body["messages"] = .array(messages)
            return body
        }
    }

    @Test func `global filters run by priority, before and after, streamed or not`() async throws {
        try await Self.with([
            "echo": Self.echo, "late": Self.filter(priority: 5, inlet: Self.tag("-late"), outlet: Self.tag("+late")),
            "early": Self.filter(priority: 1, inlet: Self.tag("-early"), outlet: Self.tag("+early")),
            "off": Self.filter(inlet: Self.tag("-off")), "elsewhere": Self.filter(inlet: Self.tag("-elsewhere")),
        ]) { scene in
            try await scene.add("echo")
            for id in ["late", "early"] { try await scene.add(id, global: true) }
            try await scene.add("off", active: false, global: true)
            try await scene.add("elsewhere")
            let expected = "echo: hi-early-late+early+late"
            #expect(try await scene.chat("echo")["choices"]?[0]?["message"]?["content"] == .string(expected))
            let chunks = try await scene.stream("echo")
            #expect(Self.text(chunks) == expected && Self.finishes(chunks) == ["stop"])
            // Valves win over the code's own priority.
            _ = try await scene.server.call(.post, "/api/v1/functions/id/early/valves/update", token: scene.admin.token, ["priority": 9])
            #expect(try await scene.chat("echo")["choices"]?[0]?["message"]?["content"] == "echo: hi-late-early+late+early")
        }
    }

    @Test func `a model has filters of its own, and people turn some on themselves`() async throws {
        try await Self.with([
            "echo": Self.echo, "own": Self.filter(inlet: Self.tag("-own")), "choice": Self.filter(toggle: true, inlet: Self.tag("-choice")),
        ]) { scene in
            for id in ["echo", "own", "choice"] { try await scene.add(id) }
            let form: JSONValue = ["id": "ws", "name": "W", "base_model_id": "echo", "meta": ["filterIds": ["own", "choice"]], "params": [:]]
            _ = try await scene.server.call(.post, "/api/v1/models/create", token: scene.admin.token, form)
            func content(_ model: String, _ more: JSONObject = [:]) async throws -> JSONValue? {
                try await scene.chat(model, more)["choices"]?[0]?["message"]?["content"]
            }
            #expect(try await content("ws") == "echo: hi-own")
            #expect(try await content("ws", ["filter_ids": ["choice"]]) == "echo: hi-choice-own")
            // A request cannot bring filters that are not the model's.
            #expect(try await content("echo", ["filter_ids": ["choice", "own"]]) == "echo: hi")
            let entry = try await scene.server.call(.get, "/api/models", token: scene.admin.token)["data"]?.array?.first { $0["id"] == "ws" }
            #expect(entry?["filters"]?.array?.map { $0["id"] ?? .null } == ["choice"])
        }
    }

    @Test func `a stream filter sees every chunk, may change and drop it`() async throws {
        let filter = Self.filter(stream: { chunk, _ in
            guard let text = chunk["choices"]?[0]?["delta"]?["content"]?.string else { return chunk }
            if text == "drop" { return nil }
            var choice = chunk["choices"]?[0] ?? .null
            choice["delta"]?["content"] = .string(text.uppercased())
            return chunk.merging(["choices": [choice]])
        })
        try await Self.with([
            "p": Self.pipe { _, _ in Self.pieces([.text("a"), .text("drop"), .text("b")]) }, "f": filter,
        ]) { scene in
            try await scene.add("p")
            try await scene.add("f", global: true)
            let chunks = try await scene.stream("p")
            #expect(Self.text(chunks) == "AB" && Self.finishes(chunks) == ["stop"])
        }
    }

    @Test func `an outlet that rewrites what was streamed says so in an event`() async throws {
        let filter = Self.filter(outlet: { body, _ in
            var (body, messages) = (body, body["messages"]?.array ?? [])
            messages[messages.count - 1]["content"] = "redacted"
            body["messages"] = .array(messages)
            return body
        })
        try await Self.with(["echo": Self.echo, "f": filter]) { scene in
            try await scene.add("echo")
            try await scene.add("f", global: true)
            #expect(try await scene.chat("echo")["choices"]?[0]?["message"]?["content"] == "redacted")
            let chunks = try await scene.stream("echo", ["save": true])
            #expect(chunks.contains { $0["event"] == ["type": "replace", "data": ["content": "redacted"]] })
            // What is kept is what the filter left.
            let id = try await scene.server.call(.get, "/api/v1/chats/", token: scene.admin.token).body[0]?["id"]?.string ?? ""
            let saved = try await scene.server.call(.get, "/api/v1/chats/\(id)", token: scene.admin.token)
            let messages = saved["chat"]?["history"]?["messages"]?.object?.map(\.value) ?? []
            #expect(messages.first { $0["role"] == "assistant" }?["content"] == "redacted")
        }
    }

    @Test(arguments: ["fail", "skip"]) func `a filter that fails stops the chat or is left out, as the setting says`(mode: String) async throws {
        let limit: @Sendable (JSONObject, FunctionCall) async throws -> JSONObject = { _, _ in throw Self.raised("Exception", "Slow down.") }
        try await Self.with(
            [
                "echo": Self.echo, "inlet": Self.filter(inlet: limit), "outlet": Self.filter(outlet: limit),
                "stream": Self.filter(stream: { _, _ in throw Self.raised("TypeError", "t") }),
            ], environment: ["HANEUL_FUNCTION_FILTER_FAILURES": mode]
        ) { scene in
            try await scene.add("echo")
            for id in ["inlet", "outlet", "stream"] {
                try await scene.add(id, global: true)
                let whole = try await scene.chat("echo")
                let streamed = try await scene.chat("echo", ["stream": true])
                if mode == "skip" || (id == "stream") {
                    #expect(whole["choices"]?[0]?["message"]?["content"] == "echo: hi")
                } else {
                    #expect(whole.status == 400 && whole.detail == "Slow down.")
                }
                if mode == "skip" {
                    #expect(streamed.text.contains("echo: hi") && !streamed.text.contains("\"error\""))
                } else if id == "inlet" {
                    #expect(streamed.status == 400)
                } else {
                    let message = id == "stream" ? "STREAM failed: TypeError: t" : "Slow down."
                    #expect(streamed.text.contains("{\"error\":{\"message\":\"\(message)\"}}") && streamed.text.hasSuffix("data: [DONE]\n\n"))
                }
                _ = try await scene.server.call(.delete, "/api/v1/functions/id/\(id)/delete", token: scene.admin.token)
            }
        }
    }

    @Test func `a filter may choose another model, but only one of the caller's`() async throws {
        let route = Self.filter(inlet: { body, _ in body.merging(["model": "other", "user": "mallory"]) })
        try await Self.with([
            "echo": Self.echo, "other": Self.pipe { body, _ in .value(.string("other \(body["user"]?.jsonText ?? "-")")) }, "f": route,
        ]) { scene in
            for id in ["echo", "other"] { try await scene.add(id) }
            try await scene.add("f", global: true)
            #expect(try await scene.chat("echo")["choices"]?[0]?["message"]?["content"] == "other -")
            let user = try await scene.server.account(.user, by: scene.admin)
            let grants: JSONValue = [
                "id": "echo", "name": "E", "access_grants": [["principal_type": "user", "principal_id": "*", "permission": "read"]],
            ]
            _ = try await scene.server.call(.post, "/api/v1/models/model/access/update", token: scene.admin.token, grants)
            #expect(try await scene.chat("echo", token: user.token).status == 400)
        }
    }

    // MARK: Tools

    private static let toolSpec: JSONObject = [
        "name": "weather", "description": "d", "parameters": ["type": "object", "properties": ["city": ["type": "string"]]],
    ]

    /// Asks for the weather, then says what it was told.
    private static let asker = pipe { body, _ in
        guard let result = body["messages"]?.array?.last, result["role"] == "tool" else {
            let names = (body["tools"]?.array ?? []).compactMap { $0["function"]?["name"]?.string }
            guard let name = names.first else { return .value("no tools") }
            let call: JSONValue = [
                "index": 0, "id": "c1", "type": "function", "function": ["name": .string(name), "arguments": "{\"city\":\"Seoul\"}"],
            ]
            return pieces([.chunk(["choices": [["index": 0, "delta": ["tool_calls": [call]], "finish_reason": "tool_calls"]]])])
        }
        return .value(.string("told: " + MessageText.text(of: result)))
    }

    @Test func `people's tools run in the server, for those who may use them, and their results are sources`() async throws {
        var tools = ScriptedFunctionHost.Script(
            FunctionManifest(kind: .tools, userValves: ["properties": ["unit": ["type": "string"]]], toolSpecs: [Self.toolSpec]))
        tools.tool = { name, arguments, call in
            if arguments["city"] == "Atlantis" { throw Self.raised("ValueError", "no such city") }
            return .string("\(name) \(arguments["city"]?.string ?? "") \(call.userValves["unit"]?.string ?? "-") \(call.user["role"]?.string ?? "")")
        }
        try await Self.with(["asker": Self.asker, "tool:t": tools]) { scene in
            try await scene.add("asker")
            let form: JSONValue = ["id": "t", "name": "T", "content": "class Tools: ...", "meta": [:]]
            #expect(try await scene.server.call(.post, "/api/v1/tools/create", token: scene.admin.token, form).status == 200)
            _ = try await scene.server.call(.post, "/api/v1/tools/id/t/valves/user/update", token: scene.admin.token, ["unit": "K"])
            let answer = try await scene.chat("asker", ["tool_ids": ["t", "unknown"]])
            #expect(answer["choices"]?[0]?["message"]?["content"] == "told: weather Seoul K admin")
            #expect(answer["sources"]?[0]?["source"]?["name"] == "t/weather")
            #expect(answer["sources"]?[0]?["metadata"]?[0]?["parameters"] == ["city": "Seoul"])
            let chunks = try await scene.stream("asker", ["tool_ids": ["t"]])
            #expect(Self.text(chunks) == "told: weather Seoul K admin" && chunks.contains { $0["sources"] != nil })

            let user = try await scene.server.account(.user, by: scene.admin)
            let everybody: JSONValue = [["principal_type": "user", "principal_id": "*", "permission": "read"]]
            _ = try await scene.server.call(
                .post, "/api/v1/models/model/access/update", token: scene.admin.token, ["id": "asker", "name": "A", "access_grants": everybody])
            let without = try await scene.chat("asker", ["tool_ids": ["t"]], token: user.token)
            #expect(without["choices"]?[0]?["message"]?["content"] == "no tools")
            _ = try await scene.server.call(
                .post, "/api/v1/tools/id/t/access/update", token: scene.admin.token, ["access_grants": everybody])
            let with = try await scene.chat("asker", ["tool_ids": ["t"]], token: user.token)
            #expect(with["choices"]?[0]?["message"]?["content"] == "told: weather Seoul - user")
        }
    }

    @Test func `what goes wrong in a tool is told to the model`() async throws {
        var tools = ScriptedFunctionHost.Script(FunctionManifest(kind: .tools, citation: false, toolSpecs: [Self.toolSpec]))
        tools.tool = { _, _, _ in throw Self.raised("ValueError", "no such city") }
        try await Self.with(["asker": Self.asker, "tool:t": tools]) { scene in
            try await scene.add("asker")
            let form: JSONValue = ["id": "t", "name": "T", "content": "class Tools: ...", "meta": [:]]
            _ = try await scene.server.call(.post, "/api/v1/tools/create", token: scene.admin.token, form)
            let answer = try await scene.chat("asker", ["tool_ids": ["t"]])
            #expect(answer["choices"]?[0]?["message"]?["content"] == "told: Error: T failed: ValueError: no such city")
            #expect(answer["sources"] == nil)
        }
    }

    // MARK: Actions and completed answers

    @Test func `an action runs for the models that offer it`() async throws {
        var script = ScriptedFunctionHost.Script(FunctionManifest(kind: .action, actions: [["id": "one", "name": "One"]]))
        script.action = { body, id, call in ["id": .optional(id), "message": body["id"] ?? .null, "user": call.user["id"] ?? .null] }
        try await Self.with(["echo": Self.echo, "act": script]) { scene in
            try await scene.add("echo")
            try await scene.add("act")
            let body: JSONValue = ["model": "echo", "messages": [], "chat_id": "c", "id": "m", "session_id": "s"]
            let user = try await scene.server.account(.user, by: scene.admin)
            let everybody: JSONValue = [["principal_type": "user", "principal_id": "*", "permission": "read"]]
            _ = try await scene.server.call(
                .post, "/api/v1/models/model/access/update", token: scene.admin.token, ["id": "echo", "name": "E", "access_grants": everybody])
            #expect(try await scene.server.call(.post, "/api/chat/actions/act.one", token: user.token, body).status == 400)
            _ = try await scene.server.call(.post, "/api/v1/functions/id/act/toggle/global", token: scene.admin.token)
            let answer = try await scene.server.call(.post, "/api/chat/actions/act.one", token: user.token, body)
            #expect(answer.body == ["id": "one", "message": "m", "user": .string(user.id)])
            let unknown = try await scene.server.call(.post, "/api/chat/actions/none", token: user.token, body)
            #expect(unknown.status == 400 && unknown.detail == "Action not found: none")
            let entry = try await scene.server.call(.get, "/api/models", token: user.token)["data"]?.array?.first { $0["id"] == "echo" }
            #expect(entry?["actions"]?[0]?["id"] == "act.one" && entry?["actions"]?[0]?["name"] == "One")
        }
    }

    @Test func `outlet filters see an answer once, whoever reports it`() async throws {
        let count = Mutex(0)
        let filter = Self.filter(outlet: { body, _ in
            count.withLock { $0 += 1 }
            return body.merging(["seen": true])
        })
        try await Self.with(["echo": Self.echo, "f": filter]) { scene in
            try await scene.add("echo")
            try await scene.add("f", global: true)
            let body: JSONObject = ["model": "echo", "messages": [["role": "assistant", "content": "a"]], "id": "elsewhere"]
            let answer = try await scene.server.call(.post, "/api/chat/completed", token: scene.admin.token, .object(body))
            #expect(answer.body == .object(body.merging(["seen": true])))
            #expect(count.withLock { $0 } == 1)
            _ = try await scene.chat("echo", ["id": "here", "chat_id": "local:1"])
            #expect(count.withLock { $0 } == 2)
            let again = body.merging(["id": "here", "chat_id": "local:1"])
            #expect(try await scene.server.call(.post, "/api/chat/completed", token: scene.admin.token, .object(again)).body == .object(again))
            #expect(count.withLock { $0 } == 2)
        }
    }
}
