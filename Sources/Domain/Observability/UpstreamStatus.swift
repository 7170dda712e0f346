/// How an upstream is doing, for metrics and administrators.
package struct UpstreamStatus: Sendable, Hashable {
    /// `openai:0`.
    package var label: String
    package var url: String
    package var isEnabled: Bool
    /// `false`: the circuit is open, nobody is sent there for a while.
    package var isAvailable: Bool
    /// Requests on the long way; the relay counts its own.
    package var underWay: Int
}

extension UpstreamHealth {
    package func status(of connections: [Connection]) -> [UpstreamStatus] {
        connections.map { connection in
            UpstreamStatus(
                label: connection.label, url: connection.baseURL, isEnabled: connection.isEnabled, isAvailable: isAvailable(connection),
                underWay: underWay(Self.origin(of: connection.baseURL)))
        }
    }
}
