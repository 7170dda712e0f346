import Domain
import Synchronization
import TestSupport
import Testing
import Wire

struct ChatServiceTests {
    private static let kit = Principal(userID: "u", name: "Kit", email: "kit@example.com", role: .user)

    private func service(
        _ provider: ScriptedProvider, workspace: WorkspaceModel? = nil, retriever: any ContextRetriever = FixedRetriever(), rewriting: Bool = false
    ) -> ChatService {
        let directory = FixedDirectory(workspace: workspace)
        return ChatService(
            resolve: ResolveModel(directory: directory),
            steps: [
                RetrieveContext(retriever: retriever, rewriting: QueryRewriting(provider: provider, isEnabled: { rewriting })),
                ApplySystemPrompt(now: { .init(date: "2026-11-22", time: "12:00:00", weekday: "Sunday", timeZone: "UTC") }),
            ], provider: provider, makeDecoder: { OpenAIEventDecoder() })
    }

    private func request(_ body: JSONObject, own: JSONObject = [:]) -> ChatRequest { ChatRequest(body: body, own: own, principal: Self.kit) }

    private static let question: JSONObject = ["model": "m", "messages": [["role": "user", "content": "Where?"]]]

    private static func workspace(params: JSONObject = [:], meta: JSONObject = [:]) -> WorkspaceModel {
        WorkspaceModel(id: "m", userID: "o", baseModelID: "base", name: "M", params: params, meta: meta)
    }

    @Test func `an unknown model is refused before anything else`() async {
        let provider = ScriptedProvider()
        await #expect(throws: AppError.self) { try await service(provider).answer(request(["model": "none", "messages": "text"])) }
        #expect(provider.requests.isEmpty)
    }

    @Test(arguments: ["text", ["a"], ["role": "user"]] as [JSONValue])
    func `messages that are no list of objects are refused`(messages: JSONValue) async {
        await #expect(throws: AppError.self) { try await service(ScriptedProvider()).answer(request(["model": "m", "messages": messages])) }
    }

    @Test func `the system prompt goes in front, with its variables filled once`() async throws {
        let provider = ScriptedProvider()
        let workspace = Self.workspace(params: ["system": "I am {{USER_NAME}} on {{CURRENT_DATE}} in {{USER_LOCATION}}, {{unknown}}."])
        var body = Self.question
        body["messages"] = [["role": "system", "content": "SECOND"], ["role": "user", "content": "q"]]
        _ = try await service(provider, workspace: workspace).answer(
            request(body, own: ["variables": ["{{USER_LOCATION}}": "{{USER_EMAIL}}", "{{USER_NAME}}": "Mallory"]]))
        #expect(provider.requests[0].messages[0]["content"] == "I am Kit on 2026-11-22 in {{USER_EMAIL}}, {{unknown}}.\nSECOND")
        #expect(provider.requests[0].messages.count == 2)
    }

    @Test func `context goes into the last user message and sources come with the answer`() async throws {
        let provider = ScriptedProvider()
        var body = Self.question
        body["messages"] = [
            ["role": "user", "content": "first"], ["role": "user", "content": [["type": "image_url"], ["type": "text", "text": "Where?"]]],
            ["role": "assistant", "content": "hm"],
        ]
        let answer = try await service(provider).answer(request(body, own: ["files": [["type": "text", "name": "n", "content": "Busan"]]]))
        let sent = provider.requests[0].messages
        #expect(sent[0]["content"] == "first" && sent[1]["content"]?[1]?["text"] == "CONTEXT Busan\nWhere?" && sent.count == 3)
        #expect(answer.sources.map(\.documents) == [["Busan"]])
    }

    @Test(arguments: ["zzz", ["zzz"], [], nil] as [JSONValue])
    func `malformed files make an ordinary chat`(files: JSONValue) async throws {
        let provider = ScriptedProvider()
        let answer = try await service(provider).answer(request(Self.question, own: ["files": files]))
        #expect(provider.requests[0].messages == Self.question["messages"]?.array && answer.sources.isEmpty)
    }

