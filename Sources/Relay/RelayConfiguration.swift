package import NIOCore

/// Limits of the relay.
package struct RelayConfiguration: Sendable {
    /// Larger request bodies go the long way.
    package var maximumBody = 8 << 20
    /// Larger answers that are no streams are not held until they are whole.
    package var maximumHeldAnswer = 1 << 20
    /// How long a client may be silent in the middle of a request, keep an idle connection, or not read its answer.
    package var clientTimeout: TimeAmount = .seconds(120)
    package var connectTimeout: TimeAmount = .seconds(10)
    package var firstByteTimeout: TimeAmount = .seconds(300)
    package var idleTimeout: TimeAmount = .seconds(300)
    /// PEM file of certificates that vouch for upstreams, beside those of the system; empty for none.
    package var trustFile = ""
    /// Connections to one upstream, for each event loop.
    package var maximumConnections = 4096
    /// Those of them that are kept when nobody uses them.
    package var maximumIdleConnections = 256
    /// How long they are kept.
    package var keepAlive: TimeAmount = .seconds(30)

    package init() {}
}
