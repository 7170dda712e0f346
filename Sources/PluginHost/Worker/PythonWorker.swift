import Domain
import Logging
import NIOCore
import Synchronization

/// One process that has loaded one function, and the calls that are in progress there.
final class PythonWorker: Sendable {
    private struct State {
        var calls: [UInt64: WorkerCall] = [:]
        /// Calls that nobody waits for any more, and since when.
        var leaving: [UInt64: ContinuousClock.Instant] = [:]
        var hello: CheckedContinuation<JSONObject, any Error>?
        var greeting: Result<JSONObject, any Error>?
        var connection: WorkerConnection?
        var end: AppError?
        var isOpen = true
        var retiredAt: ContinuousClock.Instant?
        var lastUsed = ContinuousClock.now
        var processorSeconds = 0
        var printedBytes = 0
    }

    private let state = Mutex(State())
    private let limits: WorkerLimits
    private let log: FunctionLog
    private let logger: Logger
    private let process = Mutex<WorkerProcess?>(nil)

    private init(limits: WorkerLimits, log: FunctionLog, logger: Logger) {
        self.limits = limits
        self.log = log
        self.logger = logger
    }

    /// Returns when the code is loaded.
    ///
    /// - Throws: `AppError(.badRequest)` with the Python error when it does not load, `AppError(.timeout)`, `AppError(.unavailable)` when no
    ///   process can be started.
    static func start(
        _ orders: WorkerOrders, interpreter: String, group: any EventLoopGroup, log: FunctionLog, logger: Logger
    ) async throws -> (worker: PythonWorker, greeting: JSONObject) {
        let worker = PythonWorker(limits: orders.limits, log: log, logger: logger)
        do {
            let pair = try WorkerConnection.makeSocketPair()
            let connection = try await WorkerConnection.open(
                descriptor: pair.server, group: group, receive: { [weak worker] in worker?.receive($0) },
                closed: { [weak worker] in worker?.closed($0) })
            worker.state.withLock { $0.connection = connection }
            let process = try WorkerProcess.start(
                interpreter: interpreter, name: orders.code?.id ?? "probe", scratch: orders.scratch, descriptor: pair.worker, connection: connection,
                logger: logger,
                printed: { [weak worker] in worker?.printed($0) })
            worker.process.withLock { $0 = process }
            connection.sendOrders(orders.bytes(source: WorkerProgram.source))
        } catch let error as AppError {
            throw error
        } catch {
            throw AppError(.unavailable, "The function's worker could not be started.", cause: error)
        }
        let timer = Task {
            try await Task.sleep(for: .seconds(orders.limits.loadSeconds))
            worker.kill(AppError(.timeout, "Loading the function took longer than \(orders.limits.loadSeconds) seconds."))
        }
        defer { timer.cancel() }
        return (worker, try await worker.greeting())
    }

