import Synchronization

/// Keeps answers that outlive their clients: resumable streams, and those given to requests with an idempotency key. Bounded in
/// memory, time and number; the oldest finished answers go first.
package final class AnswerShelf: Sendable {
    package struct Limits: Sendable, Hashable {
        package var bytesPerAnswer: Int
        package var bytes: Int
        /// How long an answer goes on being made while nobody reads it.
        package var away: Duration
        /// How long a finished stream can still be read.
        package var kept: Duration
        /// How long a key stands for its answer.
        package var keyed: Duration
        /// Of one owner, being made.
        package var running: Int

        package init(
            bytesPerAnswer: Int = 4 << 20, bytes: Int = 256 << 20, away: Duration = .seconds(60), kept: Duration = .seconds(300),
            keyed: Duration = .seconds(86_400), running: Int = 64
        ) {
            self.bytesPerAnswer = bytesPerAnswer
            self.bytes = bytes
            self.away = away
            self.kept = kept
            self.keyed = keyed
            self.running = running
        }
    }

    /// What a client calls a request, so that sending it twice is doing it once.
    package struct Key: Sendable, Hashable {
        package var ownerID: String
        package var text: String

        package init(ownerID: String, text: String) {
            self.ownerID = ownerID
            self.text = text
        }
    }

    private struct Entry {
        var answer: DetachedAnswer
        var key: Key?
        var fingerprint = ""
    }

    private struct State {
        var entries: [String: Entry] = [:]
        var byKey: [Key: String] = [:]
        /// Finished answers, in the order in which their time is up.
        var finished: [(id: String, expiresAt: ContinuousClock.Instant)] = []
        /// How many answers are being made, by owner.
        var running: [String: Int] = [:]
        /// Owners of streams that are gone, to tell them so; the oldest first.
        var gone: [(id: String, ownerID: String)] = []
        var bytes = 0
    }

    private let limits: @Sendable () -> Limits
    private let now: @Sendable () -> ContinuousClock.Instant
    private let state = Mutex(State())

    private static let goneKept = 4096
    private static let mostFinished = 20_000

    /// - Parameter now: the clock, for tests.
    package init(
        limits: @escaping @Sendable () -> Limits = { Limits() }, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
    ) {
        self.limits = limits
        self.now = now
    }

    /// Bytes that are kept now.
    package var bytes: Int { state.withLock { $0.bytes } }
    package var count: Int { state.withLock { $0.entries.count } }

    // MARK: Answers

    /// Has an answer made.
    /// - Parameters:
    ///   - key: an answer that was made for the key before is given again.
    ///   - fingerprint: of all that the request says.
    ///   - make: makes the answer; cancelled when it is stopped or nobody comes back for it.
    /// - Returns: the answer, and whether it was begun by an earlier request.
    /// - Throws: `AppError(.validation)` when the key stands for another request, `AppError(.tooManyRequests)`.
    package func answer(
        ownerID: String, key: Key? = nil, fingerprint: String = "",
        _ make: @escaping @Sendable () async throws -> (DetachedAnswer.Head, UpstreamBody)
    ) throws -> (answer: DetachedAnswer, isRepeated: Bool) {
        let limits = limits()
        removeExpired()
        let (answer, isRepeated) = try state.withLock { state in
            if let key, let id = state.byKey[key], let entry = state.entries[id] {
                guard entry.fingerprint == fingerprint else {
                    throw AppError(.validation, "The Idempotency-Key was used for another request.")
                }
                // Without its beginning it cannot be given again.
                if entry.answer.log.isWhole { return (entry.answer, true) }
                state.byKey[key] = nil
            }
            guard state.running[ownerID, default: 0] < limits.running else {
                throw AppError(.tooManyRequests, "Too many of your answers are being made. Read or stop one first.", retryAfter: 1)
            }
            let answer = newAnswer(ownerID: ownerID, limit: limits.bytesPerAnswer)
            state.running[ownerID, default: 0] += 1
            state.entries[answer.id] = Entry(answer: answer, key: key, fingerprint: fingerprint)
            if let key { state.byKey[key] = answer.id }
            return (answer, false)
        }
        if !isRepeated { run(answer, make) }
        return (answer, isRepeated)
    }

    /// - Throws: `AppError.notFound` for what is not the owner's, `AppError(.gone)` for what is no longer kept.
    package func find(_ id: String, ownerID: String) throws -> DetachedAnswer {
        removeExpired()
        return try state.withLock { state in
            if let answer = state.entries[id]?.answer, answer.ownerID == ownerID { return answer }
            if state.gone.contains(where: { $0.id == id && $0.ownerID == ownerID }) {
                throw AppError(.gone, "The stream is no longer kept.")
            }
            throw AppError.notFound
        }
    }

    /// Ends an answer that is being made; what came of it stays readable.
    package func stop(_ id: String, ownerID: String) throws { try find(id, ownerID: ownerID).stop() }

    // MARK: Making

    private func newAnswer(ownerID: String, limit: Int) -> DetachedAnswer {
        let box = Mutex<String?>(nil)
        let log = StreamLog(
            limit: limit, room: { [weak self] in self?.reserve($0, isForced: $1) ?? true },
            abandoned: { [weak self] in
                if let id = box.withLock({ $0 }) { self?.abandoned(id) }
            })
        let answer = DetachedAnswer(ownerID: ownerID, log: log)
        box.withLock { $0 = answer.id }
        return answer
    }

    private func run(_ answer: DetachedAnswer, _ make: @escaping @Sendable () async throws -> (DetachedAnswer.Head, UpstreamBody)) {
        answer.run { [weak self] in
            var farewell: [[UInt8]] = []
            var isGood = true
            do {
                let (head, body) = try await make()
                farewell = head.farewell
                answer.begin(.success(head))
                for try await piece in body {
                    if head.isStream, Self.isFailure(piece) { isGood = false }
                    try await answer.log.append(piece)
                }
                answer.log.finish()
            } catch {
                answer.begin(.failure(error is CancellationError ? AppError(.unavailable, "The answer was stopped.") : error))
                answer.log.finish(with: farewell)
                isGood = Self.isLasting(error)
            }
            self?.finished(answer.id, isGood: isGood)
        }
    }

    /// An event that says that the stream broke.
    private static func isFailure(_ event: [UInt8]) -> Bool {
        event.starts(with: #"data: {"error""#.utf8) || event.starts(with: #"data:{"error""#.utf8)
    }

    /// Whether a request that failed like this would fail the same way again.
    static func isLasting(_ error: any Error) -> Bool {
        switch error {
        case let failure as UpstreamFailure: return failure.status < 500 && ![401, 403, 408, 425, 429].contains(failure.status)
        case let error as AppError:
            switch error.code {
            case .badRequest, .notFound, .methodNotAllowed, .conflict, .tooLarge, .validation, .gone: return true
            case .unauthorized, .forbidden, .tooManyRequests, .unavailable, .upstreamFailed, .timeout, .internalError: return false
            }
        default: return false
        }
    }

    private func finished(_ id: String, isGood: Bool) {
        let limits = limits()
        let now = now()
        state.withLock { state in
            guard var entry = state.entries[id] else { return }
            let running = state.running[entry.answer.ownerID, default: 1] - 1
            state.running[entry.answer.ownerID] = running > 0 ? running : nil
            if !isGood, let key = entry.key, state.byKey[key] == id {
                state.byKey[key] = nil
                entry.key = nil
            }
            state.entries[id] = entry
            let expiresAt = now + (entry.key == nil ? limits.kept : limits.keyed)
            let index = state.finished.lastIndex { $0.expiresAt <= expiresAt }.map { $0 + 1 } ?? 0
            state.finished.insert((id, expiresAt), at: index)
        }
        removeExpired()
    }

    /// Nobody reads it now. Unless somebody comes back in time, it is stopped.
    private func abandoned(_ id: String) {
        let away = limits().away
        Task { [weak self] in
            try? await Task.sleep(for: away)
            guard let answer = self?.state.withLock({ $0.entries[id]?.answer }), !answer.log.isOver, !answer.log.hasReaders else { return }
            answer.stop()
        }
    }

    // MARK: Room

    /// Room for some bytes, if need be that of the oldest finished answers.
    private func reserve(_ count: Int, isForced: Bool) -> Bool {
        let most = limits().bytes
        // Let go of outside of the lock: logs give their bytes back when they go.
        var removed: [Entry] = []
        let isThere = state.withLock { state in
            if count > 0, state.bytes + count > most {
                var free = 0
                while state.bytes - free + count > most, let entry = Self.removeOldest(&state) {
                    free += entry.answer.log.bytes
                    removed.append(entry)
                }
                guard isForced || state.bytes - free + count <= most else { return false }
            }
            state.bytes += count
            return true
        }
        withExtendedLifetime(removed) {}
        return isThere
    }

    private func removeExpired() {
        let now = now()
        var removed: [Entry] = []
        state.withLock { state in
            while let first = state.finished.first, first.expiresAt <= now || state.finished.count > Self.mostFinished,
                let entry = Self.removeOldest(&state)
            {
                removed.append(entry)
            }
        }
        withExtendedLifetime(removed) {}
    }

    private static func removeOldest(_ state: inout State) -> Entry? {
        guard let id = state.finished.first?.id else { return nil }
        state.finished.removeFirst()
        guard let entry = state.entries.removeValue(forKey: id) else { return nil }
        if let key = entry.key, state.byKey[key] == id { state.byKey[key] = nil }
        state.gone.append((id, entry.answer.ownerID))
        if state.gone.count > goneKept { state.gone.removeFirst(state.gone.count - goneKept) }
        return entry
    }
}
