import Synchronization

/// What plug-ins have to say beside an answer (`__event_emitter__`), on its way to whoever reads the answer. Bounded: a plug-in that never
/// stops talking loses what is too much, not the server's memory.
package final class ChatEventQueue: Sendable {
    package static let mostWaiting = 256
    package static let largestEvent = 1 << 20

    private struct State {
        var events: [JSONObject] = []
        var isClosed = false
        var observer: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    package func push(_ event: JSONObject) {
        guard JSONValue.object(event).jsonBytes.count <= Self.largestEvent else { return }
        let observer = state.withLock { state -> (@Sendable () -> Void)? in
            guard !state.isClosed, state.events.count < Self.mostWaiting else { return nil }
            state.events.append(event)
            return state.observer
        }
        observer?()
    }

    package var hasSome: Bool { state.withLock { !$0.events.isEmpty } }

    /// What is there, oldest first; afterwards it is gone.
    package func drain() -> [JSONObject] {
        state.withLock { state in
            let events = state.events
            state.events = []
            return events
        }
    }

    /// - Parameter observer: called after each event; `nil` for nobody.
    package func observe(_ observer: (@Sendable () -> Void)?) { state.withLock { $0.observer = observer } }

    /// Nobody reads any more.
    package func close() {
        state.withLock { state in
            state.isClosed = true
            state.events = []
            state.observer = nil
        }
    }
}
