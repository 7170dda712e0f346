package import Domain
import Wire

/// Chat completions of Ollama nodes, converted to OpenAI's form and back.
package struct OllamaChatProvider: ChatProvider {
    private let transport: any UpstreamTransport

    package init(transport: any UpstreamTransport) { self.transport = transport }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        guard case .ollama(let nodes, let upstreamID) = request.route, !nodes.isEmpty else { throw AppError.modelNotFound }
        let body = JSONValue.object(OllamaChatRequest.object(request, model: upstreamID)).jsonBytes
        let outgoing = Connection.request(toAnyOf: nodes, balanced: true) { $0.request("POST", "/api/chat", body: body) }
        return try await answer(try await transport.send(outgoing), model: upstreamID, isStream: request.isStream, node: nodes[0])
    }

    private func answer(_ response: UpstreamResponse, model: String, isStream: Bool, node: Connection) async throws -> ChatAnswer {
        guard response.status < 400 else {
            let text = OllamaChatAnswer.errorText(try await response.body.collect(upTo: UpstreamLimits.error))
            throw UpstreamFailure(
                status: response.status, contentType: "application/json", body: JSONValue.object(["detail": .string(text)]).jsonBytes,
                retryAfter: response.header("retry-after"))
        }
        if isStream, response.header("content-type")?.hasPrefix("application/json") != true {
            return ChatAnswer(
                body: .stream(response.body.converted(by: OllamaStreamConverter(model: model))), contentType: "text/event-stream",
                upstream: node.label)
        }
        let bytes = try await UpstreamLimits.whole(response.body)
        guard let object = (try? JSONValue(parsing: bytes))?.object else { throw AppError(.upstreamFailed, "The upstream's answer is not JSON.") }
        if let error = object["error"] { throw AppError(.upstreamFailed, error.string ?? error.jsonText) }
        let completion = OllamaChatAnswer.completion(object, model: model)
        return ChatAnswer(
            body: .whole(JSONValue.object(completion).jsonBytes), contentType: "application/json", upstream: node.label)
    }
}
