import Domain
import Synchronization
import TestSupport
import Testing

/// What takes long: packages.
struct FunctionLibraryTests {
    /// A host whose installer waits until it is told how it ends.
    private final class SlowHost: FunctionHost {
        let base = ScriptedFunctionHost(["f": .init(FunctionManifest(kind: .pipe))])
        private let (endings, end) = AsyncStream<String?>.makeStream()
        private let installed = Mutex(false)

        func finish(_ problem: String? = nil) { end.yield(problem) }

        func install(_ requirements: [String], progress: @escaping @Sendable (String) -> Void) async throws {
            progress("Collecting \(requirements[0])")
            for await problem in endings {
                if let problem { throw AppError(.badRequest, problem) }
                installed.withLock { $0 = true }
                return
            }
            throw CancellationError()
        }

        func isInstalled(_ requirements: [String]) async -> Bool { requirements.isEmpty || installed.withLock { $0 } }
        func inspect(_ code: FunctionCode) async throws -> FunctionManifest { try await base.inspect(code) }
        func models(of code: FunctionCode, valves: JSONObject) async throws -> [FunctionModel] { try await base.models(of: code, valves: valves) }
        func pipe(_ body: JSONObject, in call: FunctionCall) async throws -> FunctionAnswer { try await base.pipe(body, in: call) }
        func inlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject { body }
        func outlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject { body }
        func openStream(in call: FunctionCall) async throws -> any FunctionStreamFilter { try await base.openStream(in: call) }
        func runTool(_ name: String, arguments: JSONObject, in call: FunctionCall) async throws -> JSONValue { .null }
        func runAction(_ body: JSONObject, actionID: String?, in call: FunctionCall) async throws -> JSONValue { .null }
        func forget(_ functionID: String) async {}
        func log(of functionID: String) async -> [String] { [] }
        func protections() async -> FunctionProtections { FunctionProtections(python: nil, active: []) }
        func stop() async {}
    }

    private struct PlainSealer: SecretSealer {
        func seal(_ text: String) throws -> String { text }
        func open(_ sealed: String) throws -> String { sealed }
    }

    private static let admin = Principal.make("admin", role: .admin)
    private static let code = "\"\"\"\ntitle: F\nrequirements: numpy==2, idna\n\"\"\"\nclass Pipe: ..."

    private static func library(_ host: any FunctionHost, patience: Duration) -> (FunctionLibrary, MemoryFunctionStore) {
        let store = MemoryFunctionStore()
        let valves = ValveBook(store: MemoryValveStore(), sealer: PlainSealer())
        let library = FunctionLibrary(
            store: store, valves: valves, installer: PluginInstaller(host: host), registry: FunctionRegistry(store: store, valves: valves),
            patience: patience)
        return (library, store)
    }

    private static func draft(_ content: String = code) -> FunctionLibrary.Draft {
        FunctionLibrary.Draft(id: "f", name: "F", content: content, meta: ["description": "d"])
    }

    private static func wait(_ condition: () async -> Bool) async throws {
        while await !condition() { try await Task.sleep(for: .milliseconds(2)) }
    }

    @Test(.timeLimit(.minutes(1))) func `a function whose packages take long is there, says so, and works when they are installed`() async throws {
        let host = SlowHost()
        let (library, _) = Self.library(host, patience: .milliseconds(1))
        let created = try await library.create(Self.draft(), by: Self.admin)
        #expect(created.kind == .pipe && created.manifest == nil)
        #expect(created.meta["manifest"]?["requirements"] == "numpy==2, idna")
        _ = try await library.toggle("f")
        try await Self.wait { library.installer.state(of: created.key)?.lines == ["Collecting numpy==2"] }
        #expect(library.installer.state(of: created.key)?.phase == .installing)
        #expect(library.installer.problem(with: created.key, name: "F", hasManifest: false)?.code == .unavailable)
        #expect(library.registry.models.map(\.id) == ["f"])
        host.finish()
        try await Self.wait { library.installer.state(of: created.key)?.phase == .ready }
        #expect(try await library.function("f").manifest?.kind == .pipe)
        #expect(library.installer.problem(with: created.key, name: "F", hasManifest: true) == nil)
    }

    @Test(.timeLimit(.minutes(1))) func `packages that cannot be installed show why, at once or later`() async throws {
        let (late, _) = Self.library(SlowHost(), patience: .milliseconds(1))
        let host = try #require(late.installer.host as? SlowHost)
        let created = try await late.create(Self.draft(), by: Self.admin)
        host.finish("No matching distribution found for numpy==2")
        try await Self.wait { late.installer.state(of: created.key)?.phase == .failed }
        #expect(late.installer.problem(with: created.key, name: "F", hasManifest: false)?.message.contains("No matching distribution") == true)

        let quick = SlowHost()
        quick.finish("No matching distribution found")
        let (library, store) = Self.library(quick, patience: .seconds(30))
        await #expect(throws: AppError.self) { try await library.create(Self.draft(), by: Self.admin) }
        #expect(try await store.all().isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func `an update whose packages fail leaves the function as it was`() async throws {
        let host = SlowHost()
        let (library, _) = Self.library(host, patience: .seconds(30))
        let before = try await library.create(Self.draft("class Pipe: ..."), by: Self.admin)
        host.finish("no such package")
        await #expect(throws: AppError.self) { try await library.update("f", Self.draft()) }
        #expect(try await library.function("f") == before)
    }
}
