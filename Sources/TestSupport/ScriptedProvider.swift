package import Domain
import Synchronization
import Wire

/// A model that answers as a test says and remembers what it was asked.
package final class ScriptedProvider: ChatProvider {
    package enum Answer: Sendable {
        case text(String)
        case call(name: String, arguments: String)
    }

    private let script: Mutex<[Answer]>
    private let seen = Mutex<[ChatRequest]>([])

    /// - Parameter script: one after the other; afterwards the text `ok`.
    package init(script: [Answer] = []) { self.script = Mutex(script) }

    package convenience init(answers: [String]) { self.init(script: answers.map(Answer.text)) }

    package var requests: [ChatRequest] { seen.withLock { $0 } }

    package func answer(_ request: ChatRequest) async throws -> ChatAnswer {
        seen.withLock { $0.append(request) }
        let next = script.withLock { $0.isEmpty ? Answer.text("ok") : $0.removeFirst() }
        let chunks = OpenAIChunks(model: request.modelID)
        let usage: JSONObject = ["prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2]
        var message: JSONObject = ["role": "assistant"]
        let reason: String
        switch next {
        case .text(let text):
            message["content"] = .string(text)
            reason = "stop"
        case .call(let name, let arguments):
            message["tool_calls"] = [
                ["index": 0, "id": "c1", "type": "function", "function": ["name": .string(name), "arguments": .string(arguments)]]
            ]
            reason = "tool_calls"
        }
        guard request.isStream else {
            let completion = chunks.completion(message: message, finish: reason, usage: usage)
            return ChatAnswer(body: .whole(JSONValue.object(completion).jsonBytes), contentType: "application/json")
        }
        let pieces = [
            chunks.chunk(["role": "assistant", "content": ""]), chunks.chunk(message), chunks.chunk([:], finish: reason), EventEncoding.done,
        ]
        return ChatAnswer(body: .stream(.pieces(pieces)), contentType: "text/event-stream")
    }
}

/// A directory with one model, `m`.
package struct FixedDirectory: ModelDirectory {
    private let workspace: WorkspaceModel?

    package init(workspace: WorkspaceModel? = nil) { self.workspace = workspace }

    package static func model(workspace: WorkspaceModel?) -> ResolvedModel {
        let connection = Connection(kind: .openAI, index: 0, baseURL: "http://upstream.invalid/v1")
        let base = ModelEntry(id: "base", name: "Base", route: .openAI(connection, upstreamID: "base"), wire: [:])
        return ResolvedModel(entry: ModelEntry(id: "m", name: "M", route: base.route, wire: [:], workspace: workspace), base: base)
    }

    package func list(for principal: Principal, refresh: Bool) async throws -> [ModelEntry] { [Self.model(workspace: workspace).entry] }

    package func resolve(_ id: String, for principal: Principal) async throws -> ResolvedModel {
        guard id == "m" else { throw AppError.modelNotFound }
        return Self.model(workspace: workspace)
    }

    package func remembered(_ id: String, for principal: Principal) -> ResolvedModel? { nil }
}

/// Finds the `content` of each item.
package final class FixedRetriever: ContextRetriever {
    private let seen = Mutex<[[String]]>([])

    package init() {}

    package var queries: [[String]] { seen.withLock { $0 } }

    package func context(for items: [JSONValue], queries: [String], question: String, principal: Principal) async throws -> RetrievedContext {
        seen.withLock { $0.append(queries) }
        let sources = items.compactMap(\.object).map { item in
            ContextSource(item: item, documents: [item["content"]?.string ?? ""], metadata: [[:]])
        }
        let text = sources.flatMap(\.documents).joined(separator: " ")
        return RetrievedContext(sources: sources, prompt: sources.isEmpty ? nil : "CONTEXT \(text)")
    }
}
