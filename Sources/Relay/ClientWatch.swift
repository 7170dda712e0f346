import NIOCore

/// Notices clients that hold a connection and do nothing with it. Costs nothing for each request: the loop looks now and then.
struct ClientWatch {
    /// Somebody has asked for the client's bytes.
    var wantsBytes = true
    /// Something was written since the last look.
    var hasWritten = false
    private var received = 0
    private var isNewRequest = false

    private var since = NIODeadline.now()
    private var receivedThen = 0
    private var stuckSince: NIODeadline?
    private var pendingThen = 0

    /// A client in the middle of a request must send this much in each period of the timeout.
    private static let minimumProgress = 1024

    mutating func received(_ count: Int) {
        received &+= count
        wantsBytes = false
    }

    /// The first bytes of a request are here.
    mutating func beganRequest() { isNewRequest = true }

    /// An answer is complete: the client may rest.
    mutating func restart() { isNewRequest = true }

    /// - Parameters:
    ///   - waitsForClient: nothing goes on before the client sends.
    ///   - isIdle: no request has begun.
    ///   - pendingBytes: bytes of answers that the client has not taken.
    mutating func isOverdue(_ now: NIODeadline, limit: TimeAmount, waitsForClient: Bool, isIdle: Bool, pendingBytes: Int) -> Bool {
        defer {
            isNewRequest = false
            hasWritten = false
        }
        if pendingBytes > 0, pendingBytes == pendingThen, !hasWritten {
            if let stuckSince, now - stuckSince >= limit { return true }
            if stuckSince == nil { stuckSince = now }
        } else {
            stuckSince = nil
        }
        pendingThen = pendingBytes
        guard waitsForClient, !isNewRequest else {
            since = now
            receivedThen = received
            return false
        }
        guard now - since >= limit else { return false }
        if isIdle || received - receivedThen < Self.minimumProgress { return true }
        since = now
        receivedThen = received
        return false
    }
}
