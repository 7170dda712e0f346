package import Domain

/// An OpenAI chat request as Ollama's `/api/chat` takes it.
package enum OllamaChatRequest {
    /// OpenAI's parameters that are options of Ollama, and their names there.
    private static let options: [(openAI: String, ollama: String)] = [
        ("temperature", "temperature"), ("top_p", "top_p"), ("seed", "seed"), ("presence_penalty", "presence_penalty"),
        ("frequency_penalty", "frequency_penalty"), ("top_k", "top_k"), ("min_p", "min_p"), ("repeat_penalty", "repeat_penalty"),
        ("max_tokens", "num_predict"), ("max_completion_tokens", "num_predict"), ("stop", "stop"), ("num_ctx", "num_ctx"),
        ("num_predict", "num_predict"), ("typical_p", "typical_p"),
    ]
    /// What stands beside `options`, also when a client or an admin wrote it among them.
    private static let topLevel = ["format", "keep_alive", "think"]

    /// - Parameters:
    ///   - model: the name that the node knows.
    package static func object(_ request: ChatRequest, model: String) -> JSONObject {
        let body = request.body
        var result: JSONObject = ["model": .string(model), "messages": .array(request.messages.map(message)), "stream": .bool(request.isStream)]
        // What was said most precisely wins: the request's params, its `options`, its OpenAI parameters, the workspace model.
        var options = renamed(request.defaults)
        for (name, value) in renamed(body.filter { key, _ in Self.options.contains { $0.openAI == key } }) { options[name] = value }
        options.merge((body["options"]?.object ?? [:]).filter { _, value in !value.isNull })
        options.merge(renamed(request.overrides))
        for key in topLevel {
            let inOptions = options.removeValue(forKey: key)
            if let value = body[key] ?? inOptions, !value.isNull { result[key] = value }
        }
        if let effort = options.removeValue(forKey: "reasoning_effort") ?? body["reasoning_effort"], result["think"] == nil {
            result["think"] = think(effort)
        }
        let defaultFormat = options.removeValue(forKey: "response_format")
        if result["format"] == nil, let format = (body["response_format"] ?? defaultFormat).flatMap(format) { result["format"] = format }
        for key in ["tools", "tool_choice", "model", "messages", "stream"] { options.removeValue(forKey: key) }
        if !options.isEmpty { result["options"] = .object(options) }
        // Ollama has no `tool_choice`; "none" is the absence of tools.
        if let tools = body["tools"]?.array, !tools.isEmpty, body["tool_choice"]?.string != "none" { result["tools"] = .array(tools) }
        return result
    }

    /// A workspace model's parameters as a native Ollama request carries them: `options`, and what stands beside them.
    package static func defaults(_ params: JSONObject) -> JSONObject {
        var result = JSONObject()
        var options = renamed(params)
        for key in topLevel {
            if let value = options.removeValue(forKey: key) { result[key] = value }
        }
        if let effort = options.removeValue(forKey: "reasoning_effort"), result["think"] == nil { result["think"] = think(effort) }
        if let format = options.removeValue(forKey: "response_format").flatMap(format), result["format"] == nil { result["format"] = format }
        for key in ["tools", "tool_choice", "model", "messages", "stream"] { options.removeValue(forKey: key) }
        if !options.isEmpty { result["options"] = .object(options) }
        return result
    }

    /// Parameters under their names in Ollama.
    private static func renamed(_ params: JSONObject) -> JSONObject {
        var result = JSONObject()
        for (key, value) in params where !value.isNull {
            guard let known = options.first(where: { $0.openAI == key }) else {
                result[key] = value
                continue
            }
            if known.ollama == "stop", let word = value.string { result["stop"] = [.string(word)] } else { result[known.ollama] = value }
        }
        return result
    }

    /// `response_format` as `format`: `"json"` or a schema.
    private static func format(_ value: JSONValue) -> JSONValue? {
        switch value["type"]?.string {
        case "json_object": "json"
        case "json_schema": value["json_schema"]?["schema"] ?? "json"
        default: nil
        }
    }

    /// `reasoning_effort`: Ollama knows three levels and off.
    private static func think(_ effort: JSONValue) -> JSONValue? {
        switch effort.string {
        case "none": false
        case "minimal", "low": "low"
        case "medium": "medium"
        case "high", "xhigh": "high"
        default: nil
        }
    }

    // MARK: Messages

    /// Parts joined to one text, images apart, tool arguments as objects.
    private static func message(_ message: JSONValue) -> JSONValue {
        var result = JSONObject()
        let role = message["role"]?.string
        result["role"] = .string(role == "developer" ? "system" : role ?? "user")
        var images = message["images"]?.array ?? []
        if let parts = message["content"]?.array {
            result["content"] = .string(parts.compactMap { $0["type"]?.string == "text" ? $0["text"]?.string : nil }.joined(separator: "\n"))
            images += parts.compactMap(image)
        } else {
            result["content"] = .string(message["content"]?.string ?? "")
        }
        if !images.isEmpty { result["images"] = .array(images) }
        if let calls = message["tool_calls"]?.array, !calls.isEmpty { result["tool_calls"] = .array(calls.map(toolCall)) }
        if let thinking = message["reasoning_content"]?.string ?? message["thinking"]?.string { result["thinking"] = .string(thinking) }
        if role == "tool" {
            if let id = message["tool_call_id"] { result["tool_call_id"] = id }
            if let name = message["name"] ?? message["tool_name"] { result["tool_name"] = name }
        }
        return .object(result)
    }

    /// The base64 text of an `image_url` part. Ollama fetches nothing, so other addresses are left out.
    private static func image(_ part: JSONValue) -> JSONValue? {
        guard part["type"]?.string == "image_url" else { return nil }
        guard let url = part["image_url"]?["url"]?.string ?? part["image_url"]?.string, url.hasPrefix("data:"),
            let comma = url.firstIndex(of: ",")
        else { return nil }
        return .string(String(url[url.index(after: comma)...]))
    }

    private static func toolCall(_ call: JSONValue) -> JSONValue {
        var result = JSONObject()
        if let id = call["id"] { result["id"] = id }
        var function = JSONObject()
        function["name"] = call["function"]?["name"] ?? ""
        let arguments = call["function"]?["arguments"]
        function["arguments"] = arguments?.string.flatMap { try? JSONValue(parsing: $0) } ?? (arguments?.object.map(JSONValue.object) ?? [:])
        result["function"] = .object(function)
        return .object(result)
    }
}
