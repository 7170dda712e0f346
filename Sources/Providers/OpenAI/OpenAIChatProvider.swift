package import Domain
import Wire

/// Chat completions of OpenAI-compatible upstreams. Answers are passed on as they are.
package struct OpenAIChatProvider: ChatProvider {
    private let transport: any UpstreamTransport

    package init(transport: any UpstreamTransport) { self.transport = transport }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        guard case .openAI(let connection, let upstreamID) = request.route else { throw AppError.modelNotFound }
        let body = OpenAIChatBody.bytes(request, model: upstreamID)
        let response = try await transport.send(
            connection.request("POST", "/chat/completions", body: body))
        let type = response.header("content-type") ?? "application/json"
        guard response.status < 400 else {
            throw UpstreamFailure(
                status: response.status, contentType: type, body: try await response.body.collect(upTo: UpstreamLimits.error),
                retryAfter: response.header("retry-after"))
        }
        let kind = type.prefix { $0 != ";" }.lowercased()
        if kind == "text/event-stream" || request.isStream && kind != "application/json" {
            return ChatAnswer(
                body: .stream(response.body.converted(by: OpenAIStreamRelay())), contentType: "text/event-stream; charset=utf-8",
                upstream: connection.label)
        }
        let bytes = try await UpstreamLimits.whole(response.body)
        guard (try? JSONValue(parsing: bytes)) != nil else { throw AppError(.upstreamFailed, "The upstream's answer is not JSON.") }
        return ChatAnswer(body: .whole(bytes), contentType: "application/json", upstream: connection.label)
    }

    /// The request to the model's upstream, and to the others that serve the same model.
    private static func outgoing(_ request: ChatRequest, _ connection: Connection, _ upstreamID: String) -> UpstreamRequest {
        func make(_ connection: Connection, _ id: String) -> UpstreamRequest {
            connection.request("POST", "/chat/completions", body: OpenAIChatBody.bytes(request, model: id))
        }
        var outgoing = make(connection, upstreamID)
        outgoing.alternatives = (request.model?.base.alternates ?? []).compactMap { route in
            guard case .openAI(let other, let id) = route else { return nil }
            return make(other, id)
        }
        return outgoing
    }
}

/// How much of an upstream's answer is kept in memory.
enum UpstreamLimits {
    static let error = 1 << 20
    static let answer = 128 << 20

    /// A whole answer.
    /// - Throws: `AppError(.upstreamFailed)` when the upstream breaks off.
    static func whole(_ body: UpstreamBody) async throws -> [UInt8] {
        do {
            return try await body.collect(upTo: answer)
        } catch let error as AppError {
            throw AppError(error.code, "The upstream broke off its answer.", cause: error)
        }
    }
}
