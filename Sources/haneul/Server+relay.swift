import Domain
import HTTPAPI
import NIOCore
import Relay

extension Server {
    /// The fast path for chats. What it may do is asked of the same accounts and the same catalog as the long way's.
    ///
    /// - Parameters:
    ///   - isOpen: `false` while something must look at every chat (a global filter).
    static func relay(
        accounts: Accounts, gateway: Gateway, recorder: any UsageRecorder, settings: Settings,
        isOpen: @escaping @Sendable () -> Bool = { true }
    ) -> Relay {
        let meter = accounts.meter
        let limits = MemoryRelayGate.Limits(
            admits: { principal, path in
                guard let restrictions = principal.restrictions else { return true }
                // Answers to keys with a limit of requests say where the key stands, and addresses are the long way's to judge.
                guard restrictions.requestsPerMinute == nil, restrictions.addressRanges.isEmpty else { return false }
                return (try? KeyGate.check(restrictions, path: path, scope: .chat, address: "")) != nil
            },
            begin: { principal in
                guard let keyID = principal.keyID else { return true }
                // `try?` would make one of "no limit" and "refused".
                do { _ = try meter.admit(keyID: keyID, principal.restrictions ?? KeyRestrictions()) } catch { return false }
                return true
            },
            ended: { principal, tokens in meter.spend(tokens: tokens, by: principal) })
        var configuration = RelayConfiguration()
        configuration.maximumBody = min(configuration.maximumBody, settings[.maximumBodyMegabytes] << 20)
        configuration.clientTimeout = .seconds(Int64(settings[.slowClientSeconds]))
        configuration.connectTimeout = .seconds(Int64(settings[.upstreamConnectSeconds]))
        configuration.firstByteTimeout = .seconds(Int64(settings[.upstreamFirstByteSeconds]))
        configuration.idleTimeout = .seconds(Int64(settings[.upstreamIdleSeconds]))
        return Relay(
            gate: MemoryRelayGate(
                authenticator: accounts.authenticator, directory: gateway.catalog, limits: limits, isOpen: isOpen,
                fallbacks: ModelFallbacks(settings: settings, directory: gateway.catalog), health: gateway.health, budget: gateway.budget),
            recorder: recorder, configuration: configuration)
    }
}

/// Stands where usage is not written down.
struct UncountedUsage: UsageRecorder {
    func record(_ record: CompletionRecord) {}
}
