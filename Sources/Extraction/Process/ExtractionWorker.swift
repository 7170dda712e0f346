import Domain
import Foundation
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The body of the child process that `ChildProcessExtractor` starts: binds itself to the limits, reads one file, and
/// writes what it finds to standard output.
package enum ExtractionWorker {
    /// The arguments that come before the task: a hidden subcommand of the executable.
    package static let command = "extract-worker"

    /// - Parameter task: the argument behind the subcommand, made by `ChildProcessExtractor`.
    /// - Returns: the exit code; 0 also when the file could not be read and the output says why.
    package static func run(task: String) async -> Int32 {
        guard let (request, limits) = ExtractionWire.decodeTask(task) else {
            FileHandle.standardError.write(Data("\(command): this command is for the server's own use\n".utf8))
            return 64
        }
        // A group of its own, so that it can be ended together with the programs that it starts.
        setpgid(0, 0)
        restrict(to: limits)
        endWithParent()
        do {
            try await FileTextExtractor(limits: limits).read(request) { try write(.event($0)) }
            try write(.end)
        } catch let error as AppError {
            try? write(.failure(error))
        } catch {
            try? write(.failure(AppError(.internalError, "Something went wrong on our side.")))
        }
        return 0
    }

    /// Holds for this process and for all that it starts; nobody can raise them again.
    private static func restrict(to limits: ExtractionLimits) {
        #if canImport(Glibc)
            typealias Resource = __rlimit_resource
            func number(_ resource: Resource) -> Int32 { Int32(resource.rawValue) }
        #else
            typealias Resource = Int32
            func number(_ resource: Resource) -> Int32 { resource }
        #endif
        func limit(_ resource: Resource, _ value: Int) {
            var bounds = rlimit(rlim_cur: rlim_t(value), rlim_max: rlim_t(value))
            setrlimit(number(resource), &bounds)
        }
        limit(RLIMIT_CORE, 0)
        limit(RLIMIT_CPU, limits.processorSeconds)
        limit(RLIMIT_DATA, limits.memoryBytes)
        limit(RLIMIT_FSIZE, limits.temporaryFileBytes)
        limit(RLIMIT_NOFILE, 256)
        // The request path comes first.
        _ = nice(10)
    }

    /// Standard input is a pipe that the server never writes to: when it ends, the server is gone.
    private static func endWithParent() {
        let thread = Thread {
            var byte: UInt8 = 0
            while true {
                let count = read(0, &byte, 1)
                if count == 0 || (count < 0 && errno != EINTR) { break }
            }
            kill(0, SIGKILL)
        }
        thread.stackSize = 1 << 16
        thread.start()
    }

    private static func write(_ message: ExtractionWire.Message) throws {
        try FileDescriptor.standardOutput.writeAll(ExtractionWire.encode(message))
    }
}
