import Domain
import FoundationEssentials
import Logging
import NIOCore
import Subprocess
import Synchronization
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The launcher of one worker as a child process, from its start until it is reaped.
///
/// The launcher ends its worker, with all that it started, when it sees the end of the socket; so closing the connection, the end of the
/// server and `SIGTERM` all come to the same.
final class WorkerProcess: Sendable {
    private let task: Task<Void, Never>

    /// - Parameters:
    ///   - name: for people who look at the list of processes.
    ///   - scratch: the worker's folder, removed at the end where the launcher could not.
    ///   - descriptor: the worker's end of the socket; closed here.
    ///   - connection: whose closing ends the process.
    ///   - printed: what comes from standard output and error.
    static func start(
        interpreter: String, name: String, scratch: String, descriptor: CInt, connection: WorkerConnection, logger: Logger,
        printed: @escaping @Sendable ([UInt8]) -> Void
    ) throws -> WorkerProcess {
        let second = dup(descriptor)
        guard second >= 0 else {
            let error = IOError(errnoCode: errno, reason: "dup")
            close(descriptor)
            throw error
        }
        var options = PlatformOptions()
        options.processGroupID = 0
        let platform = options
        return WorkerProcess(
            Task.detached {
                do {
                    let result = try await Subprocess.run(
                        .path(FilePath(interpreter)), arguments: ["-I", "-S", "-B", "-c", WorkerProgram.boot, name],
                        environment: .custom(["PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MALLOC_ARENA_MAX": "2"]),
                        platformOptions: platform,
                        input: .fileDescriptor(FileDescriptor(rawValue: descriptor), closeAfterSpawningProcess: true),
                        output: .fileDescriptor(FileDescriptor(rawValue: second), closeAfterSpawningProcess: true), error: .sequence
                    ) { execution in
                        await withTaskGroup(of: Void.self) { group in
                            group.addTask {
                                do {
                                    for try await part in execution.standardError { printed(part.withUnsafeBytes { Array($0) }) }
                                } catch {}
                            }
                            await connection.waitUntilClosed()
                            await execution.teardown(using: [.gracefulShutDown(allowedDurationToNextStep: .seconds(3))])
                            group.cancelAll()
                        }
                    }
                    logger.debug("a function's worker ended", metadata: ["status": "\(result.terminationStatus)"])
                } catch {
                    logger.error("a function's worker could not be started", metadata: ["error": "\(error)"])
                }
                connection.close()
                try? FileManager.default.removeItem(atPath: scratch)
            })
    }

    private init(_ task: Task<Void, Never>) { self.task = task }

    /// Returns when nothing is left of the process.
    func wait() async { await task.value }
}
