import Domain
import Testing
import Wire

struct AnthropicTests {
    @Test func `blocks become messages`() {
        let body = AnthropicChatRequest.body([
            "model": "m", "max_tokens": 5, "system": [["type": "text", "text": "S1"], ["type": "text", "text": "S2"]], "metadata": ["user_id": "x"],
            "stop_sequences": ["END"],
            "messages": [
                ["role": "user", "content": "q"],
                [
                    "role": "assistant",
                    "content": [["type": "text", "text": "let me"], ["type": "tool_use", "id": "t1", "name": "find", "input": ["q": 1]]],
                ],
                [
                    "role": "user",
                    "content": [
                        ["type": "text", "text": "and"],
                        ["type": "tool_result", "tool_use_id": "t1", "is_error": true, "content": [["type": "text", "text": "no"]]],
                    ],
                ],
            ], "tools": [["name": "find", "input_schema": ["type": "object"]]], "tool_choice": ["type": "any", "disable_parallel_tool_use": true],
        ])
        let messages = body["messages"]?.array ?? []
        #expect(messages.map { $0["role"]?.string } == ["system", "user", "assistant", "tool", "user"])
        #expect(messages[0]["content"] == "S1\nS2" && messages[2]["content"] == "let me")
        #expect(messages[2]["tool_calls"]?[0]?["function"] == ["name": "find", "arguments": "{\"q\":1}"])
        #expect(messages[3] == ["role": "tool", "tool_call_id": "t1", "content": "Error: no"] && messages[4]["content"] == "and")
        #expect(body["stop"] == ["END"] && body["tool_choice"] == "required" && body["parallel_tool_calls"] == false && body["metadata"] == nil)
        #expect(body["tools"]?[0] == ["type": "function", "function": ["name": "find", "parameters": ["type": "object"]]])
    }

    @Test(arguments: [("stop", "end_turn"), ("length", "max_tokens"), ("tool_calls", "tool_use"), ("content_filter", "refusal")])
    func `reasons to stop are translated`(reason: String, expected: String) {
        let message = AnthropicMessage.message(["choices": [["message": ["content": "x"], "finish_reason": .string(reason)]]], model: "m")
        #expect(message["stop_reason"]?.string == expected && message["model"] == "m")
    }

    private func events(_ text: String, size: Int, failure: (any Error)? = nil) throws -> [(String, JSONValue)] {
        var converter = AnthropicStreamConverter(model: "asked")
        var output: [UInt8] = []
        let bytes = Array(text.utf8)
        for start in stride(from: 0, to: bytes.count, by: size) where !converter.isDone {
            output += try converter.push(Array(bytes[start..<min(start + size, bytes.count)]))
        }
        if !converter.isDone { output += converter.finish(failure) }
        return try String(decoding: output, as: UTF8.self).split(separator: "\n\n").map { block in
            let lines = block.split(separator: "\n")
            try #require(lines.count == 2)
            return (String(lines[0].dropFirst(7)), try JSONValue(parsing: String(lines[1].dropFirst(6))))
        }
    }

    @Test(arguments: [1, 7, 10_000])
    func `a stream keeps its blocks in order`(size: Int) throws {
        let stream = """
            data: {"id":"c1","choices":[{"delta":{"role":"assistant","content":""}}]}

            data: {"choices":[{"delta":{"reasoning_content":"생각"}}]}

            data: {"choices":[{"delta":{"content":"하"}}]}

            data: {"choices":[{"delta":{"content":"늘"}}]}

            data: {"choices":[{"delta":{"tool_calls":[{"index":0,"id":"t","function":{"name":"f","arguments":"{\\"a\\""}}]}}]}

            data: {"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":":1}"}}]}}]}

            data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}

            data: {"choices":[],"usage":{"prompt_tokens":4,"completion_tokens":5}}

            data: [DONE]


            """
        let events = try events(stream, size: size)
        #expect(
            events.map(\.0) == [
                "message_start", "content_block_start", "content_block_delta", "content_block_stop", "content_block_start",
                "content_block_delta", "content_block_delta", "content_block_stop", "content_block_start", "content_block_delta",
                "content_block_delta", "content_block_stop", "message_delta", "message_stop",
            ])
        #expect(events.allSatisfy { $0.0 == $0.1["type"]?.string })
        #expect(events[0].1["message"]?["model"] == "asked" && events[0].1["message"]?["id"] == "c1")
        #expect(events[8].1["content_block"]?["type"] == "tool_use" && events[8].1["index"] == 2)
        #expect(events[12].1["delta"]?["stop_reason"] == "tool_use" && events[12].1["usage"] == ["input_tokens": 4, "output_tokens": 5])
    }

    @Test func `an error inside the stream ends it`() throws {
        let events = try events("data: {\"error\":{\"message\":\"boom\"}}\n\ndata: [DONE]\n\n", size: 5)
        #expect(events.map(\.0) == ["message_start", "error"] && events[1].1["error"]?["message"] == "boom")
    }
}
