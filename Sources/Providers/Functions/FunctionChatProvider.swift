package import Domain
import Wire

/// Chat completions of pipes. Whatever a pipe gives - a text, pieces of text, OpenAI's chunks, a whole completion - becomes an answer in
/// OpenAI's form.
package struct FunctionChatProvider: ChatProvider {
    private let registry: FunctionRegistry
    private let installer: PluginInstaller
    private let caller: FunctionCaller

    package init(registry: FunctionRegistry, installer: PluginInstaller, caller: FunctionCaller) {
        self.registry = registry
        self.installer = installer
        self.caller = caller
    }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        guard case .function(let id) = request.route, let active = registry.pipe(serving: id) else { throw AppError.modelNotFound }
        let function = active.function
        if let problem = installer.problem(with: function.key, name: function.name, hasManifest: function.manifest != nil) { throw problem }
        let upstream = "function:\(function.id)"
        var body = OpenAIChatBody.object(request, model: id)
        if body["stream"] == nil { body["stream"] = false }
        let call = try await caller.call(active, for: request, context: ["__tools__": Self.tools(of: request)])
        let given: FunctionAnswer
        do {
            given = try await installer.host.pipe(body, in: call)
        } catch {
            throw FunctionErrors.meaning(error, name: function.name)
        }
        let chunks = OpenAIChunks(model: id)
        guard request.isStream else {
            let bytes = try await Self.whole(given, chunks, function.name)
            return ChatAnswer(body: .whole(bytes), contentType: "application/json", upstream: upstream)
        }
        let source = FunctionAnswerStream(given, chunks: chunks, name: function.name, events: request.events)
        return ChatAnswer(
            body: .stream(UpstreamBody { { try await source.next() } }), contentType: "text/event-stream; charset=utf-8", upstream: upstream)
    }

    /// `__tools__`: what the code may call, by name.
    private static func tools(of request: ChatRequest) -> JSONValue {
        .object(
            JSONObject(
                request.pluginTools.map { tool in
                    let spec: JSONObject = ["name": .string(tool.id), "description": .string(tool.summary), "parameters": .object(tool.parameters)]
                    return (tool.id, ["tool_id": .string(tool.id), "spec": .object(spec)])
                }))
    }

    // MARK: Whole answers

    private static func whole(_ given: FunctionAnswer, _ chunks: OpenAIChunks, _ name: String) async throws -> [UInt8] {
        switch given {
        case .value(.object(let object)): return JSONValue.object(object).jsonBytes
        case .value(let value): return completion(text: text(of: value), chunks)
        case .pieces(let pieces):
            var collector = AnswerCollector()
            do {
                for try await piece in pieces {
                    switch piece {
                    case .text(let text): collector.add(["choices": [["delta": ["content": .string(text)]]]])
                    // A whole completion among the pieces counts as one.
                    case .chunk(let chunk):
                        if chunk["choices"]?[0]?["message"] != nil { collector.add(completion: chunk) } else { collector.add(chunk) }
                    }
                }
            } catch {
                throw FunctionErrors.meaning(error, name: name)
            }
            if let problem = collector.error { return JSONValue.object(["error": ["message": .string(problem)]]).jsonBytes }
            var message: JSONObject = ["role": "assistant", "content": .string(collector.text)]
            if !collector.reasoning.isEmpty { message["reasoning_content"] = .string(collector.reasoning) }
            if !collector.toolCalls.isEmpty {
                message["tool_calls"] = .array(
                    collector.toolCalls.map { call in
                        [
                            "id": .string(call.id), "type": "function",
                            "function": ["name": .string(call.name), "arguments": .string(call.arguments)],
                        ]
                    })
            }
            let finish = collector.finishReason ?? (collector.toolCalls.isEmpty ? "stop" : "tool_calls")
            var completion = chunks.completion(message: message, finish: finish, usage: collector.usage)
            if !collector.sources.isEmpty { completion["sources"] = .array(collector.sources) }
            return JSONValue.object(completion).jsonBytes
        }
    }

    private static func completion(text: String, _ chunks: OpenAIChunks) -> [UInt8] {
        JSONValue.object(chunks.completion(message: ["role": "assistant", "content": .string(text)], finish: "stop", usage: nil)).jsonBytes
    }

    static func text(of value: JSONValue) -> String { value.string ?? (value.isNull ? "" : value.jsonText) }
}

/// The events of one streamed answer of a pipe, made as they are read.
///
/// Unchecked: a body has one reader, which waits for each piece before it asks for the next.
final class FunctionAnswerStream: @unchecked Sendable {
    private enum State { case value(JSONValue), pieces(FunctionPieces.AsyncIterator), over }

    private let chunks: OpenAIChunks
    private let name: String
    private let events: ChatEventQueue?
    private var state: State
    private var hasRole = false
    private var hasFinish = false

    init(_ answer: FunctionAnswer, chunks: OpenAIChunks, name: String, events: ChatEventQueue?) {
        self.chunks = chunks
        self.name = name
        self.events = events
        switch answer {
        case .value(let value): state = .value(value)
        case .pieces(let pieces): state = .pieces(pieces.makeAsyncIterator())
        }
    }

    func next() async throws -> [UInt8]? {
        switch state {
        case .over: return nil
        case .value(let value):
            state = .over
            return whole(value) + end()
        case .pieces(var iterator):
            do {
                while let piece = try await iterator.next() {
                    state = .pieces(iterator)
                    let bytes = event(of: piece)
                    if !bytes.isEmpty { return bytes }
                }
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                state = .over
                return EventEncoding.failure(FunctionErrors.text(of: error, name: name)) + EventEncoding.done
            }
            state = .over
            return end()
        }
    }

    private func event(of piece: FunctionPiece) -> [UInt8] {
        switch piece {
        case .text(let text): return text.isEmpty ? [] : chunk(["content": .string(text)])
        case .chunk(let object):
            if let event = object["event"]?.object, object["choices"] == nil {
                events?.push(event)
                return []
            }
            if object["choices"]?[0]?["message"] != nil { return whole(.object(object)) }
            if object["choices"]?[0]?["finish_reason"]?.string != nil { hasFinish = true }
            if object["choices"] != nil { hasRole = true }
            if object["error"] != nil { hasFinish = true }
            return EventEncoding.event(.object(object))
        }
    }

    private func chunk(_ delta: JSONObject) -> [UInt8] {
        guard !hasRole else { return chunks.chunk(delta) }
        hasRole = true
        return chunks.chunk((["role": "assistant"] as JSONObject).merging(delta))
    }

    /// A value that was returned: a text, a whole completion as a chunk, or an object that goes out as it is.
    private func whole(_ value: JSONValue) -> [UInt8] {
        guard let object = value.object else {
            let text = FunctionChatProvider.text(of: value)
            return text.isEmpty ? [] : chunk(["content": .string(text)])
        }
        guard let message = object["choices"]?[0]?["message"]?.object else {
            hasFinish = true
            return EventEncoding.event(value)
        }
        var delta = message
        if let calls = message["tool_calls"]?.array {
            delta["tool_calls"] = .array(
                calls.enumerated().map { index, call in
                    var call = call
                    call["index"] = .int(index)
                    return call
                })
        }
        hasFinish = true
        let sources: [UInt8] = object["sources"].map { EventEncoding.event(["sources": $0]) } ?? []
        return sources + chunk(delta)
            + chunks.chunk([:], finish: object["choices"]?[0]?["finish_reason"]?.string ?? "stop", usage: object["usage"]?.object)
    }

    private func end() -> [UInt8] { (hasFinish ? [] : chunks.chunk([:], finish: "stop")) + EventEncoding.done }
}
