package import Domain

/// What Ollama counted, in the terms of both worlds.
package enum OllamaUsage {
    /// From the last line of an answer; durations are nanoseconds.
    package static func usage(_ final: JSONObject) -> JSONObject {
        let input = final["prompt_eval_count"]?.int ?? 0
        let output = final["eval_count"]?.int ?? 0
        func duration(_ key: String) -> Int { final[key]?.int ?? 0 }
        func rate(_ count: Int, _ nanoseconds: Int) -> JSONValue {
            nanoseconds > 0 ? .double((Double(count) / Double(nanoseconds) * 1e11).rounded() / 100) : "N/A"
        }
        let total = duration("total_duration") / 1_000_000_000
        return [
            "input_tokens": .int(input), "output_tokens": .int(output), "total_tokens": .int(input + output), "prompt_tokens": .int(input),
            "completion_tokens": .int(output), "response_token/s": rate(output, duration("eval_duration")),
            "prompt_token/s": rate(input, duration("prompt_eval_duration")), "total_duration": .int(duration("total_duration")),
            "load_duration": .int(duration("load_duration")), "prompt_eval_count": .int(input),
            "prompt_eval_duration": .int(duration("prompt_eval_duration")), "eval_count": .int(output),
            "eval_duration": .int(duration("eval_duration")),
            "approximate_total": .string("\(total / 3600)h\(total % 3600 / 60)m\(total % 60)s"),
            "completion_tokens_details": ["reasoning_tokens": 0, "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0],
        ]
    }

    /// `done_reason` in OpenAI's words.
    static func finishReason(_ final: JSONObject, hasToolCalls: Bool) -> String {
        if hasToolCalls { return "tool_calls" }
        return final["done_reason"]?.string == "length" ? "length" : "stop"
    }
}
