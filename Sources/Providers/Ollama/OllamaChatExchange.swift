import Domain
import Wire

/// What an Ollama node is sent for a chat, and how its answer is read: OpenAI's form on our side, Ollama's on its.
enum OllamaChatExchange {
    static func body(of request: ChatRequest, model: String) -> [UInt8] {
        JSONValue.object(OllamaChatRequest.object(request, model: model)).jsonBytes
    }

    static func answer(to request: ChatRequest, model: String, _ response: UpstreamResponse) async throws -> ChatAnswer {
        guard response.status < 400 else {
            let text = OllamaChatAnswer.errorText(try await response.body.collect(upTo: UpstreamLimits.error))
            var failure = UpstreamFailure(
                status: response.status, contentType: "application/json", body: JSONValue.object(["detail": .string(text)]).jsonBytes,
                retryAfter: response.header("retry-after"))
            failure.trace = response.route
            throw failure
        }
        if request.isStream, response.header("content-type")?.hasPrefix("application/json") != true {
            return ChatAnswer(
                body: .stream(response.body.converted(by: OllamaStreamConverter(model: model))), contentType: "text/event-stream")
        }
        let bytes = try await UpstreamLimits.whole(response)
        guard let object = (try? JSONValue(parsing: bytes))?.object else { throw AppError(.upstreamFailed, "The upstream's answer is not JSON.") }
        if let error = object["error"] { throw AppError(.upstreamFailed, error.string ?? error.jsonText) }
        let completion = OllamaChatAnswer.completion(object, model: model)
        return ChatAnswer(body: .whole(JSONValue.object(completion).jsonBytes), contentType: "application/json")
    }
}
