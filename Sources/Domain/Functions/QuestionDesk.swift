import Synchronization

/// Questions of plug-ins to the person who reads the answer (`__event_call__`), until they are answered.
package final class QuestionDesk: Sendable {
    private struct Question {
        var ownerID: String
        var answer: CheckedContinuation<JSONValue, any Error>
    }

    private let patience: Duration
    private let questions = Mutex<[String: Question]>([:])

    /// - Parameter patience: how long somebody has to answer.
    package init(patience: Duration = .seconds(120)) { self.patience = patience }

    /// Sends the event with an `id` and waits for the answer to it.
    /// - Throws: `AppError(.timeout)` when nobody answers.
    package func ask(_ event: JSONObject, of ownerID: String, through events: ChatEventQueue) async throws -> JSONValue {
        let id = makeID()
        let patience = patience
        return try await withThrowingTaskGroup(of: JSONValue.self) { group in
            group.addTask {
                try await withTaskCancellationHandler {
                    try await withCheckedThrowingContinuation { continuation in
                        self.questions.withLock { $0[id] = Question(ownerID: ownerID, answer: continuation) }
                        if Task.isCancelled { return self.end(id, with: CancellationError()) }
                        events.push(event.merging(["id": .string(id)]))
                    }
                } onCancel: {
                    self.end(id, with: CancellationError())
                }
            }
            group.addTask {
                try await Task.sleep(for: patience)
                throw AppError(.timeout, "Nobody answered the question.")
            }
            defer { group.cancelAll() }
            guard let answer = try await group.next() else { throw CancellationError() }
            return answer
        }
    }

    /// - Returns: whether the account was asked this, and the answer is the first.
    package func answer(_ id: String, _ value: JSONValue, by ownerID: String) -> Bool {
        let question = questions.withLock { questions -> Question? in
            guard questions[id]?.ownerID == ownerID else { return nil }
            return questions.removeValue(forKey: id)
        }
        question?.answer.resume(returning: value)
        return question != nil
    }

    private func end(_ id: String, with error: any Error) {
        questions.withLock { $0.removeValue(forKey: id) }?.answer.resume(throwing: error)
    }
}
