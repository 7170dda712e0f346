import Domain
import Wire

/// What an OpenAI-compatible upstream is sent for a chat, and how its answer is read. Answers are passed on as they are.
enum OpenAIChatExchange {
    static func body(of request: ChatRequest, model: String) -> [UInt8] { OpenAIChatBody.bytes(request, model: model) }

    static func answer(to request: ChatRequest, _ response: UpstreamResponse) async throws -> ChatAnswer {
        let type = response.header("content-type") ?? "application/json"
        guard response.status < 400 else {
            var failure = UpstreamFailure(
                status: response.status, contentType: type, body: try await response.body.collect(upTo: UpstreamLimits.error),
                retryAfter: response.header("retry-after"))
            failure.trace = response.route
            throw failure
        }
        let kind = type.prefix { $0 != ";" }.lowercased()
        if kind == "text/event-stream" || request.isStream && kind != "application/json" {
            return ChatAnswer(
                body: .stream(response.body.converted(by: OpenAIStreamRelay())), contentType: "text/event-stream; charset=utf-8")
        }
        let bytes = try await UpstreamLimits.whole(response)
        guard (try? JSONValue(parsing: bytes)) != nil else { throw AppError(.upstreamFailed, "The upstream's answer is not JSON.") }
        return ChatAnswer(body: .whole(bytes), contentType: "application/json")
    }
}

/// How much of an upstream's answer is kept in memory.
enum UpstreamLimits {
    static let error = 1 << 20
    static let answer = 128 << 20

    /// A whole answer.
    /// - Throws: `AppError(.upstreamFailed)` when the upstream breaks off.
    static func whole(_ response: UpstreamResponse) async throws -> [UInt8] {
        do {
            return try await response.body.collect(upTo: answer)
        } catch let error as AppError {
            var failure = AppError(error.code, "The upstream broke off its answer.", cause: error)
            failure.trace = response.route
            throw failure
        }
    }
}
