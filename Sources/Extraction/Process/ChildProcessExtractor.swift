package import Domain
import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Reads text files in this process and everything else in a child process for each file, which is limited in memory,
/// processor time, output and patience, knows none of the server's environment, and ends with the server.
package struct ChildProcessExtractor: TextExtractor {
    private let executable: String
    private let arguments: [String]
    private let limits: ExtractionLimits

    /// - Parameters:
    ///   - executable: the path of a program that calls `ExtractionWorker.run(task:)` with its last argument.
    ///   - arguments: what comes before that argument.
    package init(executable: String, arguments: [String] = [ExtractionWorker.command], limits: ExtractionLimits = ExtractionLimits()) {
        self.executable = executable
        self.arguments = arguments
        self.limits = limits
    }

    /// Whether a file is text, which is read in this process.
    package static func isPlain(_ request: ExtractionRequest) -> Bool { (try? ExtractorKinds.needsIsolation(request)) == false }

    package func extract(_ request: ExtractionRequest) async throws -> ExtractedDocument {
        let collector = EventCollector()
        try await read(request) { await collector.add($0) }
        return await collector.document
    }

    package func read(_ request: ExtractionRequest, into receive: @Sendable (ExtractionEvent) async throws -> Void) async throws {
        guard try ExtractorKinds.needsIsolation(request) else {
            return try await FileTextExtractor(limits: limits).read(request, into: receive)
        }
        let clock = WaitingClock()
        let result = try await Subprocess.run(
            .path(FilePath(executable)), arguments: Arguments(arguments + [ExtractionWire.encode(request, limits: limits)]),
            environment: Self.environment, platformOptions: Self.options, input: .inputWriter, output: .sequence, error: .discarded
        ) { execution in
            let group = ProcessGroup(leader: execution.processIdentifier.value)
            return try await withTaskCancellationHandler {
                defer { group.kill() }
                return try await withThrowingTaskGroup(of: Void.self) { tasks in
                    tasks.addTask { try await Self.watch(clock, group: group, limit: limits.waitingSeconds) }
                    defer { tasks.cancelAll() }
                    return try await messages(execution.standardOutput, clock: clock, into: receive)
                }
            } onCancel: {
                group.kill()
            }
        }
        try Task.checkCancellation()
        if clock.hasRunOut { throw Self.tookTooLong }
        if !result.closureResult { throw failure(result.terminationStatus) }
    }

    /// - Returns: whether the worker said that it was done.
    private func messages(
        _ output: SubprocessOutputSequence, clock: WaitingClock, into receive: @Sendable (ExtractionEvent) async throws -> Void
    ) async throws -> Bool {
        var lines = LineSplitter()
        var iterator = output.makeAsyncIterator()
        var total = 0
        while true {
            clock.start()
            let buffer = try await iterator.next()
            clock.stop()
            guard let buffer else { return false }
            total += buffer.count
            // A scalar takes four bytes at most, six where JSON escapes it.
            guard total <= limits.characters * 6 + (64 << 20) else { throw ExtractionFailure.tooMuchText }
            for line in buffer.withUnsafeBytes({ lines.add($0) }) {
                switch ExtractionWire.decode(line) {
                case .event(let event): try await receive(event)
                case .end: return true
                case .failure(let error): throw error
                case nil: return false
                }
            }
        }
    }

    /// Ends a worker that keeps its reader waiting for too long. The time in which the reader is busy does not count.
    private static func watch(_ clock: WaitingClock, group: ProcessGroup, limit: Int) async throws {
        let pause = Duration.milliseconds(min(5000, limit * 100 + 50))
        var patience = Patience(limit: .seconds(limit))
        while !Task.isCancelled {
            try await Task.sleep(for: pause)
            patience.note(waited: clock.waited, computed: group.processorTime)
            if patience.isOver {
                clock.runOut()
                return group.kill()
            }
        }
    }

    private static let tookTooLong = AppError(.badRequest, "Reading the file took too long and was given up.")

    private func failure(_ status: TerminationStatus) -> AppError {
        switch status {
        case .signaled(SIGXCPU), .signaled(SIGKILL): Self.tookTooLong
        default:
            AppError(
                .badRequest, "The file could not be read: it is damaged, or reading it takes more memory than is allowed.",
                cause: AppError(.internalError, "worker ended with \(status)"))
        }
    }

    /// Nothing of the server's own environment, which holds secrets, but what programs need to be found and to run.
    private static var environment: Environment {
        var variables: [Environment.Key: String] = ["LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"]
        for name in ["PATH", "TMPDIR", "LD_LIBRARY_PATH", "TESSDATA_PREFIX"] {
            if let value = getenv(name) { variables[Environment.Key(rawValue: name)!] = String(cString: value) }
        }
        return .custom(variables)
    }

    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.processGroupID = 0
        return options
    }
}

/// How long somebody has waited in total.
private final class WaitingClock: Sendable {
    private struct State {
        var since: ContinuousClock.Instant?
        var total = Duration.zero
        var hasRunOut = false
    }

    private let state = Mutex(State())

    func start() { state.withLock { $0.since = .now } }

    func stop() {
        state.withLock { state in
            if let since = state.since { state.total += .now - since }
            state.since = nil
        }
    }

    var waited: Duration { state.withLock { state in state.total + (state.since.map { .now - $0 } ?? .zero) } }

    func runOut() { state.withLock { $0.hasRunOut = true } }

    var hasRunOut: Bool { state.withLock { $0.hasRunOut } }
}

/// Cuts a stream of bytes at its newlines.
struct LineSplitter {
    private var rest: [UInt8] = []

    mutating func add(_ bytes: UnsafeRawBufferPointer) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            rest.append(contentsOf: bytes[start..<end])
            lines.append(rest[...])
            rest = []
            start = end + 1
        }
        rest.append(contentsOf: bytes[start...])
        return lines
    }
}
