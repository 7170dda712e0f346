import Domain

/// The events of an OpenAI stream as the events of an Anthropic stream.
package struct AnthropicStreamConverter: BodyConverter {
    private enum Block: Equatable { case text, thinking, tool(Int) }

    package private(set) var isDone = false
    private var events = EventSplitter()
    private let model: String
    private var hasStarted = false
    private var block: Block?
    private var index = -1
    private var finishReason: String?
    private var usage: JSONValue?

    package init(model: String) { self.model = model }

    package mutating func push(_ piece: [UInt8]) throws -> [UInt8] {
        var output: [UInt8] = []
        for event in try events.push(piece) where !isDone { output += convert(event) }
        return output
    }

    package mutating func finish(_ failure: (any Error)?) -> [UInt8] {
        var output: [UInt8] = []
        if failure == nil {
            for event in events.finish() where !isDone { output += convert(event) }
        }
        guard !isDone else { return output }
        return output + (failure == nil ? end() : fail("Chat completion stream failed"))
    }

    private mutating func convert(_ event: [UInt8]) -> [UInt8] {
        if event.elementsEqual("[DONE]".utf8) { return end() }
        guard let chunk = (try? JSONValue(parsing: event))?.object else { return [] }
        if let error = chunk["error"] { return fail(error["message"]?.string ?? error.string ?? error.jsonText) }
        if let usage = chunk["usage"], !usage.isNull { self.usage = usage }
        guard let choice = chunk["choices"]?[0] else { return [] }
        var output = start(id: chunk["id"]?.string)
        let delta = choice["delta"]
        if let thinking = delta?["reasoning_content"]?.string ?? delta?["reasoning"]?.string, !thinking.isEmpty {
            output += open(.thinking, ["type": "thinking", "thinking": ""])
            output += self.delta(["type": "thinking_delta", "thinking": .string(thinking)])
        }
        if let text = delta?["content"]?.string, !text.isEmpty {
            output += open(.text, ["type": "text", "text": ""])
            output += self.delta(["type": "text_delta", "text": .string(text)])
        }
        for call in delta?["tool_calls"]?.array ?? [] {
            let number = call["index"]?.int ?? 0
            if block != .tool(number) {
                output += open(
                    .tool(number),
                    [
                        "type": "tool_use", "id": call["id"] ?? .string("toolu_" + makeID()), "name": call["function"]?["name"] ?? "",
                        "input": [:],
                    ])
            }
            if let arguments = call["function"]?["arguments"]?.string, !arguments.isEmpty {
                output += self.delta(["type": "input_json_delta", "partial_json": .string(arguments)])
            }
        }
        if let reason = choice["finish_reason"]?.string { finishReason = reason }
        return output
    }

    private mutating func start(id: String?) -> [UInt8] {
        guard !hasStarted else { return [] }
        hasStarted = true
        return Self.event(
            "message_start",
            [
                "message": [
                    "id": .string(id ?? "msg_" + makeID()), "type": "message", "role": "assistant", "content": [], "model": .string(model),
                    "stop_reason": nil, "stop_sequence": nil, "usage": ["input_tokens": 0, "output_tokens": 0],
                ]
            ])
    }

    private mutating func open(_ block: Block, _ content: JSONValue) -> [UInt8] {
        guard self.block != block else { return [] }
        let output = close()
        self.block = block
        index += 1
        return output + Self.event("content_block_start", ["index": .int(index), "content_block": content])
    }

    private mutating func close() -> [UInt8] {
        guard block != nil else { return [] }
        block = nil
        return Self.event("content_block_stop", ["index": .int(index)])
    }

    private func delta(_ delta: JSONValue) -> [UInt8] {
        Self.event("content_block_delta", ["index": .int(index), "delta": delta])
    }

    private mutating func end() -> [UInt8] {
        isDone = true
        var output = start(id: nil)
        // A message has at least one block.
        if index < 0 { output += open(.text, ["type": "text", "text": ""]) }
        output += close()
        output += Self.event(
            "message_delta",
            [
                "delta": ["stop_reason": .string(AnthropicMessage.stopReason(finishReason)), "stop_sequence": nil],
                "usage": AnthropicMessage.usage(usage),
            ])
        return output + Self.event("message_stop", [:])
    }

    private mutating func fail(_ message: String) -> [UInt8] {
        isDone = true
        return start(id: nil) + Self.event("error", ["error": ["type": "api_error", "message": .string(message)]])
    }

    private static func event(_ type: String, _ members: JSONObject) -> [UInt8] {
        EventEncoding.event(type, .object(JSONObject([("type", .string(type))]).merging(members)))
    }
}
