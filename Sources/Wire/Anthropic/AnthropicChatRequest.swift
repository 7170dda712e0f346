package import Domain

/// Anthropic's Messages request as an OpenAI chat request.
package enum AnthropicChatRequest {
    private static let kept = ["max_tokens", "temperature", "top_p", "top_k", "stream"]

    package static func body(_ request: JSONObject) -> JSONObject {
        var body: JSONObject = ["model": request["model"] ?? ""]
        if let messages = request["messages"] {
            // What is no list of objects is refused further on, in the words of chat completions.
            body["messages"] = messages.array.map { list in .array(systemMessages(request["system"]) + list.flatMap(converted)) } ?? messages
        }
        for key in kept {
            if let value = request[key], !value.isNull { body[key] = value }
        }
        if let stops = request["stop_sequences"]?.array, !stops.isEmpty { body["stop"] = .array(stops) }
        if let tools = request["tools"]?.array, !tools.isEmpty { body["tools"] = .array(tools.map(tool)) }
        if let choice = request["tool_choice"] {
            body["tool_choice"] = toolChoice(choice)
            if choice["disable_parallel_tool_use"]?.bool == true { body["parallel_tool_calls"] = false }
        }
        return body
    }

    private static func systemMessages(_ system: JSONValue?) -> [JSONValue] {
        let text = blockText(system)
        return text.isEmpty ? [] : [["role": "system", "content": .string(text)]]
    }

    /// A string, or the text blocks of a list.
    private static func blockText(_ content: JSONValue?) -> String {
        if let text = content?.string { return text }
        return (content?.array ?? []).compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }.joined(separator: "\n")
    }

    /// One message becomes several where it carries tool results: those answer the message before and come first.
    private static func converted(_ message: JSONValue) -> [JSONValue] {
        guard let blocks = message["content"]?.array else { return [message] }
        return message["role"]?.string == "assistant" ? [assistant(blocks)] : user(blocks, role: message["role"] ?? "user")
    }

    private static func assistant(_ blocks: [JSONValue]) -> JSONValue {
        let text = blockText(.array(blocks))
        let calls = blocks.filter { $0["type"]?.string == "tool_use" }.map { block -> JSONValue in
            [
                "id": block["id"] ?? .string("call_" + makeID()), "type": "function",
                "function": ["name": block["name"] ?? "", "arguments": .string((block["input"] ?? [:]).jsonText)],
            ]
        }
        let thinking = blocks.compactMap { $0["type"]?.string == "thinking" ? $0["thinking"]?.string : nil }.joined(separator: "\n")
        var message: JSONObject = ["role": "assistant", "content": text.isEmpty && !calls.isEmpty ? nil : .string(text)]
        if !thinking.isEmpty { message["reasoning_content"] = .string(thinking) }
        if !calls.isEmpty { message["tool_calls"] = .array(calls) }
        return .object(message)
    }

    private static func user(_ blocks: [JSONValue], role: JSONValue) -> [JSONValue] {
        var results: [JSONValue] = []
        var parts: [JSONValue] = []
        for block in blocks {
            switch block["type"]?.string {
            case "text": parts.append(["type": "text", "text": block["text"] ?? ""])
            case "image": parts += image(block)
            case "document": parts += document(block)
            case "tool_result":
                let content = block["content"]
                let text = (block["is_error"]?.bool == true ? "Error: " : "") + blockText(content)
                results.append(["role": "tool", "tool_call_id": block["tool_use_id"] ?? "", "content": .string(text)])
                // A tool message holds text only; what a tool showed follows as the user's.
                parts += (content?.array ?? []).flatMap(image)
            default: continue
            }
        }
        guard !parts.isEmpty || results.isEmpty else { return results }
        let isOneText = parts.count == 1 && parts[0]["type"]?.string == "text"
        return results + [["role": role, "content": isOneText ? parts[0]["text"] ?? "" : .array(parts)]]
    }

    private static func image(_ block: JSONValue) -> [JSONValue] {
        guard block["type"]?.string == "image", let source = block["source"] else { return [] }
        let url: String
        if let address = source["url"]?.string {
            url = address
        } else {
            url = "data:\(source["media_type"]?.string ?? "image/png");base64,\(source["data"]?.string ?? "")"
        }
        return [["type": "image_url", "image_url": ["url": .string(url)]]]
    }

    /// Documents given as text.
    private static func document(_ block: JSONValue) -> [JSONValue] {
        guard block["source"]?["type"]?.string == "text", let text = block["source"]?["data"]?.string else { return [] }
        return [["type": "text", "text": .string(text)]]
    }

    private static func tool(_ tool: JSONValue) -> JSONValue {
        var function: JSONObject = ["name": tool["name"] ?? ""]
        if let description = tool["description"] { function["description"] = description }
        function["parameters"] = tool["input_schema"] ?? ["type": "object", "properties": [:]]
        return ["type": "function", "function": .object(function)]
    }

    private static func toolChoice(_ choice: JSONValue) -> JSONValue {
        switch choice["type"]?.string {
        case "any": "required"
        case "none": "none"
        case "tool": ["type": "function", "function": ["name": choice["name"] ?? ""]]
        default: "auto"
        }
    }
}
