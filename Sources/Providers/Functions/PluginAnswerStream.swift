import Domain
import Synchronization
import Wire

/// A streamed answer with plug-ins at it: waits for the answer and for events at the same time, and puts what comes into one stream.
///
/// Unchecked: one reader calls `begin`, then `next`, one after the other; what other tasks touch is behind the mutex.
final class PluginAnswerStream: @unchecked Sendable {
    private enum Arrival: Sendable {
        case answer(Result<ChatAnswer, any Error>)
        case piece(Result<[UInt8]?, any Error>)
    }

    private struct Shared {
        var arrival: Arrival?
        var isSignalled = false
        var waiter: CheckedContinuation<Void, Never>?
        var task: Task<Void, Never>?
    }

    private let request: ChatRequest
    private let provider: any ChatProvider
    private let outlets: OutletFilters
    private let events: ChatEventQueue
    private let shared = Mutex(Shared())

    private let filters: StreamFilters
    private let chunks: OpenAIChunks
    private let hasOutlet: Bool
    private var pull: (@Sendable () async throws -> [UInt8]?)?
    private var gatherer: PieceGatherer?
    private var splitter = EventSplitter()
    private var collector = AnswerCollector()
    /// The end of the answer, kept back until the outlet filters have seen what came before.
    private var held: [[UInt8]] = []
    /// The last bytes that went out: whether an event is still open.
    private var tail: [UInt8] = []
    /// Why a filter lets nothing more through.
    private var failure: (any Error)?
    private var isOver = false
    /// `[DONE]` went out: nothing may follow it.
    private var isClosed = false

    init(
        request: ChatRequest, provider: any ChatProvider, host: any FunctionHost, outlets: OutletFilters, skipsFailures: Bool,
        events: ChatEventQueue
    ) {
        self.request = request
        self.provider = provider
        self.outlets = outlets
        self.events = events
        chunks = OpenAIChunks(model: request.model?.base.id ?? request.modelID)
        hasOutlet = request.filters.contains { $0.function.manifest?.hasOutlet == true }
        filters = StreamFilters(request.filters.filter { $0.function.manifest?.hasStream == true }, host: host, skipsFailures: skipsFailures)
        events.observe { [weak self] in self?.signal() }
    }

    deinit {
        events.close()
        shared.withLock { $0.task }?.cancel()
        gatherer?.stop()
        filters.close()
    }

    /// Asks the provider, and returns when the answer begins or a plug-in says something before.
    /// - Returns: the answer; `nil` when it has not begun. It comes with `next` then.
    func begin() async throws -> ChatAnswer? {
        start { [provider, request] in .answer(await Self.result { try await provider.answer(request) }) }
        while true {
            if case .answer(let result) = takeArrival() {
                let answer = try result.get()
                if case .stream(let body) = answer.body { read(body) }
                return answer
            }
            if events.hasSome { return nil }
            try await wait()
        }
    }

    func next() async throws -> [UInt8]? {
        while !isOver {
            if isAtBoundary, !isClosed {
                let bytes = events.drain().flatMap(bytes(of:))
                if !bytes.isEmpty { return sent(bytes) }
            }
            if let arrival = takeArrival() {
                let bytes = try await bytes(of: arrival)
                if !bytes.isEmpty { return sent(bytes) }
                continue
            }
            startNext()
            try await wait()
        }
        return nil
    }

    /// While filters are busy, what comes is gathered: they get it at once instead of one piece after the other.
    private func read(_ body: UpstreamBody) {
        let pull = body.puller()
        self.pull = pull
        guard !filters.isEmpty else { return }
        let gatherer = PieceGatherer(pull)
        self.gatherer = gatherer
        self.pull = { try await gatherer.next() }
    }

    // MARK: Waiting

    private func startNext() {
        guard let pull, shared.withLock({ $0.task == nil && $0.arrival == nil }) else { return }
        start { .piece(await Self.result { try await pull() }) }
    }

    private func start(_ work: @escaping @Sendable () async -> Arrival) {
        let task = Task { [weak self] in
            let arrival = await work()
            self?.arrived(arrival)
        }
        shared.withLock { shared in if shared.arrival == nil { shared.task = task } }
    }

    private func arrived(_ arrival: Arrival) {
        let waiter = shared.withLock { shared in
            shared.arrival = arrival
            shared.task = nil
            return shared.waiter.take()
        }
        waiter?.resume()
    }

    private func takeArrival() -> Arrival? {
        shared.withLock { shared in
            guard let arrival = shared.arrival.take() else { return nil }
            shared.task = nil
            return arrival
        }
    }

    private func signal() {
        let waiter = shared.withLock { shared in
            shared.isSignalled = true
            return shared.waiter.take()
        }
        waiter?.resume()
    }

