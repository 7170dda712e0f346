package import Domain
package import NIOCore
import Synchronization

/// The fast path: chats that nobody needs to look into go from the client's connection to the upstream's and back as bytes, on one
/// event loop, without a task, a lock or a JSON tree. All other requests pass through to the handlers behind it, byte for byte.
package final class Relay: Sendable {
    package let configuration: RelayConfiguration
    package let counters: RelayCounters
    let gate: any RelayGate
    let recorder: any UsageRecorder
    let tracing: (any RelayTracing)?
    /// How often timeouts are looked at.
    let tick: TimeAmount
    private let loops = Mutex<[ObjectIdentifier: NIOLoopBound<RelayLoop>]>([:])

    /// - Parameter tracing: `nil` for no traces.
    package init(
        gate: any RelayGate, recorder: any UsageRecorder, tracing: (any RelayTracing)? = nil, counters: RelayCounters = RelayCounters(),
        configuration: RelayConfiguration = RelayConfiguration()
    ) {
        self.gate = gate
        self.recorder = recorder
        self.tracing = tracing
        self.counters = counters
        self.configuration = configuration
        let shortest = min(configuration.clientTimeout, configuration.firstByteTimeout, configuration.idleTimeout)
        tick = max(.milliseconds(10), min(.seconds(1), .nanoseconds(shortest.nanoseconds / 4)))
    }

    /// The handlers of one client connection, to be placed behind the HTTP/1.1 codec. The relay itself moves in front of it.
    package func handlers() -> [any RemovableChannelHandler] { [BoundaryHandler(relay: self)] }

    /// Called once a connection, on the loop.
    func loop(for eventLoop: any EventLoop) -> RelayLoop {
        loops.withLock { loops in
            if let known = loops[ObjectIdentifier(eventLoop)] { return known }
            let made = NIOLoopBound(RelayLoop(relay: self, eventLoop: eventLoop), eventLoop: eventLoop)
            loops[ObjectIdentifier(eventLoop)] = made
            return made
        }.value
    }
}
