package import Domain

/// Chat completions as Anthropic's messages.
package enum AnthropicMessage {
    /// A whole completion.
    /// - Parameter model: the id that the client asked for.
    package static func message(_ completion: JSONObject, model: String) -> JSONObject {
        let choice = completion["choices"]?[0]
        let message = choice?["message"]
        var content: [JSONValue] = []
        if let thinking = message?["reasoning_content"]?.string ?? message?["reasoning"]?.string, !thinking.isEmpty {
            content.append(["type": "thinking", "thinking": .string(thinking)])
        }
        let text = message?["content"]?.string ?? ""
        let calls = message?["tool_calls"]?.array ?? []
        if !text.isEmpty || calls.isEmpty { content.append(["type": "text", "text": .string(text)]) }
        for call in calls {
            let arguments = call["function"]?["arguments"]
            content.append([
                "type": "tool_use", "id": call["id"] ?? .string("toolu_" + makeID()), "name": call["function"]?["name"] ?? "",
                "input": arguments?.string.flatMap { try? JSONValue(parsing: $0) } ?? arguments?.object.map(JSONValue.object) ?? [:],
            ])
        }
        return [
            "id": completion["id"] ?? .string("msg_" + makeID()), "type": "message", "role": "assistant", "content": .array(content),
            "model": .string(model), "stop_reason": .string(stopReason(choice?["finish_reason"]?.string)), "stop_sequence": nil,
            "usage": usage(completion["usage"]),
        ]
    }

    static func stopReason(_ finishReason: String?) -> String {
        switch finishReason {
        case "length": "max_tokens"
        case "tool_calls", "function_call": "tool_use"
        case "content_filter": "refusal"
        default: "end_turn"
        }
    }

    static func usage(_ usage: JSONValue?) -> JSONValue {
        [
            "input_tokens": .int(usage?["prompt_tokens"]?.int ?? usage?["input_tokens"]?.int ?? 0),
            "output_tokens": .int(usage?["completion_tokens"]?.int ?? usage?["output_tokens"]?.int ?? 0),
        ]
    }
}
