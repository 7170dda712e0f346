import Domain
import HTTPAPI
import NIOCore
import Relay

extension Server {
    /// The fast path for chats. What it may do is asked of the same accounts and the same catalog as the long way's.
    ///
    /// - Parameters:
    ///   - tracing: `nil` where nothing is traced.
    ///   - isOpen: `false` while something must look at every chat (a global filter).
    static func relay(
        accounts: Accounts, gateway: Gateway, recorder: any UsageRecorder, tracing: (any RelayTracing)?, counters: RelayCounters,
        settings: Settings, isOpen: @escaping @Sendable () -> Bool = { true }
    ) -> Relay {
        let meter = accounts.meter
        // With a proxy that says who is signed in, sessions are compared with what it says: the long way's to do.
        let comparesSessions = !settings[.trustedEmailHeader].isEmpty
        let limits = MemoryRelayGate.Limits(
            admits: { principal, path in
                if comparesSessions, principal.keyID == nil { return false }
                guard let restrictions = principal.restrictions else { return true }
                // Addresses are the long way's to judge: it knows the proxies.
                guard restrictions.addressRanges.isEmpty else { return false }
                return (try? KeyGate.check(restrictions, path: path, scope: .chat, address: "")) != nil
            },
            begin: { principal in
                do {
                    guard let standing = try meter.admit(principal) else { return RelayAdmission() }
                    return RelayAdmission(headers: standing.headerLines)
                } catch {
                    return nil
                }
            },
            withdraw: { meter.withdraw($0) })
        var configuration = RelayConfiguration()
        configuration.maximumBody = min(configuration.maximumBody, settings[.maximumBodyMegabytes] << 20)
        configuration.clientTimeout = .seconds(Int64(settings[.slowClientSeconds]))
        configuration.connectTimeout = .seconds(Int64(settings[.upstreamConnectSeconds]))
        configuration.firstByteTimeout = .seconds(Int64(settings[.upstreamFirstByteSeconds]))
        configuration.idleTimeout = .seconds(Int64(settings[.upstreamIdleSeconds]))
        configuration.trustFile = settings[.upstreamCAFile]
        return Relay(
            gate: MemoryRelayGate(
                authenticator: accounts.authenticator, directory: gateway.catalog, limits: limits, isOpen: isOpen,
                fallbacks: ModelFallbacks(settings: settings, directory: gateway.catalog), health: gateway.health, budget: gateway.budget),
            recorder: recorder, tracing: tracing, counters: counters, configuration: configuration)
    }
}
