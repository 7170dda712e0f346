import Domain
import Logging
import SQLiteStorage
import ServiceLifecycle

/// What accounts need in the background: noticing what another process (the command line) changed, and writing down when
/// accounts, sessions and keys were last used.
struct AccountUpkeep: Service {
    let accounts: Accounts
    let database: SQLiteDatabase
    let settings: Settings
    let logger: Logger

    private static let tick = Duration.milliseconds(500)
    /// In ticks.
    private static let (flushEvery, purgeEvery) = (20, 7200)

    func run() async throws {
        try? await cancelWhenGracefulShutdown { try await loop() }
        await write(since: .now() - 60)
    }

    private func loop() async throws {
        var version = try? await database.changesByOthers()
        var tick = 0
        var flushed = EpochSeconds.now()
        while !Task.isCancelled {
            try await Task.sleep(for: Self.tick)
            tick += 1
            if let now = try? await database.changesByOthers(), now != version {
                version = now
                await reload()
            }
            if tick % Self.flushEvery == 0 {
                let now = EpochSeconds.now()
                await write(since: flushed)
                flushed = now
            }
            if tick % Self.purgeEvery == 0 { await attempt("purge sessions") { try await accounts.sessions.purge(before: .now() - 86400) } }
        }
    }

    /// Accounts, keys and settings may all have changed.
    private func reload() async {
        accounts.cache.forgetAll()
        await attempt("read settings") { try await settings.load() }
        accounts.cache.forgetAll()
    }

    private func write(since: EpochSeconds) async {
        var (users, sessions, keys): ([String: EpochSeconds], [String: EpochSeconds], [String: EpochSeconds]) = ([:], [:], [:])
        for (principal, seen) in accounts.cache.activity(since: since) {
            users[principal.userID] = max(users[principal.userID] ?? 0, seen)
            switch principal.credential {
            case .session(let id): sessions[id] = max(sessions[id] ?? 0, seen)
            case .apiKey(let id): keys[id] = max(keys[id] ?? 0, seen)
            case .system: break
            }
        }
        let seen = (users: users, sessions: sessions, keys: keys)
        await attempt("write activity") {
            if !seen.users.isEmpty { try await accounts.users.touch(seen.users) }
            if !seen.sessions.isEmpty { try await accounts.sessions.touch(seen.sessions) }
            if !seen.keys.isEmpty { try await accounts.keyStore.touch(seen.keys) }
        }
        await attempt("write key usage") { try await accounts.meter.flush() }
    }

    private func attempt(_ what: String, _ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            logger.warning("could not \(what)", metadata: ["error": "\(error)"])
        }
    }
}
