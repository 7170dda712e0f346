package import Logging
import Synchronization

/// Lets `outlet` of filters look at whole conversations.
package final class OutletFilters: Sendable {
    private let host: any FunctionHost
    private let skipsFailures: @Sendable () -> Bool
    private let logger: Logger
    /// Answers that were filtered here, the latest: clients report them once more.
    private let seen = Mutex<[String]>([])

    package init(host: any FunctionHost, skipsFailures: @escaping @Sendable () -> Bool, logger: Logger) {
        self.host = host
        self.skipsFailures = skipsFailures
        self.logger = logger
    }

    /// - Parameter body: `model`, `messages`, `chat_id`, `session_id`, `id`.
    package func run(_ body: JSONObject, _ filters: [FilterCall]) async throws -> JSONObject {
        var body = body
        for filter in filters where filter.function.manifest?.hasOutlet == true {
            do {
                body = try await host.outlet(body, in: filter.call)
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                guard skipsFailures() else { throw FunctionErrors.meaning(error, name: filter.function.name) }
                logger.warning("a filter failed and was skipped", metadata: ["filter": "\(filter.function.id)", "error": "\(error)"])
            }
        }
        return body
    }

    /// The answer as the filters want it.
    /// - Returns: `text` where no filter says otherwise.
    package func filtered(_ text: String, of request: ChatRequest) async throws -> String {
        guard request.filters.contains(where: { $0.function.manifest?.hasOutlet == true }) else { return text }
        var answer: JSONObject = ["role": "assistant", "content": .string(text)]
        if let id = request.own["id"] { answer["id"] = id }
        var body: JSONObject = [
            "model": .string(request.modelID), "messages": .array((request.filteredMessages ?? request.messages) + [.object(answer)]),
        ]
        for key in ["chat_id", "session_id", "id", "filter_ids"] { if let value = request.own[key] { body[key] = value } }
        remember(request)
        let result = try await run(body, request.filters)
        return (result["messages"]?.array ?? []).last { $0["role"]?.string == "assistant" }.map(MessageText.text) ?? text
    }

    /// Whether the answer that the request speaks of went through `filtered`.
    package func haveSeen(_ request: ChatRequest) -> Bool {
        guard let mark = Self.mark(of: request) else { return false }
        return seen.withLock { $0.contains(mark) }
    }

    private func remember(_ request: ChatRequest) {
        guard let mark = Self.mark(of: request) else { return }
        seen.withLock { seen in
            seen.append(mark)
            if seen.count > 1000 { seen.removeFirst(500) }
        }
    }

    private static func mark(of request: ChatRequest) -> String? {
        guard let id = request.own["id"]?.string, !id.isEmpty else { return nil }
        return "\(request.principal.userID) \(request.own["chat_id"]?.string ?? "") \(id)"
    }
}
