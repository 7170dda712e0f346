import Synchronization
package import Tracing

/// Traces that leave the process as OTLP. Spans that nobody records only carry their place in the trace on.
package struct OTLPTracer: Tracer {
    package typealias Span = OTLPSpan

    let configuration: TraceConfiguration
    let exporter: SpanExporter

    package init(configuration: TraceConfiguration, exporter: SpanExporter) {
        self.configuration = configuration
        self.exporter = exporter
    }

    package func startSpan<Instant: TracerInstant>(
        _ operationName: String, context: @autoclosure () -> ServiceContext, ofKind kind: SpanKind, at instant: @autoclosure () -> Instant,
        function: String, file fileID: String, line: UInt
    ) -> OTLPSpan {
        var context = context()
        let parent = context.traceParent
        let place = place(below: parent)
        context.traceParent = place
        return OTLPSpan(
            operationName, context: context, place: place, parentSpanID: parent?.spanID, kind: kind, start: instant().nanosecondsSinceEpoch,
            exporter: place.isSampled ? exporter : nil)
    }

    /// A new span's place. The local parent's decision is always followed, a foreign one's when so configured; there is no telling
    /// them apart here, and a local parent has decided by the same rule.
    func place(below parent: TraceParent?) -> TraceParent {
        guard var place = parent?.child() else { return .root(isSampled: configuration.sampler.samples) }
        if !configuration.followsParent { place.isSampled = configuration.sampler.samples(place.traceLow) }
        return place
    }

    package func forceFlush() {}

    package func extract<Carrier, Extract: Extractor>(_ carrier: Carrier, into context: inout ServiceContext, using extractor: Extract)
    where Extract.Carrier == Carrier {
        guard let text = extractor.extract(key: "traceparent", from: carrier) else { return }
        context.traceParent = TraceParent(text, state: extractor.extract(key: "tracestate", from: carrier) ?? "")
    }

    package func inject<Carrier, Inject: Injector>(_ context: ServiceContext, into carrier: inout Carrier, using injector: Inject)
    where Inject.Carrier == Carrier {
        guard let place = context.traceParent else { return }
        injector.inject(place.text, forKey: "traceparent", into: &carrier)
        if !place.state.isEmpty { injector.inject(place.state, forKey: "tracestate", into: &carrier) }
    }
}

package final class OTLPSpan: Tracing.Span {
    private struct State {
        var name: String
        var attributes: SpanAttributes = [:]
        var status: SpanStatus?
        var events: [FinishedSpan.Event] = []
        var links: [TraceParent] = []
        var isOver = false
    }

    package let context: ServiceContext
    private let place: TraceParent
    private let parentSpanID: UInt64?
    private let kind: SpanKind
    private let start: UInt64
    /// `nil` for spans that are not recorded.
    private let exporter: SpanExporter?
    private let state: Mutex<State>

    /// More than this of each is not kept.
    private static let mostEvents = 64

    init(
        _ name: String, context: ServiceContext, place: TraceParent, parentSpanID: UInt64?, kind: SpanKind, start: UInt64, exporter: SpanExporter?
    ) {
        self.context = context
        self.place = place
        self.parentSpanID = parentSpanID
        self.kind = kind
        self.start = start
        self.exporter = exporter
        state = Mutex(State(name: name))
    }

    package var isRecording: Bool { exporter != nil && state.withLock { !$0.isOver } }

    package var operationName: String {
        get { state.withLock { $0.name } }
        set { change { $0.name = newValue } }
    }

    package var attributes: SpanAttributes {
        get { state.withLock { $0.attributes } }
        set { change { $0.attributes = newValue } }
    }

    package func setStatus(_ status: SpanStatus) { change { $0.status = status } }

    package func addEvent(_ event: SpanEvent) {
        change { state in
            guard state.events.count < Self.mostEvents else { return }
            state.events.append(FinishedSpan.Event(name: event.name, time: event.nanosecondsSinceEpoch, attributes: event.attributes))
        }
    }

    /// The error's type, not its text: texts may hold what belongs in no trace.
    package func recordError<Instant: TracerInstant>(_ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant) {
        let time = instant().nanosecondsSinceEpoch
        change { state in
            guard state.events.count < Self.mostEvents else { return }
            var attributes = attributes
            attributes["exception.type"] = String(describing: type(of: error))
            state.events.append(FinishedSpan.Event(name: "exception", time: time, attributes: attributes))
        }
    }

    package func addLink(_ link: SpanLink) {
        guard let place = link.context.traceParent else { return }
        change { if $0.links.count < Self.mostEvents { $0.links.append(place) } }
    }

    package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
        guard let exporter else { return }
        let final: State? = state.withLock { state in
            guard !state.isOver else { return nil }
            state.isOver = true
            return state
        }
        guard let final else { return }
        exporter.add(
            FinishedSpan(
                name: final.name, place: place, parentSpanID: parentSpanID, kind: kind, start: start, end: instant().nanosecondsSinceEpoch,
                attributes: final.attributes, status: final.status, events: final.events, links: final.links))
    }

    private func change(_ work: (inout State) -> Void) {
        guard exporter != nil else { return }
        state.withLock { state in if !state.isOver { work(&state) } }
    }
}
