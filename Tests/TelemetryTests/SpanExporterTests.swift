import Domain
import Logging
import Telemetry
import TestSupport
import Testing
import Tracing

struct SpanExporterTests {
    /// A tracer whose spans a collector takes while `work` runs.
    private func with(
        _ collector: Collector, change: (inout TraceConfiguration) -> Void = { _ in },
        _ work: (OTLPTracer, SpanExporter) async throws -> Void
    ) async throws {
        var configuration = TraceConfiguration(endpoint: collector.endpoint)
        configuration.delayMilliseconds = 20
        configuration.firstBackoffMilliseconds = 20
        configuration.resource = [(key: "service.name", value: "test")]
        configuration.headers = [(name: "api-key", value: "k")]
        change(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let exporter = SpanExporter(configuration: configuration, transport: collector.transport, logger: logger)
        let running = Task { await exporter.run() }
        do {
            try await work(OTLPTracer(configuration: configuration, exporter: exporter), exporter)
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        await running.value
    }

    @Test func `spans arrive with everything that was said of them`() async throws {
        let collector = Collector()
        try await with(collector) { tracer, _ in
            let parent = tracer.startSpan("parent", context: .topLevel, ofKind: .server)
            let child = tracer.startSpan("child", context: parent.context, ofKind: .client)
            child.attributes["text"] = "안녕"
            child.attributes["number"] = 7
            child.attributes["share"] = 0.5
            child.attributes["flag"] = true
            child.attributes["list"] = ["a", "b"]
            child.addEvent(SpanEvent(name: "event"))
            child.recordError(AppError(.badRequest, "secret text"))
            child.setStatus(SpanStatus(code: .error, message: "broken"))
            child.end()
            child.end()
            child.attributes["late"] = 1
            parent.operationName = "renamed"
            parent.end()
            #expect(await eventually { collector.spans.count == 2 })
        }
        let request = try #require(collector.requests.first)
        #expect(request.url == collector.endpoint)
        #expect(request.headers["content-type"] == "application/json")
        #expect(request.headers["api-key"] == "k")
        #expect(
            request.body["resourceSpans"]?[0]?["resource"]?["attributes"]?[0]
                == ["key": "service.name", "value": ["stringValue": "test"]])
        let child = try #require(collector.spans.first { $0["name"]?.string == "child" })
        let parent = try #require(collector.spans.first { $0["name"]?.string == "renamed" })
        #expect(collector.spans.count == 2)
        #expect(child["parentSpanId"] == parent["spanId"])
        #expect(child["traceId"] == parent["traceId"])
        #expect((child["traceId"]?.string?.count, child["spanId"]?.string?.count, parent["parentSpanId"]) == (32, 16, nil))
        #expect((parent["kind"]?.int, child["kind"]?.int) == (2, 3))
        let start = try #require(child["startTimeUnixNano"]?.string.flatMap { UInt64($0) })
        let end = try #require(child["endTimeUnixNano"]?.string.flatMap { UInt64($0) })
        #expect(end >= start && start > 1_700_000_000_000_000_000)
        #expect(child["status"] == ["code": 2, "message": "broken"])
        let attributes = Dictionary(
            uniqueKeysWithValues: (child["attributes"]?.array ?? []).map { ($0["key"]?.string ?? "", $0["value"] ?? .null) })
        #expect(attributes["text"] == ["stringValue": "안녕"])
        #expect(attributes["number"] == ["intValue": "7"])
        #expect(attributes["share"] == ["doubleValue": 0.5])
        #expect(attributes["flag"] == ["boolValue": true])
        #expect(attributes["list"] == ["arrayValue": ["values": [["stringValue": "a"], ["stringValue": "b"]]]])
        #expect(attributes["late"] == nil)
        #expect(child["events"]?.array?.compactMap { $0["name"]?.string } == ["event", "exception"])
        #expect(!child.jsonText.contains("secret"))
    }

    @Test func `a collector that is away gets the same batch again, one that refuses does not`() async throws {
        let collector = Collector(answers: ["503/0", "429/0", "502", "0"])
        try await with(collector) { tracer, exporter in
            tracer.startSpan("patient", context: .topLevel).end()
            #expect(await eventually { collector.spans.count == 1 })
            #expect(await eventually { exporter.figures.sent == 1 })
        }
        #expect(collector.requests.map(\.status) == [503, 429, 502, 0, 200])
        let refusing = Collector(answers: ["400"])
        try await with(refusing) { tracer, exporter in
            tracer.startSpan("refused", context: .topLevel).end()
            #expect(await eventually { exporter.figures.dropped == 1 })
            tracer.startSpan("next", context: .topLevel).end()
            #expect(await eventually { refusing.spans.count == 1 })
        }
        #expect(refusing.requests.map(\.status) == [400, 200])
    }

    @Test func `the queue is bounded and what is left goes out at the end`() async throws {
        let collector = Collector()
        try await with(
            collector,
            change: {
                $0.queueSize = 10; $0.batchSize = 4; $0.delayMilliseconds = 60_000
            }
        ) { tracer, exporter in
            for index in 0..<3 { tracer.startSpan("\(index)", context: .topLevel).end() }
            #expect((exporter.figures.waiting, collector.spans.count) == (3, 0))
        }
        #expect(await eventually { collector.spans.count == 3 })
        var configuration = TraceConfiguration(endpoint: "http://127.0.0.1:1/v1/traces")
        configuration.queueSize = 10
        let idle = SpanExporter(configuration: configuration, transport: Collector().transport, logger: Logger(label: "test"))
        let tracer = OTLPTracer(configuration: configuration, exporter: idle)
        for _ in 0..<25 { tracer.startSpan("x", context: .topLevel).end() }
        #expect((idle.figures.waiting, idle.figures.dropped) == (10, 15))
    }

    @Test func `what is not sampled only passes its place on`() throws {
        var configuration = TraceConfiguration(endpoint: "http://127.0.0.1:1")
        configuration.sampler = .ratio(0.25)
        let exporter = SpanExporter(configuration: configuration, transport: Collector().transport, logger: Logger(label: "test"))
        let tracer = OTLPTracer(configuration: configuration, exporter: exporter)
        for _ in 0..<2000 { tracer.startSpan("x", context: .topLevel).end() }
        #expect((300...700).contains(exporter.figures.waiting + exporter.figures.dropped))
        let before = exporter.figures.waiting
        var parent = ServiceContext.topLevel
        tracer.extract(["traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"], into: &parent, using: DictionaryExtractor())
        let span = tracer.startSpan("x", context: parent)
        span.attributes["a"] = 1
        #expect(!span.isRecording)
        span.end()
        var carrier: [String: String] = [:]
        tracer.inject(span.context, into: &carrier, using: DictionaryInjector())
        let text = try #require(carrier["traceparent"])
        #expect(text.hasPrefix("00-4bf92f3577b34da6a3ce929d0e0e4736-") && text.hasSuffix("-00") && !text.contains("00f067aa0ba902b7"))
        #expect(exporter.figures.waiting == before)
    }

    @Test func `upstreams get their place, and their span lasts as long as their answer`() async throws {
        let collector = Collector()
        let upstream = ScriptedTransport { _ in .pieces(["a", "b"], status: 200) }
        try await with(collector) { tracer, exporter in
            let transport = TracedTransport(transport: upstream, tracer: tracer)
            var request = UpstreamRequest(url: "https://user:secret@host:1/v1/chat?key=secret", headers: [(name: "Traceparent", value: "forged")])
            request.upstream = "openai:0"
            let response = try await transport.send(request)
            var pieces = response.body.makeAsyncIterator()
            _ = try await pieces.next()
            #expect(exporter.figures.sent + exporter.figures.waiting == 0)
            _ = try await pieces.next()
            #expect(try await pieces.next() == nil)
            #expect(await eventually { collector.spans.count == 1 })
        }
        let sent = try #require(upstream.requests.first)
        let span = try #require(collector.spans.first)
        let place = try #require(TraceParent(sent.header("traceparent") ?? ""))
        #expect(sent.headers.filter { $0.name.lowercased() == "traceparent" }.count == 1)
        #expect((span["traceId"]?.string, span["spanId"]?.string) == (place.traceID, place.spanText))
        #expect(!span.jsonText.contains("secret"))
        #expect(span.jsonText.contains("host:1") && span.jsonText.contains("openai:0"))
    }
}

private struct DictionaryExtractor: Extractor {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
}

private struct DictionaryInjector: Injector {
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) { carrier[key] = value }
}