    private func wait() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = shared.withLock { shared in
                    if shared.arrival != nil || shared.isSignalled || Task.isCancelled {
                        shared.isSignalled = false
                        return true
                    }
                    shared.waiter = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            shared.withLock { $0.task }?.cancel()
            signal()
        }
        try Task.checkCancellation()
    }

    private static func result<Value>(_ work: () async throws -> Value) async -> Result<Value, any Error> {
        do { return .success(try await work()) } catch { return .failure(error) }
    }

    // MARK: What goes out

    private func bytes(of arrival: Arrival) async throws -> [UInt8] {
        var output: [UInt8] = []
        do {
            output = try await answerBytes(of: arrival)
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            failure = error
        }
        guard let failure else { return output }
        isOver = true
        return output + EventEncoding.failure(Self.publicText(of: failure)) + EventEncoding.done
    }

    private func answerBytes(of arrival: Arrival) async throws -> [UInt8] {
        switch arrival {
        case .answer(let result):
            let answer = try result.get()
            // What the request brought was told with the first event.
            let head = SourcesEncoding.events(request.sources.isEmpty ? answer.sources : [], warnings: answer.warnings)
            switch answer.body {
            case .stream(let body):
                read(body)
                return head
            case .whole(let bytes):
                // Not streamed after all; the reader expects events.
                return head + Self.event(whole: bytes) + (try await end())
            }
        case .piece(let result):
            guard let piece = try result.get() else { return try await end() }
            return try await passed(piece)
        }
    }

    private func passed(_ piece: [UInt8]) async throws -> [UInt8] {
        guard hasOutlet || !filters.isEmpty else { return piece }
        var data = try splitter.push(piece)
        let isDone = data.last.map(Self.isDone) ?? false
        data.removeAll(where: Self.isDone)
        let output = try await filtered(data)
        return isDone && failure == nil ? output + (try await end()) : output
    }

    private func filtered(_ data: [[UInt8]]) async throws -> [UInt8] {
        var output: [UInt8] = []
        let filtered = try await filters.process(data)
        failure = filtered.failure
        for chunk in filtered.chunks {
            guard hasOutlet else {
                output += Self.event(chunk)
                continue
            }
            guard let object = (try? JSONValue(parsing: chunk))?.object else { continue }
            collector.add(object)
            let isEnd = object["choices"]?[0]?["finish_reason"]?.string != nil || object["usage"]?.object != nil
            if isEnd { held.append(chunk) } else { output += Self.event(chunk) }
        }
        return output
    }

    /// The answer is over: the outlet filters have their say, then comes what was kept back.
    private func end() async throws -> [UInt8] {
        guard hasOutlet || !filters.isEmpty else {
            isOver = true
            return []
        }
        var output = try await filtered(splitter.finish().filter { !Self.isDone($0) })
        guard failure == nil else { return output }
        if hasOutlet, collector.error == nil, collector.toolCalls.isEmpty {
            let text = try await outlets.filtered(collector.text, of: request)
            if text != collector.text {
                if text.hasPrefix(collector.text) {
                    output += chunks.chunk(["content": .string(String(text.dropFirst(collector.text.count)))])
                } else {
                    output += event(["type": "replace", "data": ["content": .string(text)]])
                }
            }
        }
        output += events.drain().flatMap(bytes(of:))
        for chunk in held { output += Self.event(chunk) }
        isOver = true
        return output + EventEncoding.done
    }

    private func bytes(of event: JSONObject) -> [UInt8] {
        switch PluginEvent(event) {
        case .text(let text):
            collector.add(["choices": [["delta": ["content": .string(text)]]]])
            return chunks.chunk(["content": .string(text)])
        case .source(let source): return extended("sources", [source.json])
        case .replacement(let text): return self.event(["type": "replace", "data": ["content": .string(text)]])
        case .other: return self.event(event)
        }
    }

    private func event(_ event: JSONObject) -> [UInt8] {
        collector.add(["event": .object(event)])
        return extended("event", .object(event))
    }

    /// A chunk that says nothing to those who do not know the key.
    private func extended(_ key: String, _ value: JSONValue) -> [UInt8] {
        var chunk: JSONObject = [
            "id": .string(chunks.id), "object": "chat.completion.chunk", "created": .int(chunks.created), "model": .string(chunks.model),
            "choices": [["index": 0, "delta": [:], "finish_reason": nil]],
        ]
        chunk[key] = value
        return EventEncoding.event(.object(chunk))
    }

    private var isAtBoundary: Bool { tail.isEmpty || tail.suffix(2).elementsEqual([0x0A, 0x0A]) }

    private func sent(_ bytes: [UInt8]) -> [UInt8] {
        isClosed = bytes.suffix(EventEncoding.done.count).elementsEqual(EventEncoding.done)
        tail = Array((tail + bytes.suffix(4)).filter { $0 != 0x0D }.suffix(2))
        return bytes
    }

    private static func isDone(_ data: [UInt8]) -> Bool { data.starts(with: "[DONE]".utf8) }

    private static func event(_ json: [UInt8]) -> [UInt8] {
        var bytes = Array("data: ".utf8)
        bytes += json
        bytes += [0x0A, 0x0A]
        return bytes
    }

    private static func event(whole bytes: [UInt8]) -> [UInt8] {
        guard var object = (try? JSONValue(parsing: bytes))?.object else { return [] }
        if var choice = object["choices"]?[0] {
            choice["delta"] = choice["message"]
            choice["message"] = nil
            object["choices"] = [choice]
            object["object"] = "chat.completion.chunk"
        }
        return EventEncoding.event(.object(object))
    }

    private static func publicText(of error: any Error) -> String {
        switch error {
        case let error as AppError: return error.message
        case let failure as UpstreamFailure:
            let body = try? JSONValue(parsing: failure.body)
            return body?["error"]?["message"]?.string ?? body?["detail"]?.string ?? "The upstream answered with status \(failure.status)."
        default: return AppError.internalError.message
        }
    }
}
