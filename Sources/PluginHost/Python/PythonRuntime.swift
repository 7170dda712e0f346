import Domain
import Logging
import NIOCore

/// The interpreter, its environments and what protects from it: found out once, at the first use.
actor PythonRuntime {
    struct Found: Sendable {
        let interpreter: PythonInterpreter
        let environments: PythonEnvironments
        let protections: FunctionProtections
    }

    private let command: String
    private let folder: String
    private let probe: @Sendable (PythonInterpreter) async throws -> JSONObject
    private var task: Task<Found, any Error>?

    /// - Parameter probe: starts a worker that runs nothing; gives its greeting.
    init(command: String, folder: String, probe: @escaping @Sendable (PythonInterpreter) async throws -> JSONObject) {
        self.command = command
        self.folder = folder
        self.probe = probe
    }

    /// - Throws: `AppError(.unavailable)` when there is no usable Python; tried again the next time.
    func found() async throws -> Found {
        if let task { return try await task.value }
        let task = Task { [command, folder, probe] in
            let interpreter = try await PythonInterpreter.find(command)
            let greeting = try await probe(interpreter)
            let strings = { (key: String) in (greeting[key]?.array ?? []).compactMap(\.string) }
            return Found(
                interpreter: interpreter, environments: PythonEnvironments(folder: folder, interpreter: interpreter),
                protections: FunctionProtections(python: interpreter.version, active: strings("protections"), missing: strings("missing")))
        }
        self.task = task
        do {
            return try await task.value
        } catch {
            self.task = nil
            throw error
        }
    }
}
