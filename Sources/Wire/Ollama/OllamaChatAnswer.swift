package import Domain

/// Ollama's answers in OpenAI's form.
package enum OllamaChatAnswer {
    /// A whole answer.
    package static func completion(_ answer: JSONObject, model: String) -> JSONObject {
        let message = answer["message"]?.object ?? [:]
        var result: JSONObject = ["role": "assistant", "content": .string(message["content"]?.string ?? "")]
        if let thinking = message["thinking"]?.string, !thinking.isEmpty { result["reasoning_content"] = .string(thinking) }
        let calls = toolCalls(message, firstIndex: 0, isDelta: false)
        if !calls.isEmpty { result["tool_calls"] = .array(calls) }
        return OpenAIChunks(id: "\(model)-\(makeID())", model: model).completion(
            message: result, finish: OllamaUsage.finishReason(answer, hasToolCalls: !calls.isEmpty), usage: OllamaUsage.usage(answer))
    }

    /// Arguments become a text, calls get an id.
    static func toolCalls(_ message: JSONObject, firstIndex: Int, isDelta: Bool) -> [JSONValue] {
        (message["tool_calls"]?.array ?? []).enumerated().map { offset, call in
            let arguments = call["function"]?["arguments"] ?? [:]
            var result = JSONObject()
            if isDelta { result["index"] = .int(firstIndex + offset) }
            result["id"] = call["id"]?.string.map(JSONValue.string) ?? .string("call_" + makeID())
            result["type"] = "function"
            result["function"] = [
                "name": call["function"]?["name"] ?? "", "arguments": .string(arguments.string ?? arguments.jsonText),
            ]
            return .object(result)
        }
    }

    /// The text of Ollama's `{"error": ...}`; the body itself when it has another form.
    package static func errorText(_ body: [UInt8]) -> String {
        guard let error = (try? JSONValue(parsing: body))?["error"] else { return String(decoding: body.prefix(2000), as: UTF8.self) }
        return error.string ?? error["message"]?.string ?? error.jsonText
    }
}

/// Turns Ollama's lines into the events of an OpenAI stream. Lines that are no JSON are left out.
package struct OllamaStreamConverter: BodyConverter {
    package private(set) var isDone = false
    private var lines = LineSplitter()
    private let chunks: OpenAIChunks
    private var hasStarted = false
    private var toolCallCount = 0

    package init(model: String) { chunks = OpenAIChunks(model: model) }

    package mutating func push(_ piece: [UInt8]) throws -> [UInt8] {
        var output: [UInt8] = []
        for line in try lines.push(piece) where !isDone { output += convert(line) }
        return output
    }

    package mutating func finish(_ failure: (any Error)?) -> [UInt8] {
        var output: [UInt8] = []
        if failure == nil, let line = lines.finish() { output += convert(line) }
        guard !isDone else { return output }
        isDone = true
        // Without a line that says "done" the answer is not whole.
        return output + EventEncoding.failure() + EventEncoding.done
    }

    private mutating func convert(_ line: [UInt8]) -> [UInt8] {
        guard let object = (try? JSONValue(parsing: line))?.object else { return [] }
        if let error = object["error"] {
            isDone = true
            return EventEncoding.failure(error.string ?? error.jsonText) + EventEncoding.done
        }
        let message = object["message"]?.object ?? [:]
        var delta = JSONObject()
        if let text = message["content"]?.string, !text.isEmpty { delta["content"] = .string(text) }
        if let thinking = message["thinking"]?.string, !thinking.isEmpty { delta["reasoning_content"] = .string(thinking) }
        let calls = OllamaChatAnswer.toolCalls(message, firstIndex: toolCallCount, isDelta: true)
        toolCallCount += calls.count
        if !calls.isEmpty { delta["tool_calls"] = .array(calls) }
        var output: [UInt8] = []
        if !delta.isEmpty {
            if !hasStarted { delta = JSONObject([("role", "assistant")]).merging(delta) }
            hasStarted = true
            output = chunks.chunk(delta)
        }
        guard object["done"]?.bool == true else { return output }
        isDone = true
        let reason = OllamaUsage.finishReason(object, hasToolCalls: toolCallCount > 0)
        return output + chunks.chunk([:], finish: reason, usage: OllamaUsage.usage(object)) + EventEncoding.done
    }
}
