import Domain
import Synchronization

/// The workers of one version of one function: one, and more where one does not keep up.
final class WorkerPool: Sendable {
    typealias Starter = @Sendable () async throws -> PythonWorker
    /// From so many calls in one worker on, another one is started.
    private static let manyCalls = 50
    /// A function that does not load is not tried again for so long.
    private static let refusalTime = Duration.seconds(2)

    private struct State {
        var workers: [PythonWorker] = []
        var starting: Task<PythonWorker, any Error>?
        var refusal: (error: any Error, at: ContinuousClock.Instant)?
        var calls = 0
        var isClosed = false
        var lastUsed = ContinuousClock.now
    }

    let functionID: String
    private let limits: WorkerLimits
    private let start: Starter
    private let state = Mutex(State())

    init(functionID: String, limits: WorkerLimits, start: @escaping Starter) {
        self.functionID = functionID
        self.limits = limits
        self.start = start
    }

    /// Whether it can be forgotten: nothing runs, and nobody was given it lately.
    var isEmpty: Bool {
        state.withLock { $0.workers.isEmpty && $0.starting == nil && $0.calls == 0 && .now - $0.lastUsed > .seconds(30) }
    }

    func touch() { state.withLock { $0.lastUsed = .now } }

    /// Runs `body` with a call in one of the workers; again in another when the code never saw the call.
    func call<Result>(
        _ order: JSONObject, services: any FunctionServices, keepsCall: Bool = false,
        _ body: (WorkerCall, PythonWorker) async throws -> Result
    ) async throws -> Result {
        guard
            state.withLock({ state in
                guard state.calls < limits.calls else { return false }
                state.calls += 1
                return true
            })
        else { throw AppError(.tooManyRequests, "The function has too many calls in progress.", retryAfter: 1) }
        defer { state.withLock { $0.calls -= 1 } }
        var attempts = 0
        while true {
            let worker = try await acquire()
            guard let call = worker.begin(order, services: services) else {
                try Task.checkCancellation()
                continue
            }
            do {
                let result = try await body(call, worker)
                if !keepsCall { worker.leave(call) }
                return result
            } catch {
                worker.leave(call)
                guard let failure = error as? WorkerCall.Failure else { throw error }
                switch failure {
                case .failed(let error): throw error
                case .notStarted:
                    attempts += 1
                    if attempts >= 5 { throw AppError(.upstreamFailed, "The function's workers ended before they began the call.") }
                    try Task.checkCancellation()
                }
            }
        }
    }

    private func acquire() async throws -> PythonWorker {
        enum Found { case worker(PythonWorker), starting(Task<PythonWorker, any Error>), failed(any Error) }
        let found: Found = state.withLock { state in
            if state.isClosed { return .failed(AppError(.unavailable, "The function was changed or stopped.")) }
            state.workers.removeAll(where: \.isEnded)
            let open = state.workers.filter(\.isOpen)
            let listening = open.filter(\.isListening).min { $0.activeCalls < $1.activeCalls }
            if let listening, listening.activeCalls < Self.manyCalls { return .worker(listening) }
            if open.count < limits.workers || open.isEmpty {
                if let refusal = state.refusal, .now - refusal.at < Self.refusalTime {
                    if let worker = listening ?? open.first { return .worker(worker) }
                    return .failed(refusal.error)
                }
                let task = state.starting ?? launch(&state)
                if let listening { return .worker(listening) }
                return .starting(task)
            }
            return .worker(listening ?? open.min { $0.activeCalls < $1.activeCalls }!)
        }
        switch found {
        case .worker(let worker): return worker
        case .starting(let task): return try await waiting(for: task)
        case .failed(let error): throw error
        }
    }

    /// A caller who leaves does not stop the start: others may wait for it.
    private func waiting(for task: Task<PythonWorker, any Error>) async throws -> PythonWorker {
        let box = OneContinuation<PythonWorker>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                box.set(continuation)
                Task { box.resume(await task.result) }
            }
        } onCancel: {
            box.resume(.failure(CancellationError()))
        }
    }

    /// Under the lock.
    private func launch(_ state: inout State) -> Task<PythonWorker, any Error> {
        let task = Task.detached { [self] in
            do {
                let worker = try await start()
                let isClosed = self.state.withLock { state in
                    state.starting = nil
                    state.refusal = nil
                    if !state.isClosed { state.workers.append(worker) }
                    return state.isClosed
                }
                if isClosed {
                    let reason = AppError(.unavailable, "The function was changed or stopped.")
                    worker.kill(reason)
                    throw reason
                }
                return worker
            } catch {
                self.state.withLock { state in
                    state.starting = nil
                    state.refusal = (error, .now)
                }
                throw error
            }
        }
        state.starting = task
        return task
    }

    func tick() {
        let (workers, canGrow) = state.withLock { state in
            state.workers.removeAll(where: \.isEnded)
            return (state.workers, state.workers.count { $0.isOpen } < limits.workers)
        }
        for worker in workers {
            worker.tick()
            if !worker.isListening, canGrow || workers.contains(where: { $0.isOpen && $0.isListening }) {
                for call in worker.restartable() { call.fail(WorkerCall.Failure.notStarted, ended: false) }
            }
        }
    }

    /// Ends everything; waits for the processes.
    func stop(_ reason: AppError) async {
        let (workers, starting) = state.withLock { state in
            state.isClosed = true
            defer { state.workers = [] }
            return (state.workers, state.starting)
        }
        starting?.cancel()
        for worker in workers { worker.kill(reason) }
        for worker in workers { await worker.wait() }
        _ = await starting?.result
    }

    /// No new calls; each worker goes with its last call.
    func retire() {
        let workers = state.withLock(\.workers)
        for worker in workers { worker.retire() }
    }
}

/// Resumed once, by whoever comes first.
private final class OneContinuation<Value: Sendable>: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Value, any Error>?
        var early: Result<Value, any Error>?
        var isDone = false
    }

    private let state = Mutex(State())

    func set(_ continuation: CheckedContinuation<Value, any Error>) {
        let early = state.withLock { state in
            if state.early == nil { state.continuation = continuation }
            return state.early
        }
        if let early { continuation.resume(with: early) }
    }

    func resume(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state in
            guard !state.isDone else { return nil as CheckedContinuation<Value, any Error>? }
            state.isDone = true
            if state.continuation == nil { state.early = result }
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume(with: result)
    }
}
