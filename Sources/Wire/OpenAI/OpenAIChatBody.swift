package import Domain

/// The request as an OpenAI-compatible upstream gets it.
package enum OpenAIChatBody {
    /// Parameters that only Ollama knows; strict upstreams refuse what they do not know.
    private static let ollamaOnly: Set<String> = [
        "num_ctx", "num_keep", "num_predict", "num_batch", "num_gpu", "num_thread", "main_gpu", "use_mmap", "use_mlock", "mirostat",
        "mirostat_eta", "mirostat_tau", "repeat_last_n", "tfs_z", "keep_alive", "think", "format", "numa", "low_vram",
    ]

    /// - Parameter model: the id that the upstream knows.
    package static func bytes(_ request: ChatRequest, model: String) -> [UInt8] {
        if request.overrides.isEmpty, request.defaults.isEmpty, let verbatim = request.verbatim { return verbatim(model) }
        return JSONValue.object(object(request, model: model)).jsonBytes
    }

    /// The body with its parameters: those of `params` win over it, those of the workspace model fill what it leaves open.
    package static func object(_ request: ChatRequest, model: String) -> JSONObject {
        var body = request.body
        body["model"] = .string(model)
        for (key, value) in request.defaults where body[key] == nil && !ollamaOnly.contains(key) && !clashes(key, with: body) {
            body[key] = value
        }
        for (key, value) in request.overrides where !ollamaOnly.contains(key) && !reserved.contains(key.lowercased()) { body[key] = value }
        return body
    }

    /// A parameter cannot replace what is asked, and of whom.
    private static let reserved: Set<String> = ["model", "messages", "stream"]

    /// The two names of the same limit.
    private static func clashes(_ key: String, with body: JSONObject) -> Bool {
        if reserved.contains(key.lowercased()) { return true }
        return key == "max_tokens" && body["max_completion_tokens"] != nil || key == "max_completion_tokens" && body["max_tokens"] != nil
    }
}