    @Test func `the request's files come before the model's knowledge`() async throws {
        let workspace = Self.workspace(meta: ["knowledge": [["id": "k", "name": "KB", "content": "two"]]])
        let own: JSONObject = ["files": [["type": "text", "content": "one"]]]
        let both = try await service(ScriptedProvider(), workspace: workspace).answer(request(Self.question, own: own))
        #expect(both.sources.map(\.documents) == [["one"], ["two"]] && both.sources[1].item["type"] == "collection")
        let native = Self.workspace(params: ["function_calling": "native"], meta: workspace.meta)
        #expect(try await service(ScriptedProvider(), workspace: native).answer(request(Self.question, own: own)).sources.count == 1)
        let off = Self.workspace(meta: ["capabilities": ["file_context": false]])
        #expect(try await service(ScriptedProvider(), workspace: off).answer(request(Self.question, own: own)).sources.isEmpty)
    }

    @Test func `queries are rewritten only where that is on and something must be searched`() async throws {
        let provider = ScriptedProvider(answers: ["Sure: {\"queries\": [\"badge code\", \" \"]} {not json}", "final"])
        let retriever = FixedRetriever()
        let own: JSONObject = ["files": [["type": "text", "content": "one"]]]
        _ = try await service(provider, retriever: retriever, rewriting: true).answer(request(Self.question, own: own))
        #expect(provider.requests.count == 2 && provider.requests[0].isStream == false && provider.requests[0].messages.count == 1)
        #expect(retriever.queries == [["badge code"]])
        let full: JSONObject = ["files": [["type": "text", "content": "one", "context": "full"]]]
        _ = try await service(provider, retriever: retriever, rewriting: true).answer(request(Self.question, own: full))
        #expect(provider.requests.count == 3)
    }

    @Test func `parameters have an order and steering keys stay here`() async throws {
        let workspace = Self.workspace(params: ["temperature": 0.7, "top_p": 0.2, "num_ctx": 5, "system": "S", "custom_params": ["x": "[1]"]])
        let provider = ScriptedProvider()
        var body = Self.question
        body["temperature"] = 0.1
        _ = try await service(provider, workspace: workspace).answer(
            request(body, own: ["params": ["seed": 3, "function_calling": "native", "model": "evil"]]))
        let sent = OpenAIChatBody.object(provider.requests[0], model: "base")
        #expect(sent["temperature"] == 0.1 && sent["top_p"] == 0.2 && sent["seed"] == 3 && sent["x"] == [1] && sent["model"] == "base")
        #expect(sent["num_ctx"] == nil && sent["function_calling"] == nil && sent["system"] == nil && sent["custom_params"] == nil)
    }
}

struct ToolLoopTests {
    private static let kit = Principal(userID: "u", name: "Kit", email: "kit@example.com", role: .user)

    private struct Adder: Tool {
        let id = "add"
        let summary = "Adds."
        let parameters: JSONObject = ["type": "object"]
        func run(_ arguments: JSONObject, in call: ToolContext) async throws -> ToolResult {
            guard let a = arguments["a"]?.int, let b = arguments["b"]?.int else { throw AppError(.badRequest, "a and b are needed.") }
            return ToolResult(text: "\(a + b)", sources: [ContextSource(item: ["id": "s"], documents: ["d"], metadata: [[:]])])
        }
    }

    private func loop(_ provider: ScriptedProvider, limit: Int = 3) -> ToolLoop {
        ToolLoop(
            provider: provider, registry: ToolRegistry([Adder()]), stepLimit: limit, makeDecoder: { OpenAIEventDecoder() },
            encode: { EventEncoding.event(.object($0)) }, done: EventEncoding.done)
    }

    private func request(stream: Bool, toolIDs: JSONValue = ["add", "unknown"]) -> ChatRequest {
        var request = ChatRequest(
            body: ["model": "m", "stream": .bool(stream), "messages": [["role": "user", "content": "1+2?"]]], own: ["tool_ids": toolIDs],
            principal: Self.kit)
        request.model = FixedDirectory.model(workspace: nil)
        return request
    }

