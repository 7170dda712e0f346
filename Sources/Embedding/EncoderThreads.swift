import Domain
import Foundation
import Synchronization

#if canImport(Darwin)
    import Darwin
#else
    import Glibc
#endif

/// Threads of their own for work that would block Swift's cooperative pool for long. They start with the first job and
/// end with this object.
final class EncoderThreads: Sendable {
    private let queue: JobQueue
    private let count: Int
    private let stepsBack: Bool
    private let isBusy: @Sendable () -> Bool
    private let name: String
    private let started = Mutex(false)

    /// - Parameter stepsBack: whether everything else that wants a processor goes before these threads (nice 10).
    /// - Parameter isBusy: while it says so, the second half of the threads begins nothing new.
    init(name: String, count: Int, stepsBack: Bool, isBusy: @escaping @Sendable () -> Bool = { false }) {
        queue = JobQueue()
        self.name = name
        self.count = max(1, count)
        self.stepsBack = stepsBack
        self.isBusy = isBusy
    }

    deinit { queue.close() }

    /// The processors this process may use, which in a container can be fewer than the machine has.
    static var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// Runs `work` on one of the threads with that thread's workspace.
    ///
    /// - Throws: what `work` throws; `CancellationError` when the task is cancelled before the work has begun.
    func run<R: Sendable>(_ work: @escaping @Sendable (EncoderWorkspace) throws -> R) async throws -> R {
        start()
        let flag = Flag()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.add { workspace in
                    guard !flag.isSet else { return continuation.resume(throwing: CancellationError()) }
                    continuation.resume(with: Result { try work(workspace) })
                }
            }
        } onCancel: {
            flag.set()
        }
    }

    private func start() {
        let first = started.withLock { started in
            defer { started = true }
            return !started
        }
        guard first else { return }
        for index in 0..<count {
            let mayRest = index >= max(1, count / 2)
            let thread = Thread { [queue, stepsBack, isBusy] in
                // On Linux this concerns the calling thread only; on Darwin it would slow the whole process.
                #if canImport(Glibc)
                    if stepsBack { setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10) }
                #endif
                let workspace = EncoderWorkspace()
                while let job = queue.next(unless: mayRest ? isBusy : { false }) { job(workspace) }
            }
            thread.name = "\(name)-\(index)"
            thread.stackSize = 4 << 20
            thread.start()
        }
    }
}

private final class Flag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

/// First in, first out, with threads waiting at its end.
///
/// Unchecked: `jobs` and `isClosed` are touched only between `lock` and `unlock` of `condition`.
private final class JobQueue: @unchecked Sendable {
    typealias Job = @Sendable (EncoderWorkspace) -> Void

    private let condition = NSCondition()
    private var jobs: [Job?] = []
    private var head = 0
    private var isClosed = false

    func add(_ job: @escaping Job) {
        condition.lock()
        jobs.append(job)
        // All of them, because one that rests would keep it from those that do not.
        condition.broadcast()
        condition.unlock()
    }

    /// Waits for a job, and until the thread need not rest; `nil` when the queue is closed and empty.
    func next(unless rests: () -> Bool) -> Job? {
        condition.lock()
        defer { condition.unlock() }
        while true {
            if head == jobs.count {
                if isClosed { return nil }
                condition.wait()
            } else if rests() {
                _ = condition.wait(until: Date(timeIntervalSinceNow: 0.1))
            } else {
                break
            }
        }
        let job = jobs[head]
        jobs[head] = nil
        head += 1
        if head == jobs.count {
            jobs.removeAll(keepingCapacity: true)
            head = 0
        }
        return job
    }

    func close() {
        condition.lock()
        isClosed = true
        condition.broadcast()
        condition.unlock()
    }
}
