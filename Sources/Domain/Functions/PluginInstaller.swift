import Synchronization

/// Gets code ready to run: installs the packages it names, loads it, and says how far that is. What takes long goes on in the background.
package final class PluginInstaller: Sendable {
    package enum Phase: String, Sendable, Hashable { case installing, failed, ready }

    /// How far one plug-in is.
    package struct State: Sendable, Hashable {
        package var phase: Phase
        /// Of the code that this is about.
        package var revision: String
        /// What the installer said last.
        package var lines: [String] = []
        package var error: String?

        package var json: JSONObject {
            var object: JSONObject = ["state": .string(phase.rawValue)]
            if !lines.isEmpty { object["log"] = .strings(lines) }
            if let error { object["error"] = .string(error) }
            return object
        }
    }

    private struct Work {
        var state: State
        var task: Task<Void, Never>?
    }

    private static let keptLines = 40

    package let host: any FunctionHost
    private let works = Mutex<[PluginKey: Work]>([:])

    package init(host: any FunctionHost) { self.host = host }

    /// `nil` when nothing had to be done since the server started.
    package func state(of key: PluginKey) -> State? { works.withLock { $0[key]?.state } }

    /// Loads code whose packages are there.
    /// - Returns: `nil` when they are not: `install` is next.
    package func load(_ code: FunctionCode) async throws -> FunctionManifest? {
        guard await host.isInstalled(code.requirements) else { return nil }
        return try await host.inspect(code)
    }

    /// Installs and loads in the background, and waits for it a while. Ends what it did for an earlier text of the same plug-in.
    ///
    /// - Parameter store: keeps what was found. Called before the state becomes `ready`.
    /// - Returns: whether it is done.
    /// - Throws: what went wrong within `patience`; later failures are in the state.
    package func install(
        _ code: FunctionCode, for key: PluginKey, patience: Duration, store: @escaping @Sendable (FunctionManifest) async throws -> Void
    ) async throws -> Bool {
        let (done, finish) = AsyncThrowingStream<Never, any Error>.makeStream()
        let earlier = works.withLock { works in
            let earlier = works[key]?.task
            works[key] = Work(state: State(phase: .installing, revision: code.version))
            return earlier
        }
        earlier?.cancel()
        let task = Task {
            do {
                try await host.install(code.requirements) { [weak self] line in self?.note(line, key, code) }
                let manifest = try await host.inspect(code)
                try await store(manifest)
                change(key, code) { $0.phase = .ready }
                finish.finish()
            } catch {
                change(key, code) { state in
                    state.phase = .failed
                    state.error = Self.text(of: error)
                }
                finish.finish(throwing: error)
            }
        }
        works.withLock { works in if works[key]?.state.revision == code.version { works[key]?.task = task } }
        do {
            try await Deadline.run(within: patience) { for try await _ in done {} }
            return true
        } catch let error as AppError where error.code == .timeout {
            return false
        }
    }

    /// Something about a plug-in that is ready did not work: its list of models.
    package func complain(_ error: any Error, about key: PluginKey, revision: String) {
        works.withLock { works in
            guard works[key]?.state.phase != .installing else { return }
            works[key] = Work(state: State(phase: .ready, revision: revision, error: Self.text(of: error)))
        }
    }

    package func settle(_ key: PluginKey, revision: String) {
        works.withLock { works in
            guard works[key]?.state.phase != .installing else { return }
            works[key] = nil
        }
    }

    package func forget(_ key: PluginKey) { works.withLock { $0.removeValue(forKey: key) }?.task?.cancel() }

    /// Ends everything that is going on.
    package func stop() {
        let tasks = works.withLock { works in works.values.compactMap(\.task) }
        for task in tasks { task.cancel() }
    }

    /// Why the plug-in cannot be called now; `nil` when it can.
    package func problem(with key: PluginKey, name: String, hasManifest: Bool) -> AppError? {
        let state = state(of: key)
        switch state?.phase {
        case .installing: return AppError(.unavailable, "\(name) is being installed. Try again in a moment.", retryAfter: 10)
        case .failed: return AppError(.unavailable, "\(name) could not be installed: \(state?.error ?? "unknown reason")")
        case .ready, nil: return hasManifest ? nil : AppError(.unavailable, "\(name) is not installed yet.", retryAfter: 10)
        }
    }

    private func note(_ line: String, _ key: PluginKey, _ code: FunctionCode) {
        change(key, code) { state in
            state.lines.append(String(line.prefix(500)))
            if state.lines.count > Self.keptLines { state.lines.removeFirst() }
        }
    }

    private func change(_ key: PluginKey, _ code: FunctionCode, _ change: (inout State) -> Void) {
        works.withLock { works in
            guard var work = works[key], work.state.revision == code.version else { return }
            change(&work.state)
            works[key] = work
        }
    }

    package static func text(of error: any Error) -> String {
        switch error {
        case let error as AppError: error.message
        case is CancellationError: "Stopped."
        default: AppError.internalError.message
        }
    }
}
