/// A request to an upstream.
package struct UpstreamRequest: Sendable {
    package var method: String
    package var url: String
    /// Beside what the transport adds itself (host, content length).
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// Until the status line; `nil` for the configured default.
    package var firstByteSeconds: Int?
    /// To reach the upstream; `nil` for the configured default.
    package var connectSeconds: Int?
    /// Of silence in the middle of the answer; `nil` for the configured default.
    package var idleSeconds: Int?
    /// Who is asked, for logs and headers: `openai:0`. Empty where there is nothing to choose from.
    package var upstream = ""
    /// The same request to other upstreams, tried in order when this one fails before the first byte of an answer.
    package var alternatives: [UpstreamRequest] = []
    /// Its place among the alternatives: lower ones are asked first.
    package var tier = 0
    /// The upstreams of its tier are alike: the one with the least to do is asked first.
    package var isBalanced = false
    /// Makes the body when its turn comes; alternatives are seldom needed.
    package var makeBody: (@Sendable () -> [UInt8])?
    /// Upstreams that have already failed this request, elsewhere in this server.
    package var failedBefore: [UpstreamAttempt] = []

    package init(
        method: String = "POST", url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [], firstByteSeconds: Int? = nil,
        connectSeconds: Int? = nil, idleSeconds: Int? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.firstByteSeconds = firstByteSeconds
        self.connectSeconds = connectSeconds
        self.idleSeconds = idleSeconds
    }
}

/// An upstream's answer, its body still under way.
package struct UpstreamResponse: Sendable {
    package var status: Int
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    /// The body as it arrives. Pull-driven: nothing is read from the upstream before it is asked for. Ending the iteration
    /// early, or cancelling the task, closes the upstream connection. Throws when the upstream cuts the body.
    package var body: UpstreamBody
    /// Who answered, and who had failed before.
    package var route: UpstreamTrace?

    package init(status: Int, headers: [(name: String, value: String)], body: UpstreamBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// An upstream that did not answer a request, and why.
package struct UpstreamAttempt: Sendable, Hashable, CustomStringConvertible {
    /// `upstream` of the request.
    package var upstream: String
    /// For people; without addresses.
    package var reason: String

    package init(_ upstream: String, _ reason: String) {
        self.upstream = upstream
        self.reason = reason
    }

    package var description: String { "\(upstream) (\(reason))" }
}

/// How a request found the upstream that answered it, or that none did.
package struct UpstreamTrace: Sendable, Hashable {
    /// `upstream` of the request that was answered; empty when none was.
    package var served: String
    /// Where it stands: 0 for the request, then its alternatives.
    package var position: Int
    /// How many requests were sent.
    package var attempts: Int
    /// Those that were asked before, or passed over.
    package var failed: [UpstreamAttempt]

    package init(served: String, position: Int = 0, attempts: Int = 1, failed: [UpstreamAttempt] = []) {
        self.served = served
        self.position = position
        self.attempts = attempts
        self.failed = failed
    }
}

/// The pieces of a body, in order.
package struct UpstreamBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]

    private let makeNext: @Sendable () -> (@Sendable () async throws -> [UInt8]?)

    /// - Parameter makeNext: makes a function that returns the next piece and `nil` at the end. Called once.
    package init(_ makeNext: @escaping @Sendable () -> (@Sendable () async throws -> [UInt8]?)) { self.makeNext = makeNext }

    package struct AsyncIterator: AsyncIteratorProtocol {
        package let pull: @Sendable () async throws -> [UInt8]?
        package mutating func next() async throws -> [UInt8]? { try await pull() }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(pull: makeNext()) }

    /// The whole body.
    /// - Throws: `AppError(.upstreamFailed)` when it is longer than `limit`.
    package func collect(upTo limit: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await piece in self {
            guard bytes.count + piece.count <= limit else { throw AppError(.upstreamFailed, "The upstream's answer is too large.") }
            bytes += piece
        }
        return bytes
    }
}

/// Speaks HTTP to upstreams, with connections kept alive.
///
/// Throws `AppError(.upstreamFailed)` when the upstream cannot be reached, `AppError(.timeout)` when it is too slow. An answer with
/// an error status is not an error here.
package protocol UpstreamTransport: Sendable {
    func send(_ request: UpstreamRequest) async throws -> UpstreamResponse
}
