package import Domain
import Wire

/// Chat completions of models that this program serves itself.
package struct BuiltInChatProvider: ChatProvider {
    private let models: [String: any BuiltInModel]

    package init(models: [any BuiltInModel]) {
        self.models = Dictionary(models.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        guard case .builtIn(let id) = request.route, let model = models[id] else { throw AppError.modelNotFound }
        guard !request.messages.isEmpty else { throw AppError(.badRequest, "messages must not be empty.") }
        let answer = try await model.answer(
            messages: request.messages, items: RetrieveContext.items(of: request), principal: request.principal)
        let prompt = request.messages.map(MessageText.text).joined(separator: " ")
        let chunks = OpenAIChunks(model: id)
        if request.isStream {
            let source = BuiltInStream(answer: answer, chunks: chunks, prompt: prompt, includesUsage: Self.wantsUsage(request))
            var streamed = ChatAnswer(
                body: .stream(UpstreamBody { { try await source.next() } }), contentType: "text/event-stream; charset=utf-8",
                sources: answer.sources, upstream: "built-in")
            streamed.warnings = answer.warnings
            return streamed
        }
        var text = ""
        for try await delta in answer.deltas { text += delta }
        let completion = chunks.completion(
            message: ["role": "assistant", "content": .string(text)], finish: "stop", usage: Self.usage(prompt: prompt, answer: text))
        var whole = ChatAnswer(
            body: .whole(JSONValue.object(completion).jsonBytes), contentType: "application/json", sources: answer.sources, upstream: "built-in")
        whole.warnings = answer.warnings
        return whole
    }

    private static func wantsUsage(_ request: ChatRequest) -> Bool { request.body["stream_options"]?["include_usage"]?.bool == true }

    /// Words, for want of tokens: no language model reads them.
    fileprivate static func usage(prompt: String, answer: String) -> JSONObject {
        func words(_ text: String) -> Int { text.split(whereSeparator: \.isWhitespace).count }
        let (input, output) = (words(prompt), words(answer))
        return ["prompt_tokens": .int(input), "completion_tokens": .int(output), "total_tokens": .int(input + output)]
    }
}

/// The events of one streamed answer, made as they are read.
///
/// Unchecked: a body has one reader, which waits for each piece before it asks for the next.
private final class BuiltInStream: @unchecked Sendable {
    private enum State { case opening, text, over }

    private var deltas: AsyncThrowingStream<String, any Error>.Iterator
    private let chunks: OpenAIChunks
    private let prompt: String
    private let includesUsage: Bool
    private var text = ""
    private var state = State.opening

    init(answer: BuiltInAnswer, chunks: OpenAIChunks, prompt: String, includesUsage: Bool) {
        deltas = answer.deltas.makeAsyncIterator()
        self.chunks = chunks
        self.prompt = prompt
        self.includesUsage = includesUsage
    }

    func next() async throws -> [UInt8]? {
        switch state {
        case .opening:
            state = .text
            return chunks.chunk(["role": "assistant", "content": ""])
        case .text:
            do {
                if let delta = try await deltas.next() {
                    text += delta
                    return chunks.chunk(["content": .string(delta)])
                }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                state = .over
                return EventEncoding.failure() + EventEncoding.done
            }
            state = .over
            try Task.checkCancellation()
            let usage = includesUsage ? BuiltInChatProvider.usage(prompt: prompt, answer: text) : nil
            return chunks.chunk([:], finish: "stop", usage: usage) + EventEncoding.done
        case .over: return nil
        }
    }
}
