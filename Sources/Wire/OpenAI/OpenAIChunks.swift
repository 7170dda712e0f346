package import Domain

/// Writes an answer in OpenAI's form: the chunks of a stream, or the whole.
package struct OpenAIChunks: Sendable {
    package let id: String
    package let created: EpochSeconds
    package let model: String

    package init(id: String = "chatcmpl-" + makeID(), created: EpochSeconds = .now(), model: String) {
        self.id = id
        self.created = created
        self.model = model
    }

    /// One event of a stream.
    package func chunk(_ delta: JSONObject, finish: String? = nil, usage: JSONObject? = nil) -> [UInt8] {
        var object: JSONObject = [
            "id": .string(id), "object": "chat.completion.chunk", "created": .int(created), "model": .string(model),
            "choices": [["index": 0, "delta": .object(delta), "logprobs": nil, "finish_reason": .optional(finish)]],
        ]
        if let usage { object["usage"] = .object(usage) }
        return EventEncoding.event(.object(object))
    }

    /// The whole answer.
    package func completion(message: JSONObject, finish: String, usage: JSONObject?) -> JSONObject {
        var object: JSONObject = [
            "id": .string(id), "object": "chat.completion", "created": .int(created), "model": .string(model),
            "choices": [["index": 0, "message": .object(message), "logprobs": nil, "finish_reason": .string(finish)]],
        ]
        if let usage { object["usage"] = .object(usage) }
        return object
    }
}
