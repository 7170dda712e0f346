/// Whose error object the clients of a route understand.
enum ChatDialect {
    case openAI, anthropic

    /// - Returns: `nil` for routes whose errors have only `detail`.
    init?(path: String) {
        switch path {
        case "/api/chat/completions", "/api/v1/chat/completions", "/api/embeddings", "/api/v1/embeddings": self = .openAI
        case "/api/message", "/api/v1/messages": self = .anthropic
        default:
            if path.hasPrefix("/ollama/v1/messages") {
                self = .anthropic
            } else if path.hasPrefix("/openai/") || path.hasPrefix("/ollama/v1/") {
                self = .openAI
            } else {
                return nil
            }
        }
    }
}
