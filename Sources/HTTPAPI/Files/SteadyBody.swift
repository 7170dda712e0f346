import Domain
package import NIOCore

/// A request body from a client that must keep sending: less than `minimum` bytes in a whole window ends the request, so
/// that a client that sends one byte a second cannot hold an upload open for ever. (Silence is the server's idle timeout.)
package struct SteadyBody<Base: AsyncIteratorProtocol>: AsyncIteratorProtocol where Base.Element == ByteBuffer {
    private var base: Base
    private let window: Duration
    private let minimum: Int
    private let clock = ContinuousClock()
    private var windowStart: ContinuousClock.Instant
    private var received = 0

    package init(_ base: Base, window: Duration, minimum: Int = 16 << 10) {
        self.base = base
        self.window = window
        self.minimum = minimum
        windowStart = clock.now
    }

    package mutating func next() async throws -> ByteBuffer? {
        guard let buffer = try await base.next() else { return nil }
        received += buffer.readableBytes
        let now = clock.now
        if now - windowStart > window {
            guard received >= minimum else { throw AppError(.badRequest, "The upload came too slowly and was given up.") }
            windowStart = now
            received = 0
        }
        return buffer
    }
}
