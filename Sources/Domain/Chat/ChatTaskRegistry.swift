import Synchronization

/// Completions that run in the background.
package final class ChatTaskRegistry: Sendable {
    private struct Entry {
        var chatID: String
        var ownerID: String
        var task: Task<Void, Never>?
    }

    private let entries = Mutex<[String: Entry]>([:])

    package init() {}

    /// Starts `work` and keeps it in the list until it ends.
    /// - Returns: the id of the task.
    package func start(chatID: String, ownerID: String, _ work: @escaping @Sendable () async -> Void) -> String {
        let id = makeID()
        entries.withLock { $0[id] = Entry(chatID: chatID, ownerID: ownerID) }
        let task = Task {
            await work()
            entries.withLock { _ = $0.removeValue(forKey: id) }
        }
        // It may already be over.
        entries.withLock { $0[id]?.task = task }
        return id
    }

    package var ids: [String] { entries.withLock { $0.keys.sorted() } }

    package func ids(chatID: String, ownerID: String) -> [String] {
        entries.withLock { $0.filter { $0.value.chatID == chatID && $0.value.ownerID == ownerID }.keys.sorted() }
    }

    /// Cancels a task. Whether there is one.
    package func stop(_ id: String) -> Bool {
        guard let entry = entries.withLock({ $0.removeValue(forKey: id) }) else { return false }
        entry.task?.cancel()
        return true
    }
}
