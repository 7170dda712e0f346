/// The routes whose requests may be relayed.
enum RelayPath: CaseIterable {
    case chat, chatV1, openAI

    var text: String {
        switch self {
        case .chat: "/api/chat/completions"
        case .chatV1: "/api/v1/chat/completions"
        case .openAI: "/openai/chat/completions"
        }
    }

    init?(_ bytes: UnsafeRawBufferPointer) {
        switch bytes.count {
        case 21 where bytes.equals("/api/chat/completions"): self = .chat
        case 24 where bytes.equals("/api/v1/chat/completions"): self = .chatV1
        case 24 where bytes.equals("/openai/chat/completions"): self = .openAI
        default: return nil
        }
    }
}
