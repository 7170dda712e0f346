import Synchronization

/// What each upstream lists, held in memory. Each upstream is asked by at most one request at a time, and none waits for another.
final class UpstreamLists: Sendable {
    /// What identifies an upstream; prefix, tags and allow-lists are applied to its list later.
    private struct Key: Hashable {
        var kind: Connection.Kind
        var baseURL: String
        var key: String
        var headers: [String: String]

        init(_ connection: Connection) {
            (kind, baseURL, key, headers) = (connection.kind, connection.baseURL, connection.key, connection.headers)
        }
    }

    /// The last list of one upstream.
    struct Known: Sendable, Equatable {
        var models: [ListedModel]
        /// It said no, or cannot be reached. Its models stay usable by name (it may be back by then) but are not listed.
        var isDown: Bool
    }

    private struct Slot {
        var known: Known?
        var fetchedAt: ContinuousClock.Instant?
        var startedAt: ContinuousClock.Instant?
        var task: Task<Void, Never>?
        /// It answered quickly the last time, so that waiting for it costs little.
        var isQuick = false
        /// Somebody has already waited for its first list.
        var wasAwaited = false
    }

    /// How long a request waits for an upstream that usually answers at once or was down, and for one not heard of before.
    struct Patience: Sendable {
        var quick: Duration = .milliseconds(150)
        var first: Duration = .milliseconds(1500)
        var refresh: Duration = .seconds(3)
        /// How long one that was down is not asked again.
        var down: Duration = .milliseconds(50)
    }

    private let lister: any ModelLister
    private let seconds: @Sendable () -> Int
    private let patience: Patience
    private let slots = Mutex<[Key: Slot]>([:])
    private let changed: @Sendable () -> Void

    /// - Parameters:
    ///   - seconds: an upstream's time for its list.
    ///   - changed: called when any list is another than before.
    init(
        lister: any ModelLister, patience: Patience = Patience(), seconds: @escaping @Sendable () -> Int, changed: @escaping @Sendable () -> Void
    ) {
        self.lister = lister
        self.patience = patience
        self.seconds = seconds
        self.changed = changed
    }

    func known(_ connection: Connection) -> Known? { slots.withLock { $0[Key(connection)]?.known } }

    /// Forgets upstreams that are no longer configured.
    func keep(only connections: [Connection]) {
        let keys = Set(connections.map(Key.init))
        slots.withLock { slots in
            for (key, slot) in slots where !keys.contains(key) {
                slot.task?.cancel()
                slots[key] = nil
            }
        }
    }

    /// Has the lists be read again at the next opportunity.
    func expire(_ kind: Connection.Kind) {
        slots.withLock { slots in
            for key in slots.keys where key.kind == kind { slots[key]?.fetchedAt = nil }
        }
    }

    /// Reads lists older than `age` again. Returns when that is done, or sooner: an upstream that is known is waited for only while it
    /// answers as quickly as it did, one that has never answered only once. One that was down may just have come up, and then its
    /// models are missed: it is asked again much sooner, and waited for as long as a quick one.
    func refresh(_ connections: [Connection], olderThan age: Duration, insist: Bool = false) async {
        let now = ContinuousClock.now
        var quick: [Task<Void, Never>] = []
        var first: [Task<Void, Never>] = []
        var firstKeys: [Key] = []
        for connection in connections where connection.isAsked {
            let key = Key(connection)
            slots.withLock { slots in
                var slot = slots[key] ?? Slot()
                let wasDown = slot.known?.isDown == true
                if slot.task == nil {
                    let enough = wasDown ? min(age, patience.down) : age
                    if let fetchedAt = slot.fetchedAt, now - fetchedAt < enough { return }
                    slot.startedAt = now
                    slot.task = Task { [weak self] in await self?.fetch(connection, key) }
                }
                if let task = slot.task {
                    if slot.known == nil, !slot.wasAwaited {
                        first.append(task)
                        firstKeys.append(key)
                    } else if insist {
                        first.append(task)
                    } else if slot.isQuick || wasDown, let startedAt = slot.startedAt, now - startedAt < patience.quick {
                        quick.append(task)
                    }
                }
                slots[key] = slot
            }
        }
        await Self.wait(for: quick, upTo: patience.quick)
        await Self.wait(for: first, upTo: insist ? patience.refresh : patience.first)
        slots.withLock { slots in
            for key in firstKeys { slots[key]?.wasAwaited = true }
        }
    }

    private func fetch(_ connection: Connection, _ key: Key) async {
        let start = ContinuousClock.now
        let limit = seconds()
        var outcome: Result<[ListedModel], any Error>
        do {
            outcome = .success(try await Deadline.run(within: .seconds(limit)) { [lister] in try await lister.models(of: connection, within: limit) })
        } catch {
            outcome = .failure(error)
        }
        let took = ContinuousClock.now - start
        let isNew = slots.withLock { slots in
            guard var slot = slots[key] else { return false }
            let before = slot.known
            switch outcome {
            case .success(let models): slot.known = Known(models: models, isDown: false)
            case .failure(let error):
                // Too slow is not gone: what it listed before is still the best that is known.
                let isSlow = (error as? AppError)?.code == .timeout
                slot.known = Known(models: before?.models ?? [], isDown: !isSlow || before?.isDown ?? true)
            }
            slot.isQuick = took < patience.quick
            slot.fetchedAt = .now
            slot.task = nil
            slots[key] = slot
            return slot.known != before
        }
        if isNew { changed() }
    }

    private static func wait(for tasks: [Task<Void, Never>], upTo limit: Duration) async {
        if tasks.isEmpty { return }
        try? await Deadline.run(within: limit) {
            // A task's value cannot be waited for with a limit; a stream can.
            let (done, finish) = AsyncStream<Void>.makeStream()
            Task {
                for task in tasks { await task.value }
                finish.finish()
            }
            for await _ in done {}
        }
    }
}

/// Puts a time limit on work that heeds cancellation.
enum Deadline {
    /// - Throws: `AppError(.timeout)` when it is over.
    static func run<Value: Sendable>(within limit: Duration, _ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask(operation: work)
            group.addTask {
                try await Task.sleep(for: limit)
                throw AppError(.timeout, "The upstream did not answer in time.")
            }
            defer { group.cancelAll() }
            // Two tasks were added, so there is a first.
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

extension Connection {
    /// With an allow-list an OpenAI-compatible upstream is not asked what it has; an Ollama node is, for sizes and digests.
    var isAsked: Bool { kind == .ollama || modelIDs.isEmpty }
}
