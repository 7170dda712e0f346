/// Reads the events of an OpenAI stream.
package protocol ChatEventDecoder: Sendable {
    /// - Returns: the JSON objects of the events that are complete now; `[DONE]` and what is no JSON object are left out.
    mutating func push(_ piece: [UInt8]) throws -> [JSONObject]
    mutating func finish() -> [JSONObject]
}

/// Puts the pieces of an answer together.
package struct AnswerCollector: Sendable {
    package struct ToolCall: Sendable, Hashable {
        package var id = ""
        package var name = ""
        package var arguments = ""
    }

    package private(set) var text = ""
    package private(set) var reasoning = ""
    package private(set) var toolCalls: [ToolCall] = []
    package private(set) var finishReason: String?
    package private(set) var usage: JSONObject?
    package private(set) var error: String?
    package private(set) var sources: [JSONValue] = []
    /// What functions told of their steps, the last ones.
    package private(set) var steps: [JSONValue] = []
    /// Pictures and files that functions put beside the answer.
    package private(set) var files: [JSONValue] = []

    private static let mostSteps = 200
    private static let mostFiles = 32

    package init() {}

    /// One chunk of a stream.
    package mutating func add(_ chunk: JSONObject) {
        if let error = chunk["error"], !error.isNull { self.error = error["message"]?.string ?? error.string ?? error.jsonText }
        if let sources = chunk["sources"]?.array { self.sources += sources }
        if let usage = chunk["usage"]?.object { self.usage = usage }
        if let event = chunk["event"]?.object { add(event: event) }
        guard let choice = chunk["choices"]?[0] else { return }
        if let delta = choice["delta"] { add(message: delta) }
        if let reason = choice["finish_reason"]?.string { finishReason = reason }
    }

    /// A whole completion.
    package mutating func add(completion: JSONObject) {
        var chunk = completion
        if var choice = completion["choices"]?[0] {
            choice["delta"] = choice["message"]
            chunk["choices"] = [choice]
        }
        add(chunk)
    }

    /// What a plug-in says beside the answer.
    private mutating func add(event: JSONObject) {
        guard let data = event["data"]?.object else { return }
        switch event["type"]?.string {
        case "replace":
            if let text = data["content"]?.string { self.text = text }
        case "status":
            if steps.count == Self.mostSteps { steps.removeFirst() }
            steps.append(.object(data))
        case "files", "chat:message:files":
            files = (data["files"]?.array ?? []).filter { $0.object != nil }.prefix(Self.mostFiles).map(\.self)
        case "citation", "source":
            sources.append(.object(data))
        default: break
        }
    }

    private mutating func add(message: JSONValue) {
        text += message["content"]?.string ?? ""
        reasoning += message["reasoning_content"]?.string ?? message["reasoning"]?.string ?? ""
        for (position, call) in (message["tool_calls"]?.array ?? []).enumerated() {
            let index = call["index"]?.int ?? position
            guard (0..<128).contains(index) else { continue }
            while toolCalls.count <= index { toolCalls.append(ToolCall()) }
            if let id = call["id"]?.string, !id.isEmpty { toolCalls[index].id = id }
            toolCalls[index].name += call["function"]?["name"]?.string ?? ""
            toolCalls[index].arguments += call["function"]?["arguments"]?.string ?? ""
        }
    }
}
