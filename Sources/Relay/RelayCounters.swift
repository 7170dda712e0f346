import Synchronization

/// What the relay has done since the start, for metrics. Counted without locks; read at any time from anywhere.
package final class RelayCounters: Sendable {
    package struct Snapshot: Sendable, Equatable {
        /// Chats answered by the relay, whatever the answer was.
        package var relayed = 0
        package var streams = 0
        /// Chats that were handed on to the long way after the relay had looked at them.
        package var handedOn = 0
        package var upstreamFailures = 0
        package var clientsLeft = 0
        package var clientsTimedOut = 0
        package var bytesToClients = 0
        package var openExchanges = 0
        package var openUpstreamConnections = 0

        /// All that the relay has looked at, and is done with.
        package var chats: Int { relayed + handedOn }
    }

    let relayed = Atomic<Int>(0)
    let streams = Atomic<Int>(0)
    let handedOn = Atomic<Int>(0)
    let upstreamFailures = Atomic<Int>(0)
    let clientsLeft = Atomic<Int>(0)
    let clientsTimedOut = Atomic<Int>(0)
    let bytesToClients = Atomic<Int>(0)
    let openExchanges = Atomic<Int>(0)
    let openUpstreamConnections = Atomic<Int>(0)

    package init() {}

    package var snapshot: Snapshot {
        Snapshot(
            relayed: relayed.load(ordering: .relaxed), streams: streams.load(ordering: .relaxed), handedOn: handedOn.load(ordering: .relaxed),
            upstreamFailures: upstreamFailures.load(ordering: .relaxed), clientsLeft: clientsLeft.load(ordering: .relaxed),
            clientsTimedOut: clientsTimedOut.load(ordering: .relaxed), bytesToClients: bytesToClients.load(ordering: .relaxed),
            openExchanges: openExchanges.load(ordering: .relaxed),
            openUpstreamConnections: openUpstreamConnections.load(ordering: .relaxed))
    }
}

extension Atomic<Int> {
    func add(_ value: Int = 1) { wrappingAdd(value, ordering: .relaxed) }
}
