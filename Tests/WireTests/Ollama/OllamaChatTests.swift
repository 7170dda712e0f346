import Domain
import Testing
import Wire

struct OllamaChatTests {
    private static let kit = Principal(userID: "u", name: "Kit", email: "kit@example.com", role: .user)

    private func converted(_ body: JSONObject, overrides: JSONObject = [:], defaults: JSONObject = [:]) -> JSONObject {
        var request = ChatRequest(body: body, principal: Self.kit)
        request.overrides = overrides
        request.defaults = defaults
        return OllamaChatRequest.object(request, model: "m:latest")
    }

    @Test func `every parameter with an option is carried over`() {
        let result = converted([
            "model": "m", "messages": [], "temperature": 0.25, "top_p": 0.5, "seed": 7, "presence_penalty": 0.1, "frequency_penalty": 0.2,
            "max_completion_tokens": 9, "stop": "END", "top_k": 3, "min_p": 0.1, "logit_bias": [:], "user": "x",
        ])
        #expect(
            result["options"] == [
                "temperature": 0.25, "top_p": 0.5, "seed": 7, "presence_penalty": 0.1, "frequency_penalty": 0.2, "num_predict": 9,
                "stop": ["END"], "top_k": 3, "min_p": 0.1,
            ])
        #expect(result["stream"] == false && result["model"] == "m:latest" && result["user"] == nil && result["max_completion_tokens"] == nil)
    }

    @Test func `the more precise value wins`() {
        let body: JSONObject = ["temperature": 0.2, "options": ["temperature": 0.3, "num_ctx": 512]]
        #expect(
            converted(body, defaults: ["temperature": 0.1, "num_ctx": 1, "max_tokens": 5])["options"] == [
                "temperature": 0.3, "num_ctx": 512, "num_predict": 5,
            ])
        #expect(converted(body, overrides: ["temperature": 0.4])["options"]?["temperature"] == 0.4)
    }

    @Test func `format, keep_alive and think stand at the top`() {
        let schema: JSONValue = ["type": "object"]
        let result = converted([
            "options": ["keep_alive": "5m"], "reasoning_effort": "medium",
            "response_format": ["type": "json_schema", "json_schema": ["name": "n", "schema": schema]],
        ])
        #expect(result["format"] == schema && result["keep_alive"] == "5m" && result["think"] == "medium" && result["options"] == nil)
        #expect(converted(["response_format": ["type": "json_object"]])["format"] == "json")
        #expect(converted(["response_format": ["type": "text"]])["format"] == nil)
        #expect(converted(["reasoning_effort": "none"])["think"] == false)
    }

    @Test func `messages lose their parts and tool arguments their quotes`() {
        let result = converted([
            "messages": [
                [
                    "role": "user",
                    "content": [["type": "text", "text": "a"], ["type": "image_url", "image_url": ["url": "data:image/png;base64,iVBO"]]],
                ],
                [
                    "role": "assistant", "content": nil,
                    "tool_calls": [["id": "c1", "type": "function", "function": ["name": "find", "arguments": "{\"q\": 1.0}"]]],
                ], ["role": "tool", "tool_call_id": "c1", "content": "sunny"],
            ]
        ])
        #expect(result["messages"]?[0] == ["role": "user", "content": "a", "images": ["iVBO"]])
        #expect(result["messages"]?[1]?["tool_calls"]?[0]?["function"]?.jsonText == #"{"name":"find","arguments":{"q":1.0}}"#)
        #expect(result["messages"]?[2] == ["role": "tool", "content": "sunny", "tool_call_id": "c1"])
    }

    @Test func `tool_choice none takes the tools away`() {
        let tools: JSONValue = [["type": "function", "function": ["name": "f"]]]
        #expect(converted(["tools": tools])["tools"] == tools)
        #expect(converted(["tools": tools, "tool_choice": "none"])["tools"] == nil)
    }

    private func stream(_ text: String, size: Int = 1000, failure: (any Error)? = nil) throws -> [JSONObject] {
        var converter = OllamaStreamConverter(model: "m")
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) where !converter.isDone {
            output += try converter.push(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        if !converter.isDone { output += converter.finish(failure) }
        #expect(String(decoding: output, as: UTF8.self).hasSuffix("data: [DONE]\n\n"))
        var decoder = OpenAIEventDecoder()
        return try decoder.push(output)
    }

    @Test(arguments: [1, 3, 1000])
    func `a stream of lines becomes chunks`(size: Int) throws {
        let chunks = try stream(
            """
            {"message":{"role":"assistant","content":"","thinking":"생각"},"done":false}
            {"message":{"content":"하늘"},"done":false}
            not json
            {"message":{"content":"","tool_calls":[{"function":{"name":"find","arguments":{"q":1.0}}}]},"done":false}
            {"message":{"content":""},"done":true,"done_reason":"stop","prompt_eval_count":2,"eval_count":3,"total_duration":61000000000}

            """, size: size)
        #expect(chunks.count == 4)
        #expect(chunks[0]["choices"]?[0]?["delta"] == ["role": "assistant", "reasoning_content": "생각"])
        #expect(chunks[1]["choices"]?[0]?["delta"] == ["content": "하늘"])
        let call = chunks[2]["choices"]?[0]?["delta"]?["tool_calls"]?[0]
        #expect(call?["function"] == ["name": "find", "arguments": "{\"q\":1.0}"] && call?["index"] == 0 && call?["id"]?.string?.isEmpty == false)
        #expect(chunks[3]["choices"]?[0]?["finish_reason"] == "tool_calls" && chunks[3]["choices"]?[0]?["delta"] == [:])
        let usage = chunks[3]["usage"]
        #expect(usage?["prompt_tokens"] == 2 && usage?["completion_tokens"] == 3 && usage?["total_tokens"] == 5)
        #expect(usage?["approximate_total"] == "0h1m1s")
        #expect(Set(chunks.map { $0["id"]?.string }).count == 1)
    }

    @Test(arguments: [#"{"message":{"content":"a"},"done":false}"# + "\n", #"{"message":{"content":"a"},"done":false}"# + "\n{\"mess"])
    func `a stream that never says done ends with an error`(text: String) throws {
        let chunks = try stream(text)
        #expect(chunks.last?["error"]?["message"]?.string != nil)
        #expect(chunks.allSatisfy { $0["choices"]?[0]?["finish_reason"]?.string == nil })
    }

    @Test func `an error line is passed on`() throws {
        let chunks = try stream("{\"error\":\"upstream failed midway\"}\n{\"message\":{\"content\":\"late\"}}\n")
        #expect(chunks == [["error": ["message": "upstream failed midway"]]])
    }
}
