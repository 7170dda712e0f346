import Domain
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import haneul

/// What models do beside answering, asked for by clients, with a Swift closure in the place of a function model.
struct TasksAPITests {
    private struct Seen: Sendable {
        var body: JSONObject
        var call: FunctionCall
    }

    private struct Scene: Sendable {
        let server: ServerFixture
        let admin: ServerFixture.Account

        func ask(_ task: String, _ form: JSONValue, token: String? = nil) async throws -> ServerFixture.Answer {
            try await server.call(.post, "/api/v1/tasks/\(task)/completions", token: token ?? admin.token, form)
        }

        func change(_ settings: JSONValue) async throws {
            let answer = try await server.call(.post, "/api/v1/tasks/config/update", token: admin.token, settings)
            try #require(answer.status == 200)
        }
    }

    private static let talk: JSONValue = [["role": "user", "content": "When?"], ["role": "assistant", "content": "At ten."]]

    /// A server with the function model `m`, and what it was called with.
    private static func with(
        failure: (any Error)? = nil, _ work: @escaping @Sendable (Scene, @escaping @Sendable () -> [Seen]) async throws -> Void
    ) async throws {
        let seen = Mutex<[Seen]>([])
        var script = ScriptedFunctionHost.Script(FunctionManifest(kind: .pipe))
        script.pipe = { body, call in
            seen.withLock { $0.append(Seen(body: body, call: call)) }
            if let failure { throw failure }
            return .value("done")
        }
        try await ServerFixture.with(functions: ScriptedFunctionHost(["m": script])) { server in
            let admin = try await server.administrator()
            let form: JSONValue = ["id": "m", "name": "M", "content": "class Pipe: ...", "meta": [:]]
            try #require(try await server.call(.post, "/api/v1/functions/create", token: admin.token, form).status == 200)
            _ = try await server.call(.post, "/api/v1/functions/id/m/toggle", token: admin.token)
            try await work(Scene(server: server, admin: admin)) { seen.withLock { $0 } }
        }
    }

    @Test(
        arguments: [
            ("title", "title_generation"), ("tags", "tags_generation"), ("follow_up", "follow_up_generation"), ("queries", "query_generation"),
            ("image_prompt", "image_prompt_generation"), ("emoji", "emoji_generation"), ("moa", "moa_response_generation"),
        ])
    func `a function model is told its task and what was asked for`(path: String, task: String) async throws {
        try await Self.with { scene, seen in
            let form: JSONValue = ["model": "m", "messages": Self.talk, "prompt": "Ten {{MESSAGES}}", "responses": ["one"], "chat_id": "c"]
            let answer = try await scene.ask(path, form)
            #expect(answer.status == 200 && answer["choices"]?[0]?["message"]?["content"] == "done", "\(answer.text)")
            let call = try #require(seen().first)
            #expect(call.call.context["__task__"] == .string(task) && call.call.context["__task_body__"] == form)
            #expect(call.call.context["__metadata__"]?["task"] == .string(task) && call.call.context["__chat_id__"] == "c")
            #expect(call.call.user["email"] == .string(scene.admin.email) && call.body["stream"] == false)
            let prompt = call.body["messages"]?[0]?["content"]?.string ?? ""
            // Variables in what people wrote stay as they are.
            #expect(["emoji", "moa"].contains(path) ? prompt.contains("Ten {{MESSAGES}}") : prompt.contains("USER: When?\nASSISTANT: At ten."))
        }
    }

    @Test func `who may not use the model is told that it is not there`() async throws {
        try await Self.with { scene, seen in
            let stranger = try await scene.server.account(.user, by: scene.admin)
            for task in ChatChore.allCases where task != .completion {
                let form: JSONValue = ["model": "m", "messages": Self.talk, "prompt": "x", "responses": []]
                let refused = try await scene.ask(task.pathName, form, token: stranger.token)
                #expect(refused.status == 404 && refused.detail == "Model 'm' was not found")
                #expect(try await scene.server.call(.post, "/api/v1/tasks/\(task.pathName)/completions", form).status == 401)
            }
            #expect(seen().isEmpty)
            let settings = try await scene.server.call(.post, "/api/v1/tasks/config/update", token: stranger.token, ["TASK_MODEL": "m"])
            #expect(settings.status == 401)
        }
    }

