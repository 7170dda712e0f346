package import Domain
import Tracing

/// Spans of relayed chats: the request, and below it the upstream's part.
package struct RelayTracer: RelayTracing {
    private let tracer: OTLPTracer

    package init(tracer: OTLPTracer) { self.tracer = tracer }

    package func begin(traceparent: String?) -> any RelaySpan {
        let parent = traceparent.flatMap { TraceParent($0) }
        let place = tracer.place(below: parent)
        return RelayedSpan(
            place: place, upstream: place.child(), parentSpanID: parent?.spanID, start: DefaultTracerClock.now.nanosecondsSinceEpoch,
            exporter: tracer.exporter)
    }
}

private struct RelayedSpan: RelaySpan {
    let place: TraceParent
    let upstream: TraceParent
    let parentSpanID: UInt64?
    let start: UInt64
    let exporter: SpanExporter

    var traceparent: String { upstream.text }

    func end(_ record: UsageRecord) {
        guard place.isSampled else { return }
        let end = DefaultTracerClock.now.nanosecondsSinceEpoch
        var attributes: SpanAttributes = [:]
        attributes["http.request.method"] = "POST"
        attributes["http.response.status_code"] = record.status
        attributes["haneul.request_id"] = record.requestID
        attributes["haneul.relayed"] = true
        var server = attributes
        server["http.route"] = record.relayedRoute
        server["url.path"] = record.relayedRoute
        var client = attributes
        client["haneul.upstream"] = record.upstream
        client["gen_ai.request.model"] = record.modelID
        client["gen_ai.usage.input_tokens"] = record.tokens.input
        client["gen_ai.usage.output_tokens"] = record.tokens.output
        let status = record.failure == nil ? nil : SpanStatus(code: .error, message: record.failure?.rawValue)
        exporter.add(
            FinishedSpan(
                name: "POST", place: upstream, parentSpanID: place.spanID, kind: .client, start: start, end: end, attributes: client, status: status))
        exporter.add(
            FinishedSpan(
                name: "POST \(record.relayedRoute)", place: place, parentSpanID: parentSpanID, kind: .server, start: start, end: end,
                attributes: server, status: status))
    }
}
