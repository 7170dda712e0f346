/// What belongs to the request that the current task works for: passed to upstreams, written in records. Nothing is decided by it.
package struct RequestScope: Sendable {
    /// In answers, logs and requests to upstreams.
    package var requestID: String
    /// Known once the route has let the caller in.
    package var principal: Principal?

    package init(requestID: String, principal: Principal? = nil) {
        self.requestID = requestID
        self.principal = principal
    }

    @TaskLocal package static var current: RequestScope?

    /// A client's own id is used when it is one: up to 128 letters, digits, `-`, `_` and `.`.
    package static func isSane(requestID: String) -> Bool {
        !requestID.isEmpty && requestID.utf8.count <= 128
            && requestID.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