    @Test func `what is turned off does not happen`() async throws {
        try await Self.with { scene, seen in
            try await scene.change([
                "ENABLE_TITLE_GENERATION": false, "ENABLE_TAGS_GENERATION": false, "ENABLE_FOLLOW_UP_GENERATION": false,
                "ENABLE_SEARCH_QUERY_GENERATION": false,
            ])
            let form: JSONValue = ["model": "m", "messages": Self.talk]
            for (path, words) in [("title", "Title generation"), ("tags", "Tags generation"), ("follow_up", "Follow-up generation")] {
                let answer = try await scene.ask(path, form)
                #expect(answer.status == 200 && answer.body == ["detail": .string("\(words) is disabled")])
            }
            let queries = try await scene.ask("queries", ["model": "m", "messages": Self.talk, "type": "web_search"])
            #expect(queries.status == 400 && queries.detail == "Search query generation is disabled")
            let completion = try await scene.ask("auto", ["model": "m", "prompt": "x"])
            #expect(completion.status == 400 && completion.detail == "Autocompletion generation is disabled")
            #expect(seen().isEmpty)
        }
    }

    @Test func `an admin's prompt, parameters and limit count`() async throws {
        try await Self.with { scene, seen in
            try await scene.change([
                "TITLE_GENERATION_PROMPT_TEMPLATE": "{{USER_NAME}} asks {{prompt:start:2}}", "TASK_MODEL_PARAMS": ["temperature": 0.1, "stop": ""],
                "ENABLE_AUTOCOMPLETE_GENERATION": true, "AUTOCOMPLETE_GENERATION_INPUT_MAX_LENGTH": 3,
            ])
            #expect(try await scene.ask("title", ["model": "m", "messages": Self.talk]).status == 200)
            let body = try #require(seen().first?.body)
            #expect(body["messages"]?[0]?["content"] == "Admin asks Wh" && body["temperature"] == 0.1 && body["stop"] == nil)
            #expect(try await scene.ask("auto", ["model": "m", "prompt": "abc"]).status == 200)
            #expect(try await scene.ask("auto", ["model": "m", "prompt": "abcd"]).detail == "Input prompt exceeds maximum length of 3")
            let wrong = try await scene.server.call(.post, "/api/v1/tasks/config/update", token: scene.admin.token, ["TASK_MODEL_PARAMS": "x"])
            #expect(wrong.status == 422)
        }
    }

    @Test(
        arguments: [
            ("title", ["messages": []], 422), ("title", ["model": "m"], 422), ("title", ["model": 1, "messages": []], 422),
            ("title", ["model": "", "messages": []], 400), ("tags", ["model": "m", "messages": ["x"]], 400), ("emoji", ["model": "m"], 422),
            ("moa", ["model": "m", "prompt": "x", "responses": [1]], 422), ("title", [], 422),
        ] as [(String, JSONValue, Int)])
    func `a form that makes no sense is refused`(task: String, form: JSONValue, status: Int) async throws {
        try await Self.with { scene, seen in
            let answer = try await scene.ask(task, form)
            #expect(answer.status == status)
            #expect(seen().isEmpty)
        }
    }

    @Test(arguments: [402, 403, 404, 418, 422, 429, 500, 502, 503])
    func `the status that a function chooses is the answer's`(status: Int) async throws {
        let failure = FunctionFailure(type: "HTTPException", message: "chosen", status: status)
        var error = AppError(failure.code, "HTTPException: chosen", cause: failure)
        error.status = status
        try await Self.with(failure: error) { scene, _ in
            let body: JSONValue = ["model": "m", "messages": Self.talk]
            let answer = try await scene.server.call(.post, "/api/chat/completions", token: scene.admin.token, body)
            #expect(answer.status == status && answer.detail == "chosen")
        }
    }
}
