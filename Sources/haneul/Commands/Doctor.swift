import ArgumentParser
import Domain
import Embedding
import Foundation
import PluginHost
import SQLiteStorage
import Cryptography

#if canImport(Glibc)
    import Glibc
#endif

/// Looks at everything the server needs and says what is wrong and how to mend it.
struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration, the data folder, the upstreams and the encoder.")

    @OptionGroup var options: ConfigurationOptions
    @Flag(help: "Also print every configuration key with the value in force and where it comes from.") var all = false

    func run() async throws {
        var report = DoctorReport()
        await examine(&report)
        report.print()
        if report.hasFailures { throw ExitCode(1) }
    }

    private func examine(_ report: inout DoctorReport) async {
        let early: Settings
        let sources: (environment: [String: String], file: [String: String])
        do {
            sources = try options.settingSources()
            early = try Settings(environment: sources.environment, file: sources.file)
            report.good("configuration", "every key can be used")
        } catch {
            report.bad("configuration", Self.message(error), "Correct that key; `haneul serve --help-config` lists all of them.")
            return
        }
        let settings = await examineData(early, sources, &report)
        examineEncoder(settings, &report)
        examineTools(settings, &report)
        await examineFunctions(settings, &report)
        await examineUpstreams(settings, &report)
        listSettings(settings, &report)
    }

    /// - Returns: the settings with what admins stored, when the database can be read.
    private func examineData(
        _ early: Settings, _ sources: (environment: [String: String], file: [String: String]), _ report: inout DoctorReport
    ) async -> Settings {
        let path = early[.dataDirectory]
        guard FileManager.default.fileExists(atPath: path) else {
            report.good("data folder", "\(path) does not exist yet; the first start makes it")
            return early
        }
        guard access(path, W_OK) == 0 else {
            report.bad("data folder", "\(path) cannot be written", "Give its owner write permission, or set DATA_DIR to another folder.")
            return early
        }
        report.good("data folder", path)
        let database = path + "/haneul.db"
        guard FileManager.default.fileExists(atPath: database) else { return early }
        do {
            let opened = try SQLiteDatabase(path: database)
            guard await opened.isUp() else { throw AppError(.unavailable, "The database does not answer.") }
            report.good("database", "opens and answers")
            let secret =
                early[.secretKey].isEmpty ? (try? String(contentsOfFile: path + "/secret.key", encoding: .utf8).trimmed) ?? "" : early[.secretKey]
            let settings = try Settings(
                environment: sources.environment, file: sources.file, store: SQLiteSettingsStore(database: opened), sealer: SecretBox(secret: secret))
            try await settings.load()
            return settings
        } catch {
            report.bad("database", Self.message(error), "Restore a backup of \(database), or use the version that made it.")
            return early
        }
    }

    private func examineEncoder(_ settings: Settings, _ report: inout DoctorReport) {
        guard settings[.embeddingEngine].isEmpty else {
            report.good("encoder", "remote engine \(settings[.embeddingEngine]), model \(settings[.embeddingModel])")
            return
        }
        do {
            let folder = try EncoderLibrary(cache: CacheDirectory(settings: settings).encoders).folder(for: settings[.embeddingModel])
            _ = try LocalEmbedder(folder: folder, model: settings[.embeddingModel], threads: 1)
            report.good("encoder", "\(settings[.embeddingModel]) in \(folder)")
        } catch {
            report.bad("encoder", Self.message(error), "Run `make setup`, or `haneul models pull \(settings[.embeddingModel])`.")
        }
    }

    private func examineTools(_ settings: Settings, _ report: inout DoctorReport) {
        for (tool, what, package) in [
            ("pdftotext", "PDF documents", "poppler-utils"), ("tesseract", "scanned PDF documents", "tesseract-ocr tesseract-ocr-kor"),
        ] {
            if Self.isOnPath(tool) {
                report.good("tools", "\(tool) reads \(what)")
            } else {
                report.warn("tools", "\(tool) is missing: \(what) cannot be read", "apt-get install \(package)")
            }
        }
    }

    private func examineFunctions(_ settings: Settings, _ report: inout DoctorReport) async {
        let host = PythonFunctionHost(
            interpreter: settings[.pythonInterpreter], dataDirectory: settings[.dataDirectory], limits: WorkerLimits(settings),
            policy: PythonFunctionHost.Policy(settings))
        let found = await host.protections()
        await host.stop()
        if found.python == nil {
            report.warn("functions", found.summary, "apt-get install python3, or set HANEUL_PYTHON.")
        } else if !found.protectsFiles {
            report.warn(
                "functions", found.summary,
                "Run on Linux 5.13 or newer with Landlock, or allow user namespaces; HANEUL_FUNCTION_ISOLATION=required refuses to run functions without."
            )
        } else {
            report.good("functions", found.summary)
        }
    }

    private func examineUpstreams(_ settings: Settings, _ report: inout DoctorReport) async {
        let keys = settings[.openAIKeys]
        let openAI = settings[.enableOpenAI] ? settings[.openAIBaseURLs] : []
        let ollama = settings[.enableOllama] ? settings[.ollamaBaseURLs] : []
        if openAI.isEmpty, ollama.isEmpty {
            report.warn("upstreams", "none is configured; only haneul-quotes answers", "Set OPENAI_API_BASE_URLS or OLLAMA_BASE_URLS.")
        }
        for (index, url) in openAI.enumerated() {
            let key = keys.indices.contains(index) ? keys[index] : ""
            await Self.probe(
                url + "/models", bearer: key, label: url, "Check the address and the key at the same position of OPENAI_API_KEYS.", &report)
        }
        for url in ollama { await Self.probe(url + "/api/version", bearer: "", label: url, "Is Ollama running there?", &report) }
    }

    private func listSettings(_ settings: Settings, _ report: inout DoctorReport) {
        for definition in SettingCatalog.all {
            let (value, origin) = settings.current(definition)
            guard all || origin != .default else { continue }
            let shown = definition.isSecret ? "(secret)" : value.jsonText
            let why =
                switch origin {
                case .stored: "changed by an admin; wins over the environment"
                case .environment: "from the environment"
                case .file: "from the configuration file"
                case .default: "default"
                }
            report.note("\(definition.name) = \(shown)  (\(why))")
        }
    }

    private static func message(_ error: any Error) -> String { (error as? AppError)?.message ?? "\(error)" }

    private static func isOnPath(_ tool: String) -> Bool {
        if tool.contains("/") { return access(tool, X_OK) == 0 }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return path.split(separator: ":").contains { access("\($0)/\(tool)", X_OK) == 0 }
    }
}
