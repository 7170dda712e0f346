package import Domain
import Wire

/// What plug-ins do to answers: events that they emit go to the reader, `stream` of filters sees every chunk, `outlet` the whole.
/// Requests without plug-ins pass untouched.
///
/// On the wire an event is a chunk with an empty `delta` and the key `event`, so that clients who know nothing of it see nothing. Events that
/// are text (`message`) or sources (`citation`) go out as what they are. Answers that are not streamed have no place for other events.
package struct PluginAnswerProvider: ChatProvider {
    private let provider: any ChatProvider
    private let host: any FunctionHost
    private let outlets: OutletFilters
    private let skipsFailures: @Sendable () -> Bool

    package init(
        provider: any ChatProvider, host: any FunctionHost, outlets: OutletFilters, skipsFailures: @escaping @Sendable () -> Bool
    ) {
        self.provider = provider
        self.host = host
        self.outlets = outlets
        self.skipsFailures = skipsFailures
    }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        guard let events = request.events else { return try await provider.answer(request) }
        guard request.isStream else { return try await whole(try await provider.answer(request), request, events) }
        let stream = PluginAnswerStream(
            request: request, provider: provider, host: host, outlets: outlets, skipsFailures: skipsFailures(), events: events)
        if let answer = try await stream.begin() {
            if case .whole = answer.body { return try await whole(answer, request, events) }
            return ChatAnswer(
                body: .stream(UpstreamBody { { try await stream.next() } }), contentType: answer.contentType, sources: answer.sources,
                upstream: answer.upstream)
        }
        // A plug-in speaks before the answer begins.
        let upstream = if case .function(let id) = request.route { "function:\(id.prefix { $0 != "." })" } else { "" }
        return ChatAnswer(
            body: .stream(UpstreamBody { { try await stream.next() } }), contentType: "text/event-stream; charset=utf-8",
            sources: request.sources, upstream: upstream)
    }

    private func whole(_ answer: ChatAnswer, _ request: ChatRequest, _ events: ChatEventQueue) async throws -> ChatAnswer {
        defer { events.close() }
        guard case .whole(let bytes) = answer.body, var completion = (try? JSONValue(parsing: bytes)), completion["choices"]?[0] != nil else {
            return answer
        }
        var answer = answer
        let message = completion["choices"]?[0]?["message"]
        let before = message?["content"]?.string ?? ""
        var text = before
        var said = ""
        for event in events.drain() {
            switch PluginEvent(event) {
            case .text(let more): said += more
            case .replacement(let new): (said, text) = ("", new)
            case .source(let source): answer.sources.append(source)
            case .other: break
            }
        }
        text = said + text
        if message?["tool_calls"]?.array?.isEmpty ?? true { text = try await outlets.filtered(text, of: request) }
        guard text != before, var choices = completion["choices"]?.array else { return answer }
        choices[0]["message"]?["content"] = .string(text)
        completion["choices"] = .array(choices)
        answer.body = .whole(completion.jsonBytes)
        return answer
    }
}

/// What an emitted event means for an answer.
enum PluginEvent {
    case text(String)
    case replacement(String)
    case source(ContextSource)
    case other

    init(_ event: JSONObject) {
        let data = event["data"]
        switch event["type"]?.string {
        case "message", "chat:message:delta":
            self = data?["content"]?.string.map(PluginEvent.text) ?? .other
        case "replace", "chat:message":
            self = data?["content"]?.string.map(PluginEvent.replacement) ?? .other
        case "citation", "source":
            guard let object = data?.object, let source = object["source"]?.object else {
                self = .other
                return
            }
            self = .source(
                ContextSource(
                    item: source, documents: (object["document"]?.array ?? []).compactMap(\.string),
                    metadata: (object["metadata"]?.array ?? []).compactMap(\.object),
                    distances: object["distances"]?.array?.compactMap(\.double)))
        default: self = .other
        }
    }
}
