import Domain
import FoundationEssentials
import Subprocess
import Synchronization
import SystemPackage

/// Virtual environments, one for each distinct set of requirements, below the data folder.
actor PythonEnvironments {
    /// Written last: without it an environment is not whole.
    private static let marker = "haneul-requirements.txt"

    private let folder: String
    private let interpreter: PythonInterpreter
    private var running: [String: Task<Void, any Error>] = [:]
    private var watchers: [String: [@Sendable (String) -> Void]] = [:]

    /// - Parameter folder: `DATA_DIR/functions/environments`.
    init(folder: String, interpreter: PythonInterpreter) {
        self.folder = folder
        self.interpreter = interpreter
    }

    /// Folders to put before the interpreter's own packages.
    /// - Throws: `AppError(.unavailable)` when the set is not installed.
    func packages(_ requirements: [String]) throws -> [String] {
        guard let key = try key(requirements) else { return [] }
        guard isReady(key) else {
            throw AppError(
                .unavailable,
                "The packages of this function are not installed: \(try wanted(requirements).joined(separator: ", ")). Saving it installs them.")
        }
        return [sitePackages(key)]
    }

    func isInstalled(_ requirements: [String]) -> Bool {
        guard let key = try? key(requirements) else { return (try? Self.checked(requirements)) != nil }
        return isReady(key)
    }

    func install(_ requirements: [String], progress: @escaping @Sendable (String) -> Void) async throws {
        guard let key = try key(requirements), !isReady(key) else { return }
        watchers[key, default: []].append(progress)
        let task =
            running[key]
            ?? Task {
                defer {
                    running[key] = nil
                    watchers[key] = nil
                }
                try await build(key, try wanted(requirements))
            }
        running[key] = task
        try await task.value
    }

    private func report(_ line: String, _ key: String) { for watcher in watchers[key] ?? [] { watcher(line) } }

    private func build(_ key: String, _ packages: [String]) async throws {
        let path = "\(folder)/\(key)"
        let files = FileManager.default
        do {
            try? files.removeItem(atPath: path)
            try files.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw AppError(.internalError, "The folder for Python packages cannot be written.", cause: error)
        }
        report("Making an environment with Python \(interpreter.version)", key)
        do {
            try await run([interpreter.command, "-I", "-m", "venv", "--without-pip", "--system-site-packages", path], key)
            report("Installing \(packages.joined(separator: ", "))", key)
            // Wheels only: a source package would run its set-up code here, outside of any protection.
            try await run(
                [
                    interpreter.command, "-m", "pip", "--python", "\(path)/bin/python", "install", "--only-binary", ":all:", "--no-input",
                    "--disable-pip-version-check", "--progress-bar", "off",
                ] + packages, key)
            try Data((packages.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(path)/\(Self.marker)"), options: .atomic)
        } catch {
            try? files.removeItem(atPath: path)
            throw error
        }
        report("Installed", key)
    }

    /// Runs what follows with files that every account can read: the server's own mask would keep them from the workers.
    private static let openly = "import os,sys; os.umask(0o022); os.execv(sys.argv[1], sys.argv[1:])"

    private func run(_ command: [String], _ key: String) async throws {
        var tail: [String] = []
        var status: TerminationStatus?
        do {
            let result = try await Subprocess.run(
                .path(FilePath(command[0])), arguments: Arguments(["-I", "-S", "-c", Self.openly] + command), environment: Self.environment,
                input: .none,
                output: .sequence, error: .combinedWithOutput
            ) { execution in
                var lines: [String] = []
                for try await line in execution.standardOutput.strings() {
                    let text = String(line).trimmed
                    guard !text.isEmpty else { continue }
                    report(text, key)
                    lines.append(text)
                    if lines.count > 12 { lines.removeFirst() }
                }
                return lines
            }
            tail = result.closureResult
            status = result.terminationStatus
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            throw AppError(.unavailable, "Python's packages cannot be installed: \(command[0]) does not run.", cause: error)
        }
        guard status?.isSuccess == true else {
            let problem = tail.last { $0.hasPrefix("ERROR") || $0.contains("Error") || $0.contains("No module named") } ?? tail.last ?? ""
            throw AppError(.badRequest, "The packages could not be installed. \(problem)")
        }
    }

    /// What the installer may know: its own configuration, proxies and certificates; nothing of the server's.
    private static var environment: Environment {
        var variables: [Environment.Key: String] = ["LC_ALL": "C.UTF-8", "PYTHONNOUSERSITE": "1"]
        for (name, value) in ProcessInfo.processInfo.environment {
            let isKnown =
                name.hasPrefix("PIP_") || ["PATH", "HOME", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"].contains(name)
                || name.lowercased().hasSuffix("_proxy")
            if isKnown { variables[Environment.Key(rawValue: name)!] = value }
        }
        return .custom(variables)
    }

    // MARK: Sets

    /// `nil` when nothing has to be installed.
    private func key(_ requirements: [String]) throws -> String? {
        let wanted = try wanted(requirements)
        guard !wanted.isEmpty else { return nil }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in ([interpreter.version] + wanted).joined(separator: "\n").utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 16)
    }

    /// Without those that the interpreter has, each once; `pydantic` always, which the workers themselves need.
    private func wanted(_ requirements: [String]) throws -> [String] {
        let all = Set(try Self.checked(requirements)).union(["pydantic"])
        return all.subtracting(interpreter.present).sorted()
    }

    /// - Throws: `AppError(.badRequest)` for what is not the name of a package, perhaps with extras and versions: options, paths, addresses.
    static func checked(_ requirements: [String]) throws -> [String] {
        try requirements.map { requirement in
            let text = requirement.filter { !$0.isWhitespace }
            let isFit =
                text.first.map { $0.isASCII && ($0.isLetter || $0.isNumber) } == true && text.utf8.count <= 200
                && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._-[],<>=!~*+".contains($0)) }
            guard isFit else { throw AppError(.badRequest, "\(requirement) is not the name of a package.") }
            return text
        }
    }

    private func isReady(_ key: String) -> Bool { FileManager.default.fileExists(atPath: "\(folder)/\(key)/\(Self.marker)") }

    private func sitePackages(_ key: String) -> String {
        let parts = interpreter.version.split(separator: ".")
        return "\(folder)/\(key)/lib/python\(parts[0]).\(parts[1])/site-packages"
    }
}
