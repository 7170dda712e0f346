package import Logging
import Synchronization

/// Where every call of a model is written down: counted at once against budgets and in metrics, stored a moment later in batches.
///
/// Recording takes a lock for as long as an append takes and never waits for the disk. While the disk cannot be written, up to
/// `capacity` calls wait; of what comes beyond that only the sums are kept, so that figures stay right and memory bounded.
package final class UsageLedger: UsageRecorder {
    private struct State {
        var queue: [UsageRecord] = []
        /// Sums of calls that had no room.
        var surplus: [UsageSlot: UsageFigures] = [:]
    }

    private let store: any UsageStore
    private let meter: KeyMeter
    private let prices: PriceBook
    private let metrics: ServerMetrics?
    private let logger: Logger
    private let keepsCalls: @Sendable () -> Bool
    private let capacity: Int
    private let state = Mutex(State())
    private let writing = AsyncMutex()

    /// - Parameter keepsCalls: whether single calls are stored, or only their sums.
    package init(
        store: any UsageStore, meter: KeyMeter, prices: PriceBook, metrics: ServerMetrics? = nil, logger: Logger,
        keepsCalls: @escaping @Sendable () -> Bool = { true }, capacity: Int = 50_000
    ) {
        self.store = store
        self.meter = meter
        self.prices = prices
        self.metrics = metrics
        self.logger = logger
        self.keepsCalls = keepsCalls
        self.capacity = capacity
    }

    package func record(_ record: UsageRecord) {
        var record = record
        record.cost = prices.cost(of: record)
        meter.spend(record)
        metrics?.observe(record)
        state.withLock { state in
            if state.queue.count < capacity {
                state.queue.append(record)
            } else {
                state.surplus[UsageSlot(of: record), default: UsageFigures()].add(record)
            }
        }
    }

    /// Calls that are not written down yet.
    package var waiting: Int { state.withLock { $0.queue.count } }

    /// Rows in one transaction.
    private static let batch = 5000

    /// Writes down what was recorded before.
    package func flush() async throws {
        try await writing.run { [self] in
            while true {
                let (records, surplus) = state.withLock { state in
                    let records = Array(state.queue.prefix(Self.batch))
                    state.queue.removeFirst(records.count)
                    defer { state.surplus = [:] }
                    return (records, state.surplus)
                }
                guard !records.isEmpty || !surplus.isEmpty else { return }
                var sums = surplus
                for record in records { sums[UsageSlot(of: record), default: UsageFigures()].add(record) }
                do {
                    try await store.write(keepsCalls() ? records : [], sums.map { UsageSum($0.key, $0.value) })
                } catch {
                    state.withLock { state in
                        for (slot, figures) in surplus { state.surplus[slot, default: UsageFigures()].add(figures) }
                        state.queue = records + state.queue
                    }
                    throw error
                }
            }
        }
    }

    // MARK: In the background

    private static let interval = Duration.milliseconds(500)
    /// In intervals: hourly.
    private static let purgeEvery = 7200

    /// Writes twice a second until it is cancelled.
    package func run(retentionDays: @escaping @Sendable () -> Int) async {
        var turn = 0
        var hasFailed = false
        while !Task.isCancelled {
            do {
                try await flush()
                hasFailed = false
            } catch {
                if !hasFailed { logger.error("usage cannot be written down; it is tried again", metadata: ["error": "\(error)"]) }
                hasFailed = true
            }
            if turn % Self.purgeEvery == 0 { await purge(days: retentionDays()) }
            turn += 1
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func purge(days: Int) async {
        let limit = EpochSeconds.now() - days * 86400
        do {
            // A little at a time: others write, too.
            while !Task.isCancelled, try await store.purge(before: limit) > 0 { try await Task.sleep(for: .milliseconds(20)) }
        } catch is CancellationError {
        } catch {
            logger.warning("old usage cannot be deleted", metadata: ["error": "\(error)"])
        }
    }
}

/// One at a time, in order, across suspensions.
private actor AsyncMutex {
    private var last: Task<Void, any Error>?

    func run(_ work: @escaping @Sendable () async throws -> Void) async throws {
        let before = last
        let task = Task {
            _ = try? await before?.value
            try await work()
        }
        last = task
        try await task.value
    }
}
