import Domain
import Hummingbird
import Wire

/// An action whose reader sees what it emits while it runs: `{"event": ...}` for each, `{"result": ...}` or `{"error": {"message": ...}}`
/// at the end, then `[DONE]`.
struct ActionStream: Sendable {
    let actions: FunctionActions
    let id: String
    let body: JSONObject
    let principal: Principal

    func response(_ context: AppRequestContext) -> Response {
        context.stream(headers: [.contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-cache"]) { client in
            let events = ChatEventQueue()
            let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
            events.observe { signal.yield() }
            let work = Task {
                defer { signal.finish() }
                return try await actions.run(id, body: body, by: principal, events: events)
            }
            // A reader that is gone cancels this task, and the action with it.
            defer {
                work.cancel()
                events.close()
            }
            for await _ in signals { try await send(events, to: client) }
            try Task.checkCancellation()
            let last = await ending(of: work)
            try await send(events, to: client)
            try await client.write(last + EventEncoding.done)
        }
    }

    private func send(_ events: ChatEventQueue, to client: ClientStream) async throws {
        for event in events.drain() { try await client.write(EventEncoding.event(["event": .object(event)])) }
    }

    private func ending(of work: Task<JSONValue, any Error>) async -> [UInt8] {
        do {
            return EventEncoding.event(["result": try await work.value])
        } catch let error as AppError {
            return EventEncoding.failure(error.message)
        } catch {
            return EventEncoding.failure(AppError.internalError.message)
        }
    }
}
