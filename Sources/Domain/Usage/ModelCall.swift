import Synchronization

/// One call of a model, from the request to the last byte of its answer. Watches the answer pass and records the call exactly once:
/// when it is over, when it fails, or when nobody reads it any more.
package final class ModelCall: Sendable {
    private struct State {
        var isOver = false
        var upstream: String
        var status = 200
        var firstByteAt: ContinuousClock.Instant?
        /// The beginning of the answer, and its end so far.
        var head: [UInt8] = []
        var tail: [UInt8] = []
        /// Lines that are not empty: events of a stream.
        var lines = 0
        var isInLine = false
        var bytes = 0
        /// Of the whole answer, where its head says so.
        var length: Int?
    }

    private let recorder: any UsageRecorder
    private let subject: UsageRecord
    private let start = ContinuousClock.now
    private let promptBytes: (@Sendable () -> Int)?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - upstream: who is asked; `answered` may correct it.
    ///   - promptBytes: the length of what the model reads, asked only when the upstream reports nothing; `nil` where no model reads anything,
    ///     so that nothing is estimated.
    package init(
        _ recorder: any UsageRecorder, principal: Principal?, modelID: String, upstreamModelID: String = "", upstream: String, kind: UsageRecord.Kind,
        isStream: Bool = false, promptBytes: (@Sendable () -> Int)?
    ) {
        self.recorder = recorder
        self.promptBytes = promptBytes
        subject = UsageRecord(
            startedAt: .now(), userID: principal?.userID ?? "", keyID: principal?.keyID, modelID: modelID,
            upstreamModelID: upstreamModelID == modelID ? "" : upstreamModelID, upstream: upstream, kind: kind, isStream: isStream,
            requestID: RequestScope.current?.requestID ?? "")
        state = Mutex(State(upstream: upstream))
    }

    deinit { end(.client, status: 499) }

    /// - Parameter length: bytes of the whole answer, when that is known: a client may leave with the last of them.
    package func answered(upstream: String? = nil, status: Int = 200, length: Int? = nil) {
        state.withLock { state in
            if let upstream, !upstream.isEmpty { state.upstream = upstream }
            state.status = status
            state.length = length
        }
    }

    /// The answer is here in one piece.
    package func finish(whole bytes: [UInt8]) {
        take(bytes)
        finish()
    }

    package func finish() {
        let status = state.withLock { $0.status }
        end(status >= 400 ? .refused : nil, status: status)
    }

    package func fail(_ error: any Error) {
        switch error {
        case let failure as UpstreamFailure: end(.refused, status: failure.status)
        case let error as AppError:
            switch error.code {
            case .timeout: end(.timeout, status: 504)
            case .internalError: end(.server, status: 500)
            case .upstreamFailed: end(.upstream, status: 500)
            default: end(.refused, status: error.code == .unavailable ? 503 : 400)
            }
        case is CancellationError: end(.client, status: 499)
        default: end(.server, status: 500)
        }
    }

    /// The same pieces. The call is over with the last one, or when their reader gives up.
    package func watch(_ body: UpstreamBody) -> UpstreamBody {
        UpstreamBody {
            let pull = body.makeAsyncIterator().pull
            return {
                do {
                    guard let piece = try await pull() else {
                        self.finish()
                        return nil
                    }
                    self.take(piece)
                    return piece
                } catch {
                    self.fail(error)
                    throw error
                }
            }
        }
    }

    private static let headBytes = 2048
    private static let tailBytes = 8192

    private func take(_ piece: [UInt8]) {
        guard !piece.isEmpty else { return }
        let now = ContinuousClock.now
        state.withLock { state in
            if state.firstByteAt == nil { state.firstByteAt = now }
            state.bytes += piece.count
            if state.head.count < Self.headBytes { state.head += piece.prefix(Self.headBytes - state.head.count) }
            if piece.count >= Self.tailBytes {
                state.tail = Array(piece.suffix(Self.tailBytes))
            } else {
                if state.tail.count + piece.count > 2 * Self.tailBytes { state.tail.removeFirst(state.tail.count - Self.tailBytes) }
                state.tail += piece
            }
            guard subject.isStream else { return }
            for byte in piece {
                if byte == 0x0A {
                    state.isInLine = false
                } else if byte != 0x0D, !state.isInLine {
                    state.isInLine = true
                    state.lines += 1
                }
            }
        }
    }

    private func end(_ failure: UsageRecord.Failure?, status: Int) {
        let now = ContinuousClock.now
        let final: State? = state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            defer { (state.head, state.tail) = ([], []) }
            return state
        }
        guard let final else { return }
        var (failure, status) = (failure, status)
        // Whoever leaves when everything has been said has left nothing out.
        if failure == .client, final.bytes > 0, final.bytes == final.length || final.tail.withUnsafeBytes(Self.isFinal) {
            (failure, status) = (final.status >= 400 ? .refused : nil, final.status)
        }
        var record = subject
        record.upstream = final.upstream
        record.status = status
        record.failure = failure
        record.milliseconds = (now - start).milliseconds
        record.firstByteMilliseconds = final.firstByteAt.map { ($0 - start).milliseconds }
        if failure != .refused, final.bytes > 0 { count(final, into: &record) }
        recorder.record(record)
    }

    private func count(_ final: State, into record: inout UsageRecord) {
        let last = final.tail.withUnsafeBytes { TokenCounts(lastIn: $0) }
        let first = final.head.withUnsafeBytes { TokenCounts(firstIn: $0) }
        if record.failure == nil, final.tail.withUnsafeBytes(Self.endsWithError) { record.failure = .upstream }
        switch (first, last) {
        case (let first?, let last?): record.tokens = first.merging(last)
        case (let counts?, nil), (nil, let counts?): record.tokens = counts
        case (nil, nil):
            guard let promptBytes else { return }
            record.isEstimated = true
            record.tokens.input = TokenEstimate.tokens(bytes: promptBytes())
            if record.kind != .embedding {
                record.tokens.output =
                    record.isStream ? TokenEstimate.tokens(events: final.lines - 1) : TokenEstimate.tokens(answerBytes: final.bytes)
            }
        }
    }

    /// Whether these are the last words of a stream, in any dialect.
    private static func isFinal(_ tail: UnsafeRawBufferPointer) -> Bool {
        let end = String(decoding: tail.suffix(2048), as: UTF8.self)
        let last = end.split(whereSeparator: \.isNewline).last { !$0.isEmpty } ?? ""
        return last.hasPrefix("data:") && (last.hasSuffix("[DONE]") || last.contains("\"message_stop\"") || last.contains("response.completed"))
            || last.hasPrefix("{") && last.contains("\"done\":true")
    }

    /// Whether a stream's last words were an error: `{"error": ...}` as an event or a line of its own.
    private static func endsWithError(_ tail: UnsafeRawBufferPointer) -> Bool {
        let mark = Array("{\"error\":".utf8)
        guard tail.count > mark.count else { return false }
        let start = max(0, tail.count - 1024)
        for position in stride(from: tail.count - mark.count, through: start, by: -1) where tail[position] == UInt8(ascii: "{") {
            guard UnsafeRawBufferPointer(rebasing: tail[position..<(position + mark.count)]).elementsEqual(mark) else { continue }
            let isFirst = position == 0 || tail[position - 1] == 0x0A || tail[position - 1] == 0x20 || tail[position - 1] == UInt8(ascii: ":")
            // `: {"error":` inside an object would be a member's value.
            return isFirst && (position < 2 || tail[position - 2] != UInt8(ascii: "\""))
        }
        return false
    }
}

extension Duration {
    fileprivate var milliseconds: Int { Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000) }
}
