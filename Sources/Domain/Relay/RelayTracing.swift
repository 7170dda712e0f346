/// Gets a span for each relayed chat. Where nothing is traced there is none of this, and the relay does not look for it.
package protocol RelayTracing: Sendable {
    /// - Parameter traceparent: the client's header, as it came.
    func begin(traceparent: String?) -> any RelaySpan
}

package protocol RelaySpan: Sendable {
    /// For the upstream.
    var traceparent: String { get }
    /// The chat is over. Not called for chats that are handed on: the long way traces them.
    func end(_ record: UsageRecord)
}
