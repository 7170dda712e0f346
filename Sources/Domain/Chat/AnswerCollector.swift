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
    /// What plug-ins told beside the answer: `statusHistory`, `files`, `embeds` and `error` of a saved message.
    package private(set) var told: JSONObject = [:]

    private static let mostSteps = 200
    private static let mostFiles = 32

    package init() {}

    /// One chunk of a stream.
    package mutating func add(_ chunk: JSONObject) {
        if let error = chunk["error"], !error.isNull { self.error = error["message"]?.string ?? error.string ?? error.jsonText }
        if let sources = chunk["sources"]?.array { self.sources += sources }
        if let usage = chunk["usage"]?.object { self.usage = usage }
        if let event = chunk["event"] { add(event: event) }
        guard let choice = chunk["choices"]?[0] else { return }
        if let delta = choice["delta"] { add(message: delta) }
        if let reason = choice["finish_reason"]?.string { finishReason = reason }
    }

    private mutating func add(event: JSONValue) {
        guard let data = event["data"], data.object != nil else { return }
        switch event["type"]?.string {
        // A plug-in rewrote what was said so far.
        case "replace": if let text = data["content"]?.string { self.text = text }
        case "status": told["statusHistory"] = .array(Array(((told["statusHistory"]?.array ?? []) + [data]).suffix(Self.mostSteps)))
        case "files", "chat:message:files":
            if let files = data["files"]?.array { told["files"] = .array(Array(files.filter { $0.object != nil }.prefix(Self.mostFiles))) }
        case "embeds", "chat:message:embeds":
            if let embeds = data["embeds"]?.array { told["embeds"] = .array(Array(embeds.prefix(Self.mostFiles))) }
        case "chat:message:error":
            told["error"] = data["error"]?.object.map(JSONValue.object) ?? ["content": .string(data["error"]?.string ?? data.jsonText)]
        case "citation", "source": sources.append(data)
        default: break
        }
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
