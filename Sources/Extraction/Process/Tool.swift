import Domain
import Subprocess
import SystemPackage

/// A program that does the reading of a format. Runs with what the server's process was given, and no input.
struct Tool: Sendable {
    let name: String
    /// What it is for, as the end of "is needed to ...".
    let purpose: String

    /// Whether it can be found.
    var isInstalled: Bool {
        get async { (try? await Executable.name(name).resolveExecutablePath(in: .inherit)) != nil }
    }

    /// Runs it to its end.
    /// - Returns: whether it succeeded, and what it said.
    func run(_ arguments: [String], outputLimit: Int = 1 << 20) async throws -> (isSuccess: Bool, output: [UInt8], error: String) {
        let result = try await start {
            try await Subprocess.run(
                .name(name), arguments: Arguments(arguments), environment: Self.environment,
                output: .bytes(limit: outputLimit), error: .string(limit: 1 << 16))
        }
        return (result.terminationStatus.isSuccess, result.standardOutput, result.standardError)
    }

    /// Runs it and hands its output over as it comes; it waits while `receive` works.
    /// - Returns: whether it succeeded.
    func stream(_ arguments: [String], into receive: ([UInt8]) async throws -> Void) async throws -> Bool {
        let result = try await start {
            try await Subprocess.run(
                .name(name), arguments: Arguments(arguments), environment: Self.environment, input: .none, output: .sequence, error: .discarded
            ) { execution in
                for try await buffer in execution.standardOutput { try await receive(buffer.withUnsafeBytes { Array($0) }) }
            }
        }
        return result.terminationStatus.isSuccess
    }

    private static let environment = Environment.inherit.updating(["LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"])

    private func start<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw ExtractionFailure.missingTool(name, purpose)
        }
    }
}
