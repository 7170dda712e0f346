/// A streamed answer with tools in between: text is passed on as it comes, calls of the server's tools are kept back and run.
actor ToolLoopStream {
    private var run: ToolRun
    private let provider: any ChatProvider
    private let makeDecoder: @Sendable () -> any ChatEventDecoder
    private let encode: @Sendable (JSONObject) -> [UInt8]
    private let done: [UInt8]

    private var pull: (@Sendable () async throws -> [UInt8]?)?
    private var decoder: any ChatEventDecoder
    private var collector = AnswerCollector()
    /// Chunks of this round that only go out when the client has to run the calls.
    private var held: [JSONObject] = []
    private var id: JSONValue?
    private var round = 0

    init(
        run: ToolRun, provider: any ChatProvider, first: UpstreamBody, makeDecoder: @escaping @Sendable () -> any ChatEventDecoder,
        encode: @escaping @Sendable (JSONObject) -> [UInt8], done: [UInt8]
    ) {
        self.run = run
        self.provider = provider
        self.makeDecoder = makeDecoder
        self.encode = encode
        self.done = done
        decoder = makeDecoder()
        pull = first.makeAsyncIterator().pull
    }

    func next() async throws -> [UInt8]? {
        while let pull {
            var chunks: [JSONObject]
            let isOver: Bool
            if let piece = try await pull() {
                chunks = try decoder.push(piece)
                isOver = false
            } else {
                chunks = decoder.finish()
                isOver = true
            }
            var output: [UInt8] = []
            for chunk in chunks { output += pass(chunk) }
            if isOver { output += await endRound() }
            if !output.isEmpty { return output }
        }
        return nil
    }

    /// - Returns: what goes out now.
    private func pass(_ chunk: JSONObject) -> [UInt8] {
        collector.add(chunk)
        var chunk = chunk
        // One answer has one id, however many rounds it took.
        if let id { if chunk["id"] != nil { chunk["id"] = id } } else { id = chunk["id"] }
        if chunk["error"] != nil { return encode(chunk) }
        let choice = chunk["choices"]?[0]
        let delta = choice?["delta"]
        let isCall = delta?["tool_calls"]?.array?.isEmpty == false
        let isEnd = choice?["finish_reason"]?.string != nil
        let isUsage = chunk["usage"]?.object != nil
        if isCall || isEnd || isUsage {
            held.append(chunk)
            return []
        }
        let isOnlyRole = delta?["role"] != nil && (delta?["content"]?.string ?? "").isEmpty && (delta?["reasoning_content"]?.string ?? "").isEmpty
        if round > 0, isOnlyRole { return [] }
        return encode(chunk)
    }

    private func endRound() async -> [UInt8] {
        run.count(collector.usage)
        guard run.canRun(collector) else {
            pull = nil
            var output: [UInt8] = []
            for var chunk in held {
                if chunk["usage"]?.object != nil, let usage = run.usage { chunk["usage"] = .object(usage) }
                output += encode(chunk)
            }
            return output + done
        }
        let known = run.sources.count
        do {
            var next = run
            try await next.runTools(collector)
            run = next
            let answer = try await provider.answer(run.request)
            guard case .stream(let body) = answer.body else { throw AppError(.upstreamFailed, "The upstream stopped streaming.") }
            pull = body.makeAsyncIterator().pull
        } catch {
            pull = nil
            let message = (error as? AppError)?.message ?? "Chat completion stream failed"
            return encode(["error": ["message": .string(message)]]) + done
        }
        decoder = makeDecoder()
        collector = AnswerCollector()
        held = []
        round += 1
        let new = run.sources[known...]
        return new.isEmpty ? [] : encode(["sources": .array(new.map(\.json))])
    }
}