    private static func call(_ arguments: String, name: String = "add") -> ScriptedProvider.Answer {
        .call(name: name, arguments: arguments)
    }

    private func chunks(_ answer: ChatAnswer) async throws -> [JSONObject] {
        guard case .stream(let body) = answer.body else { return [] }
        let bytes = try await body.collect(upTo: 1 << 20)
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("data: [DONE]\n\n"))
        var decoder = OpenAIEventDecoder()
        return try decoder.push(bytes)
    }

    @Test func `a whole answer comes after the tools were run`() async throws {
        let provider = ScriptedProvider(script: [Self.call("{\"a\":1,\"b\":2}"), .text("three")])
        let answer = try await loop(provider).answer(request(stream: false))
        guard case .whole(let bytes) = answer.body else { return #expect(Bool(false), "not whole") }
        let completion = try JSONValue(parsing: bytes)
        #expect(completion["choices"]?[0]?["message"]?["content"] == "three" && completion["usage"]?["total_tokens"] == 4)
        let second = provider.requests[1].messages
        #expect(second[1]["tool_calls"]?[0]?["function"]?["name"] == "add" && second[2]["content"] == "3" && second[2]["role"] == "tool")
        #expect(second[1]["tool_calls"]?[0]?["id"] == second[2]["tool_call_id"])
        #expect(answer.sources.count == 1 && provider.requests[0].body["tools"]?.array?.count == 1)
    }

    @Test func `a streamed answer hides the calls`() async throws {
        let provider = ScriptedProvider(script: [Self.call("{\"a\":1,\"b\":2}"), .text("three")])
        let chunks = try await chunks(loop(provider).answer(request(stream: true)))
        #expect(chunks.allSatisfy { $0["choices"]?[0]?["delta"]?["tool_calls"] == nil })
        #expect(chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.string }.joined() == "three")
        #expect(chunks.compactMap { $0["choices"]?[0]?["finish_reason"]?.string } == ["stop"])
        #expect(chunks.contains { $0["sources"] != nil } && Set(chunks.compactMap { $0["id"]?.string }).count == 1)
    }

    @Test(arguments: [false, true])
    func `a tool of the client ends the loop`(isStream: Bool) async throws {
        let provider = ScriptedProvider(script: [Self.call("{}", name: "theirs")])
        let answer = try await loop(provider).answer(request(stream: isStream))
        #expect(provider.requests.count == 1)
        if isStream {
            let chunks = try await chunks(answer)
            #expect(chunks.contains { $0["choices"]?[0]?["delta"]?["tool_calls"]?[0]?["function"]?["name"] == "theirs" })
        } else if case .whole(let bytes) = answer.body {
            #expect(try JSONValue(parsing: bytes)["choices"]?[0]?["finish_reason"] == "tool_calls")
        }
    }

    @Test(arguments: ["{\"a\":1}", "{broken", "[1]"])
    func `the model is told what was wrong with its call`(arguments: String) async throws {
        let provider = ScriptedProvider(script: [Self.call(arguments), .text("ok")])
        _ = try await loop(provider).answer(request(stream: false))
        #expect(provider.requests[1].messages[2]["content"]?.string?.hasPrefix("Error: ") == true)
    }

    @Test func `after the last step the model gets no tools`() async throws {
        let provider = ScriptedProvider(script: [Self.call("{}"), Self.call("{}"), Self.call("{}"), .text("x")])
        _ = try await loop(provider, limit: 2).answer(request(stream: false))
        #expect(provider.requests.count == 3 && provider.requests[2].body["tools"] == nil)
    }

    @Test func `without tools of the server the request passes untouched`() async throws {
        let provider = ScriptedProvider(script: [.text("x")])
        _ = try await loop(provider).answer(request(stream: false, toolIDs: ["unknown"]))
        #expect(provider.requests[0].body["tools"] == nil)
    }
}
