package import Domain
package import Logging
import Synchronization

/// Sends spans to a collector: in batches, in the background, trying again for a while when the collector is away. What does not fit into
/// the queue meanwhile is dropped and counted; nothing ever waits for it.
package final class SpanExporter: Sendable {
    private struct State {
        var queue: [FinishedSpan] = []
        var sent = 0
        var dropped = 0
        var isClosed = false
    }

    package let configuration: TraceConfiguration
    private let transport: any UpstreamTransport
    private let logger: Logger
    private let state = Mutex(State())

    /// - Parameter transport: one that is not traced.
    package init(configuration: TraceConfiguration, transport: any UpstreamTransport, logger: Logger) {
        self.configuration = configuration
        self.transport = transport
        self.logger = logger
    }

    package func add(_ span: FinishedSpan) {
        state.withLock { state in
            if state.isClosed || state.queue.count >= configuration.queueSize { state.dropped += 1 } else { state.queue.append(span) }
        }
    }

    /// For metrics.
    package var figures: (waiting: Int, sent: Int, dropped: Int) { state.withLock { ($0.queue.count, $0.sent, $0.dropped) } }

    /// Sends until it is cancelled, then once more what is left.
    package func run() async {
        let tick = min(200, configuration.delayMilliseconds)
        var waited = 0
        while !Task.isCancelled {
            try? await Task.sleep(for: .milliseconds(tick))
            waited += tick
            let count = state.withLock { $0.queue.count }
            guard count >= configuration.batchSize || waited >= configuration.delayMilliseconds else { continue }
            waited = 0
            while !Task.isCancelled, await sendBatch(attempts: configuration.attempts) {}
        }
        // A fresh task: this one is cancelled, and one try is all there is time for.
        await Task { while await self.sendBatch(attempts: 1) {} }.value
        state.withLock { state in
            state.isClosed = true
            state.dropped += state.queue.count
            state.queue = []
        }
    }

    /// - Returns: whether a batch was there and was delivered, so that the next may follow.
    private func sendBatch(attempts: Int) async -> Bool {
        let batch = state.withLock { state in
            let batch = Array(state.queue.prefix(configuration.batchSize))
            state.queue.removeFirst(batch.count)
            return batch
        }
        guard !batch.isEmpty else { return false }
        let body = OTLPEncoding.request(batch, resource: configuration.resource).jsonBytes
        var backoff = configuration.firstBackoffMilliseconds
        for attempt in 1...attempts {
            switch await send(body) {
            case .taken:
                state.withLock { $0.sent += batch.count }
                return true
            case .refused(let why):
                logger.warning("the trace collector refuses spans", metadata: ["reason": "\(why)", "spans": "\(batch.count)"])
                state.withLock { $0.dropped += batch.count }
                return true
            case .unavailable(let why, let retryAfter):
                if attempt == 1 { logger.warning("the trace collector is not available", metadata: ["reason": "\(why)"]) }
                guard attempt < attempts else { break }
                // Half fixed, half chance, so that many servers do not come back at once.
                let pause = retryAfter.map { $0 * 1000 } ?? (backoff / 2 + Int.random(in: 0...max(1, backoff / 2)))
                backoff = min(backoff * 2, 30_000)
                do {
                    try await Task.sleep(for: .milliseconds(pause))
                } catch {
                    // Shutting down: kept for the last try.
                    state.withLock { $0.queue = batch + $0.queue }
                    return false
                }
            }
        }
        state.withLock { $0.dropped += batch.count }
        return false
    }

    private enum Outcome {
        case taken
        case refused(String)
        /// - Parameter retryAfter: seconds that the collector asked for.
        case unavailable(String, retryAfter: Int?)
    }

    private func send(_ body: [UInt8]) async -> Outcome {
        let seconds = max(1, configuration.timeoutMilliseconds / 1000)
        let request = UpstreamRequest(
            url: configuration.endpoint, headers: [(name: "content-type", value: "application/json")] + configuration.headers, body: body,
            firstByteSeconds: seconds, connectSeconds: min(seconds, 10), idleSeconds: seconds)
        do {
            let response = try await transport.send(request)
            _ = try await response.body.collect(upTo: 1 << 20)
            switch response.status {
            case 200..<300: return .taken
            case 429, 502, 503, 504:
                let seconds = response.header("retry-after").flatMap { Int($0) }
                return .unavailable("status \(response.status)", retryAfter: seconds.map { min(max($0, 0), 60) })
            default: return .refused("status \(response.status)")
            }
        } catch {
            return .unavailable((error as? AppError)?.message ?? "\(error)", retryAfter: nil)
        }
    }
}
