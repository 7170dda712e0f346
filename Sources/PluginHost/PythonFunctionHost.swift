package import Domain
import FoundationEssentials
package import Logging
package import NIOCore
import NIOPosix
import Synchronization

/// Runs functions in Python processes, one or a few for each function.
package final class PythonFunctionHost: FunctionHost {
    /// What an admin lets functions do; asked at every start of a worker and every call.
    package struct Policy: Sendable {
        package var hasNetwork: @Sendable (_ functionID: String) -> Bool = { _ in false }
        package var hasProcesses: @Sendable (_ functionID: String) -> Bool = { _ in false }
        /// No function runs where its view of the files is not restricted.
        package var requiresIsolation = false
        /// A worker for each user of a function.
        package var isPerUser = false

        package init() {}

        package init(_ settings: Settings) {
            hasNetwork = { id in settings[.functionNetwork].contains { $0 == "*" || $0 == id } }
            hasProcesses = { id in settings[.functionSubprocesses].contains { $0 == "*" || $0 == id } }
            requiresIsolation = settings[.functionIsolation] == "required"
            isPerUser = settings[.functionPerUser]
        }
    }

    private struct PoolKey: Hashable {
        var code: String
        var version: String
        var content: Int
        var hasNetwork: Bool
        var hasProcesses: Bool
        var userID: String?
    }

    private struct State {
        var pools: [PoolKey: WorkerPool] = [:]
        var logs: [String: FunctionLog] = [:]
        var serial = 0
        var isStopped = false
        var ticker: Task<Void, Never>?
    }

    private let runtime: PythonRuntime
    private let limits: WorkerLimits
    private let policy: Policy
    private let without: [String]
    private let scratchPrefix: String
    private let group: any EventLoopGroup
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameters:
    ///   - interpreter: `HANEUL_PYTHON`.
    ///   - dataDirectory: environments are made below it, in `functions/environments`.
    ///   - without: protections to leave out (`namespaces`, `mount`, `uid`, `landlock`, `seccomp`); for tests.
    package init(
        interpreter: String, dataDirectory: String, limits: WorkerLimits = WorkerLimits(), policy: Policy = Policy(), without: [String] = [],
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton, logger: Logger = Logger(label: "functions")
    ) {
        let data = dataDirectory.hasPrefix("/") ? dataDirectory : FileManager.default.currentDirectoryPath + "/" + dataDirectory
        let scratchPrefix = FileManager.default.temporaryDirectory.path + "/haneul-function-\(UInt32.random(in: 0...UInt32.max))-"
        self.limits = limits
        self.policy = policy
        self.without = without
        self.scratchPrefix = scratchPrefix
        self.group = group
        self.logger = logger
        runtime = PythonRuntime(command: interpreter, folder: data + "/functions/environments") { interpreter in
            let orders = WorkerOrders(
                code: nil, scratch: scratchPrefix + "probe", packages: [], readable: interpreter.prefixes, limits: limits, without: without)
            let (worker, greeting) = try await PythonWorker.start(
                orders, interpreter: interpreter.executable, group: group, log: FunctionLog(), logger: logger)
            worker.kill(AppError(.unavailable, "The probe is over."))
            await worker.wait()
            return greeting
        }
    }

    // MARK: Workers

    private func found() async throws -> PythonRuntime.Found {
        guard !state.withLock(\.isStopped) else { throw AppError(.unavailable, "The server is stopping.") }
        let found = try await runtime.found()
        if policy.requiresIsolation, !found.protections.protectsFiles {
            throw AppError(
                .unavailable, "Functions are off: this machine offers no way to protect the server's files from them (HANEUL_FUNCTION_ISOLATION).")
        }
        return found
    }

    private func pool(_ code: FunctionCode, userID: String?) throws -> WorkerPool {
        let key = PoolKey(
            code: code.id, version: code.version, content: code.content.hashValue, hasNetwork: policy.hasNetwork(code.id),
            hasProcesses: policy.hasProcesses(code.id), userID: policy.isPerUser ? userID : nil)
        var outdated: [WorkerPool] = []
        let pool = try state.withLock { state in
            guard !state.isStopped else { throw AppError(.unavailable, "The server is stopping.") }
            if let pool = state.pools[key] {
                pool.touch()
                return pool
            }
            // Another version: what runs may end, nothing new begins.
            for (other, pool) in state.pools where other.code == key.code && (other.version, other.content) != (key.version, key.content) {
                outdated.append(pool)
            }
            let pool = WorkerPool(functionID: code.id, limits: limits) { [weak self] in
                guard let self else { throw AppError(.unavailable, "The server is stopping.") }
                return try await start(code, hasNetwork: key.hasNetwork, hasProcesses: key.hasProcesses).worker
            }
            state.pools[key] = pool
            if state.ticker == nil { state.ticker = Task { [weak self] in await Self.tick(self) } }
            return pool
        }
        for pool in outdated { pool.retire() }
        return pool
    }

    private func start(_ code: FunctionCode, hasNetwork: Bool, hasProcesses: Bool) async throws -> (worker: PythonWorker, greeting: JSONObject) {
        let found = try await found()
        let own = try await found.environments.packages(code.requirements)
        let serial = state.withLock { state in
            state.serial += 1
            return state.serial
        }
        let packages = own + found.interpreter.packages
        let orders = WorkerOrders(
            code: code, hasNetwork: hasNetwork, hasProcesses: hasProcesses, scratch: scratchPrefix + String(serial), packages: packages,
            readable: found.interpreter.prefixes + packages, limits: limits, without: without)
        return try await PythonWorker.start(
            orders, interpreter: found.interpreter.executable, group: group, log: logBook(code.id), logger: logger)
    }

    private func logBook(_ functionID: String) -> FunctionLog {
        state.withLock { state in
            if let log = state.logs[functionID] { return log }
            let log = FunctionLog()
            state.logs[functionID] = log
            return log
        }
    }

    private static func tick(_ host: PythonFunctionHost?) async {
        weak let host = host
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(200))
            guard let host else { return }
            let pools = host.state.withLock { state in
                for (key, pool) in state.pools where pool.isEmpty { state.pools[key] = nil }
                return Array(state.pools.values)
            }
            for pool in pools { pool.tick() }
        }
    }

    // MARK: FunctionHost

    package func inspect(_ code: FunctionCode) async throws -> FunctionManifest {
        let (worker, greeting) = try await start(
            code, hasNetwork: policy.hasNetwork(code.id), hasProcesses: policy.hasProcesses(code.id))
        worker.kill(AppError(.unavailable, "The inspection is over."))
        guard let manifest = FunctionManifest(greeting: greeting, frontMatter: code.frontMatter) else {
            throw AppError(.badRequest, "The function could not be understood.")
        }
        return manifest
    }

    package func models(of code: FunctionCode, valves: JSONObject) async throws -> [FunctionModel] {
        let value = try await pool(code, userID: nil).call(["op": "models", "valves": .object(valves)], services: NoFunctionServices()) {
            call, worker in
            try await WorkerReader(call: call, worker: worker).value()
        }
        return (value.array ?? []).compactMap { model in
            guard let id = model["id"]?.string else { return nil }
            return FunctionModel(id: id, name: model["name"]?.string ?? "")
        }
    }

    package func pipe(_ body: JSONObject, in call: FunctionCall) async throws -> FunctionAnswer {
        try await perform("pipe", ["body": .object(body)], call, keepsCall: true) { reader in
            switch try await reader.first() {
            case .value(let value):
                reader.leave()
                return .value(value)
            case .pieces: return .pieces(FunctionPieces { try await reader.piece() })
            }
        }
    }

    package func inlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject { try await filter("inlet", body, call) }

    package func outlet(_ body: JSONObject, in call: FunctionCall) async throws -> JSONObject { try await filter("outlet", body, call) }

    private func filter(_ name: String, _ body: JSONObject, _ call: FunctionCall) async throws -> JSONObject {
        let value = try await perform(name, ["body": .object(body)], call) { try await $0.value() }
        guard let object = value.object else { throw AppError(.badRequest, "The filter's \(name) did not return the body.") }
        return object
    }

    package func openStream(in call: FunctionCall) async throws -> any FunctionStreamFilter {
        try await perform("stream", [:], call, keepsCall: true) { reader in
            guard case .pieces = try await reader.first() else { throw AppError(.badRequest, "The filter has no stream.") }
            return WorkerStreamFilter(reader)
        }
    }

    package func runTool(_ name: String, arguments: JSONObject, in call: FunctionCall) async throws -> JSONValue {
        try await perform("tool", ["name": .string(name), "arguments": .object(arguments)], call) { try await $0.value() }
    }

    package func runAction(_ body: JSONObject, actionID: String?, in call: FunctionCall) async throws -> JSONValue {
        var call = call
        if let actionID { call.context["__id__"] = .string(actionID) }
        return try await perform("action", ["body": .object(body)], call) { try await $0.value() }
    }

    private func perform<Result>(
        _ operation: String, _ order: JSONObject, _ call: FunctionCall, keepsCall: Bool = false, _ body: (WorkerReader) async throws -> Result
    ) async throws -> Result {
        var order = order
        order["op"] = .string(operation)
        order["valves"] = .object(call.valves)
        order["userValves"] = .object(call.userValves)
        order["user"] = .object(call.user)
        order["context"] = .object(call.context)
        return try await pool(call.code, userID: call.user["id"]?.string ?? "").call(order, services: call.services, keepsCall: keepsCall) {
            try await body(WorkerReader(call: $0, worker: $1))
        }
    }

    package func install(_ requirements: [String], progress: @escaping @Sendable (String) -> Void) async throws {
        try await found().environments.install(requirements, progress: progress)
    }

    package func isInstalled(_ requirements: [String]) async -> Bool {
        guard let found = try? await found() else { return false }
        return await found.environments.isInstalled(requirements)
    }

    package func forget(_ functionID: String) async {
        let pools = state.withLock { state in
            state.logs[functionID] = nil
            let keys = state.pools.keys.filter { $0.code == functionID }
            return keys.compactMap { state.pools.removeValue(forKey: $0) }
        }
        for pool in pools { await pool.stop(AppError(.unavailable, "The function was changed or stopped.")) }
    }

    package func log(of functionID: String) async -> [String] { state.withLock { $0.logs[functionID] }?.lines ?? [] }

    package func protections() async -> FunctionProtections {
        do {
            return try await runtime.found().protections
        } catch {
            return FunctionProtections(python: nil, active: [], missing: [(error as? AppError)?.message ?? "Python cannot be started"])
        }
    }

    package func stop() async {
        let (pools, ticker) = state.withLock { state in
            state.isStopped = true
            defer { state.pools = [:] }
            return (Array(state.pools.values), state.ticker)
        }
        ticker?.cancel()
        await withTaskGroup(of: Void.self) { group in
            for pool in pools { group.addTask { await pool.stop(AppError(.unavailable, "The server is stopping.")) } }
        }
    }
}
