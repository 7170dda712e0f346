import Domain
import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A Python that was asked about itself.
struct PythonInterpreter: Sendable {
    static let oldest = (3, 10)
    /// `3.11.7`.
    var version: String
    /// The program itself, without the shims and links in front of it.
    var executable: String
    /// What makes environments: the interpreter as it was named.
    var command: String
    /// Folders with the standard library and whatever belongs to it.
    var prefixes: [String]
    var packages: [String]
    /// Of `CommonPackage`, those that it can import as it is.
    var present: Set<String>

    private static let table = "[" + CommonPackage.byModule.map { "(\"\($0.module)\",\"\($0.package)\")" }.joined(separator: ",") + "]"

    private static let question = """
        import importlib.util,json,os,site,sys
        print(json.dumps({"version":".".join(map(str,sys.version_info[:3])),"minor":list(sys.version_info[:2]),
        "executable":os.path.realpath(getattr(sys,"_base_executable",None) or sys.executable),"command":sys.executable,
        "prefixes":sorted({os.path.realpath(p) for p in (sys.base_prefix,sys.prefix,sys.base_exec_prefix)}),
        "packages":[p for p in dict.fromkeys(site.getsitepackages()) if os.path.isdir(p)],
        "present":[p for m,p in \(table) if importlib.util.find_spec(m)]}))
        """

    /// - Parameter command: a name on the path or a path.
    /// - Throws: `AppError(.unavailable)` that says what is wrong with it.
    static func find(_ command: String) async throws -> PythonInterpreter {
        let output: String?
        do {
            let executable: Executable = command.contains("/") ? .path(FilePath(command)) : .name(command)
            let result = try await Subprocess.run(
                executable, arguments: ["-I", "-c", question], environment: .inherit, input: .none, output: .string(limit: 1 << 16), error: .discarded
            )
            output = result.terminationStatus.isSuccess ? result.standardOutput : nil
        } catch {
            throw AppError(
                .unavailable, "Python functions need Python \(oldest.0).\(oldest.1) or newer, and \(command) cannot be run (HANEUL_PYTHON).",
                cause: error)
        }
        guard let output, let about = try? JSONValue(parsing: String(output).trimmed), let version = about["version"]?.string,
            let executable = about["executable"]?.string, let program = about["command"]?.string,
            let minor = about["minor"]?.array?.compactMap(\.int),
            minor.count == 2
        else { throw AppError(.unavailable, "\(command) is not a Python that can be used (HANEUL_PYTHON).") }
        guard (minor[0], minor[1]) >= oldest else {
            throw AppError(.unavailable, "Python functions need Python \(oldest.0).\(oldest.1) or newer; \(command) is \(version) (HANEUL_PYTHON).")
        }
        let strings = { (key: String) in (about[key]?.array ?? []).compactMap(\.string) }
        return PythonInterpreter(
            version: version, executable: executable, command: program, prefixes: strings("prefixes"), packages: strings("packages"),
            present: Set(strings("present")))
    }
}