    private func greeting() async throws -> JSONObject {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let known = state.withLock { state in
                    if state.greeting == nil { state.hello = continuation }
                    return state.greeting
                }
                if let known { continuation.resume(with: known) }
            }
        } onCancel: {
            kill(AppError(.unavailable, "The function's worker was stopped."))
        }
    }

    private func greet(_ result: Result<JSONObject, any Error>) {
        let waiter = state.withLock { state in
            if state.greeting == nil { state.greeting = result }
            defer { state.hello = nil }
            return state.hello
        }
        waiter?.resume(with: result)
    }

    // MARK: Calls

    var activeCalls: Int { state.withLock { $0.calls.count } }
    /// Whether it may be given calls.
    var isOpen: Bool { state.withLock { $0.isOpen && $0.end == nil } }
    var isEnded: Bool { state.withLock { $0.end != nil } }

    /// Whether it takes calls at once: a call that it has not even looked at for a while says that it does not.
    var isListening: Bool {
        state.withLock { state in
            !state.calls.values.contains { !$0.isStarted && .now - $0.startedAt > .milliseconds(300) }
        }
    }

    /// Calls the worker has not begun though it had the time.
    func restartable() -> [WorkerCall] {
        state.withLock { state in state.calls.values.filter { !$0.isStarted && .now - $0.startedAt > .milliseconds(300) } }
    }

    /// - Returns: `nil` when the worker takes no calls any more.
    func begin(_ order: JSONObject, services: any FunctionServices) -> WorkerCall? {
        let begun: (WorkerCall, WorkerConnection)? = state.withLock { state in
            guard state.isOpen, state.end == nil, let connection = state.connection else { return nil }
            let call = WorkerCall(services: services, outputLimit: limits.outputBytes, connection: connection)
            state.calls[call.id] = call
            state.lastUsed = .now
            return (call, connection)
        }
        guard let (call, connection) = begun else { return nil }
        var order = order
        order["credit"] = .int(WorkerCall.window)
        connection.send(.call, call: call.id, payload: JSONValue.object(order).jsonBytes)
        return call
    }

    /// Lets the worker send more.
    func grant(_ bytes: Int, to call: WorkerCall) {
        connection?.send(.credit, call: call.id, payload: withUnsafeBytes(of: UInt32(clamping: bytes).bigEndian) { Array($0) })
    }

    func send(_ chunks: [[UInt8]], to call: WorkerCall) { connection?.send(.event, call: call.id, payloads: chunks) }

    /// The reader is done with it. A call that has not ended is told to, and has a moment for it.
    func leave(_ call: WorkerCall) {
        let isRunning = state.withLock { state in
            guard state.calls[call.id] != nil else { return false }
            if call.hasEnded {
                state.calls[call.id] = nil
                state.lastUsed = .now
                return false
            }
            if state.leaving[call.id] == nil { state.leaving[call.id] = .now }
            return true
        }
        guard isRunning else { return }
        call.fail(CancellationError(), ended: false)
        connection?.send(.cancel, call: call.id)
    }

    private var connection: WorkerConnection? { state.withLock { $0.connection } }

    // MARK: From the event loop

    private func receive(_ frame: WorkerFrame) {
        switch frame.kind {
        case .hello:
            let about = (try? JSONValue(parsing: frame.payload.readableBytesView))?.object
            guard frame.call == 0, let about, state.withLock({ $0.greeting == nil }) else { return lied("a second greeting") }
            greet(.success(about))
        case .refused:
            greet(.failure(PythonError.decode(frame.payload.readableBytesView)))
            kill(AppError(.unavailable, "The function does not load."))
        default:
            guard let call = state.withLock({ $0.calls[frame.call] }) else { return }
            // A thread of the code may speak a moment longer than its call.
            guard !call.hasEnded else { return }
            if let seconds = Self.processorSeconds(frame) { count(processorSeconds: seconds) }
            guard call.deliver(frame) else {
                return kill(AppError(.upstreamFailed, "The function sent more than it may and was stopped."))
            }
            if call.hasEnded {
                state.withLock { state in
                    // A call that somebody still reads is forgotten when it has been read.
                    if state.leaving.removeValue(forKey: call.id) != nil { state.calls[call.id] = nil }
                    state.lastUsed = .now
                }
            }
        }
    }

    private static func processorSeconds(_ frame: WorkerFrame) -> Int? {
        switch frame.kind {
        case .value, .end, .error: frame.payload.getInteger(at: frame.payload.readerIndex, as: UInt32.self).map(Int.init)
        default: nil
        }
    }

    /// A worker that has used half of its processor time is replaced before the kernel ends it.
    private func count(processorSeconds seconds: Int) {
        state.withLock { $0.processorSeconds = seconds }
        if seconds > limits.processorSeconds / 2 { retire() }
    }

    private func lied(_ what: String) {
        logger.warning("a function's worker broke the rules of its channel", metadata: ["what": "\(what)"])
        kill(AppError(.upstreamFailed, "The function's worker broke the rules of its channel and was stopped."))
    }

    private func printed(_ bytes: [UInt8]) {
        let isFlood = state.withLock { state in
            state.printedBytes += bytes.count
            return state.printedBytes > limits.outputBytes && state.end == nil
        }
        if isFlood {
            kill(AppError(.upstreamFailed, "The function printed too much and was stopped."))
        } else if state.withLock({ $0.end == nil || $0.printedBytes < 1 << 20 }) {
            log.add(bytes)
        }
    }

    private func closed(_ lie: WorkerFrameDecoder.Lie?) {
        if let lie { lied(lie.message) }
        end(AppError(.upstreamFailed, "The function's worker ended in the middle of the call."))
    }

    // MARK: The end

    /// Takes no more calls, and goes when the last one is over.
    func retire() {
        state.withLock { state in
            state.isOpen = false
            if state.retiredAt == nil { state.retiredAt = .now }
        }
    }

    /// Ends the process with all that it started; calls in progress fail with `reason`.
    func kill(_ reason: AppError) {
        end(reason)
        connection?.close()
    }

    private func end(_ reason: AppError) {
        let calls = state.withLock { state in
            if state.end == nil { state.end = reason }
            state.isOpen = false
            defer {
                state.calls = [:]
                state.leaving = [:]
            }
            return Array(state.calls.values)
        }
        let first = state.withLock { $0.end } ?? reason
        greet(.failure(first))
        for call in calls { call.fail(call.isStarted ? WorkerCall.Failure.failed(first) : WorkerCall.Failure.notStarted) }
    }

    /// Returns when nothing is left of the process.
    func wait() async { await process.withLock { $0 }?.wait() }

    /// Looks after limits; called several times a second.
    func tick() {
        enum Action { case none, kill, retire }
        let calls = state.withLock { Array($0.calls.values) }
        for call in calls {
            guard let waiting = call.waiting, waiting > .seconds(limits.callSeconds) else { continue }
            call.fail(
                WorkerCall.Failure.failed(AppError(.timeout, "The function took longer than \(limits.callSeconds) seconds and was stopped.")),
                ended: false)
        }
        let action: Action = state.withLock { state in
            guard state.end == nil else { return .none }
            let now = ContinuousClock.now
            let stuck = state.leaving.values.contains { now - $0 > .seconds(limits.graceSeconds) }
            if stuck, state.retiredAt == nil { return .retire }
            if let retiredAt = state.retiredAt {
                if state.calls.count == state.leaving.count, stuck || state.calls.isEmpty { return .kill }
                if stuck, now - retiredAt > .seconds(limits.lastGraceSeconds) { return .kill }
                return .none
            }
            return state.calls.isEmpty && now - state.lastUsed > .seconds(limits.idleSeconds) ? .kill : .none
        }
        switch action {
        case .none: break
        case .retire:
            retire()
            tick()
        case .kill: kill(AppError(.upstreamFailed, "The function did not end when it was told to, and its worker was stopped."))
        }
    }
}
