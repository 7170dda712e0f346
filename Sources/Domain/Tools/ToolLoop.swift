/// Runs the tools that a model asks for and lets it go on, until it answers. Requests without tools of the server pass through.
///
/// A call of a tool that the client brought along ends the loop: the client has to run that one.
package struct ToolLoop: ChatProvider {
    private let provider: any ChatProvider
    private let registry: ToolRegistry
    private let stepLimit: Int
    private let makeDecoder: @Sendable () -> any ChatEventDecoder
    private let encode: @Sendable (JSONObject) -> [UInt8]
    private let done: [UInt8]

    /// - Parameters:
    ///   - stepLimit: how often tools are run; after that the model gets none and has to answer.
    ///   - encode: one event of a stream.
    ///   - done: the event that ends a stream.
    package init(
        provider: any ChatProvider, registry: ToolRegistry, stepLimit: Int = 8, makeDecoder: @escaping @Sendable () -> any ChatEventDecoder,
        encode: @escaping @Sendable (JSONObject) -> [UInt8], done: [UInt8]
    ) {
        self.provider = provider
        self.registry = registry
        self.stepLimit = stepLimit
        self.makeDecoder = makeDecoder
        self.encode = encode
        self.done = done
    }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        let builtIn = registry.tools(Self.toolIDs(of: request))
        let tools = builtIn + request.pluginTools.filter { tool in !builtIn.contains { $0.id == tool.id } }
        guard !tools.isEmpty else { return try await provider.answer(request) }
        if case .builtIn = request.route { return try await provider.answer(request) }
        var run = ToolRun(request: request, tools: tools, stepLimit: stepLimit)
        let first = try await provider.answer(run.request)
        switch first.body {
        case .whole(let bytes): return try await wholeAnswer(first, bytes, &run)
        case .stream(let body):
            let stream = ToolLoopStream(
                run: run, provider: provider, first: body, makeDecoder: makeDecoder, encode: encode, done: done)
            var answer = first
            answer.body = .stream(UpstreamBody { { try await stream.next() } })
            return answer
        }
    }

    /// `tool_ids` of the request and the workspace model; where knowledge is left to tools, the tools for it.
    package static func toolIDs(of request: ChatRequest) -> [String] {
        var ids = (request.own["tool_ids"]?.array ?? []).compactMap(\.string)
        ids += (request.workspace?.meta["toolIds"]?.array ?? []).compactMap(\.string)
        let mode = request.own["params"]?["function_calling"]?.string ?? request.workspace?.params["function_calling"]?.string
        if mode == "native", request.workspace?.meta["knowledge"]?.array?.isEmpty == false { ids += [SearchKnowledge.id, ReadFile.id] }
        return ids
    }

    private func wholeAnswer(_ first: ChatAnswer, _ bytes: [UInt8], _ run: inout ToolRun) async throws -> ChatAnswer {
        var answer = first
        var bytes = bytes
        while true {
            guard var completion = (try? JSONValue(parsing: bytes))?.object else { return answer }
            var collector = AnswerCollector()
            collector.add(completion: completion)
            run.count(collector.usage)
            guard run.canRun(collector) else {
                if let usage = run.usage, completion["usage"] != nil { completion["usage"] = .object(usage) }
                answer.body = .whole(JSONValue.object(completion).jsonBytes)
                answer.sources = run.request.sources + run.sources
                return answer
            }
            try await run.runTools(collector)
            answer = try await provider.answer(run.request)
            guard case .whole(let next) = answer.body else { return answer }
            bytes = next
        }
    }
}

/// The state of one loop.
struct ToolRun: Sendable {
    private(set) var request: ChatRequest
    private(set) var sources: [ContextSource] = []
    private(set) var usage: JSONObject?
    private let tools: [String: any Tool]
    private let context: ToolContext
    private let clientTools: [JSONValue]
    private var stepsLeft: Int

    init(request: ChatRequest, tools: [any Tool], stepLimit: Int) {
        self.tools = Dictionary(tools.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        clientTools = request.body["tools"]?.array ?? []
        context = ToolContext(principal: request.principal, items: Self.items(of: request))
        stepsLeft = stepLimit
        self.request = request
        self.request.body["tools"] = .array(clientTools + tools.map(\.definition))
    }

    /// What the tools may search: everything attached, also what native mode kept out of the prompt.
    private static func items(of request: ChatRequest) -> [JSONValue] {
        var request = request
        request.own["params"] = ["function_calling": "legacy"]
        return RetrieveContext.items(of: request)
    }

    /// Whether the model called tools, and all of them are the server's.
    func canRun(_ answer: AnswerCollector) -> Bool {
        stepsLeft > 0 && answer.error == nil && !answer.toolCalls.isEmpty && answer.toolCalls.allSatisfy { tools[$0.name] != nil }
    }

    /// Adds the numbers of another round.
    mutating func count(_ more: JSONObject?) {
        guard let more else { return }
        var sum = more
        for key in ["prompt_tokens", "completion_tokens", "total_tokens"] {
            if let before = usage?[key]?.int, let now = more[key]?.int { sum[key] = .int(before + now) }
        }
        usage = sum
    }

    /// Runs the calls one after the other and puts them and their results into the request.
    mutating func runTools(_ answer: AnswerCollector) async throws {
        stepsLeft -= 1
        request.failedBefore = []
        let calls = answer.toolCalls.map { call in
            var call = call
            if call.id.isEmpty { call.id = "call_" + makeID() }
            return call
        }
        var messages = request.messages
        messages.append([
            "role": "assistant", "content": .string(answer.text),
            "tool_calls": .array(
                calls.map { call in
                    [
                        "id": .string(call.id), "type": "function",
                        "function": ["name": .string(call.name), "arguments": .string(call.arguments.isEmpty ? "{}" : call.arguments)],
                    ]
                }),
        ])
        for call in calls {
            try Task.checkCancellation()
            messages.append(["role": "tool", "tool_call_id": .string(call.id), "content": .string(await result(of: call))])
        }
        request.messages = messages
        if stepsLeft == 0 {
            // Out of steps: the model has to answer with what it has.
            request.body["tools"] = clientTools.isEmpty ? nil : .array(clientTools)
            request.body["tool_choice"] = nil
        } else if request.body["tool_choice"]?.object != nil || request.body["tool_choice"]?.string == "required" {
            // A forced call was made; forcing it again would never end.
            request.body["tool_choice"] = "auto"
        }
    }

    private mutating func result(of call: AnswerCollector.ToolCall) async -> String {
        let text = call.arguments.trimmed
        guard let tool = tools[call.name] else { return "Error: there is no such tool." }
        guard let arguments = text.isEmpty ? [:] : (try? JSONValue(parsing: text))?.object else {
            return "Error: the arguments are not a JSON object."
        }
        do {
            let result = try await tool.run(arguments, in: context)
            sources += result.sources
            return result.text
        } catch let error as AppError {
            return "Error: \(error.message)"
        } catch {
            return "Error: the tool failed."
        }
    }
}
