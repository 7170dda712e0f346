import Domain
package import Tracing

/// A span that is over, as it waits to be sent.
package struct FinishedSpan: Sendable {
    package struct Event: Sendable {
        var name: String
        var time: UInt64
        var attributes: SpanAttributes
    }

    package var name: String
    package var place: TraceParent
    package var parentSpanID: UInt64?
    package var kind: SpanKind
    /// Nanoseconds since 1970.
    package var start: UInt64
    package var end: UInt64
    package var attributes: SpanAttributes
    package var status: SpanStatus?
    package var events: [Event]
    package var links: [TraceParent]

    package init(
        name: String, place: TraceParent, parentSpanID: UInt64?, kind: SpanKind, start: UInt64, end: UInt64, attributes: SpanAttributes = [:],
        status: SpanStatus? = nil, events: [Event] = [], links: [TraceParent] = []
    ) {
        self.name = name
        self.place = place
        self.parentSpanID = parentSpanID
        self.kind = kind
        self.start = start
        self.end = end
        self.attributes = attributes
        self.status = status
        self.events = events
        self.links = links
    }
}

/// OTLP's JSON: ids in hexadecimal, 64-bit numbers as texts
/// (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
enum OTLPEncoding {
    static func request(_ spans: [FinishedSpan], resource: [(key: String, value: String)]) -> JSONValue {
        [
            "resourceSpans": [
                [
                    "resource": [
                        "attributes": .array(resource.map { ["key": .string($0.key), "value": ["stringValue": .string($0.value)]] })
                    ],
                    "scopeSpans": [["scope": ["name": "haneul"], "spans": .array(spans.map(span))]],
                ]
            ]
        ]
    }

    private static func span(_ span: FinishedSpan) -> JSONValue {
        var object: JSONObject = [
            "traceId": .string(span.place.traceID), "spanId": .string(span.place.spanText), "flags": .int(span.place.isSampled ? 1 : 0),
            "name": .string(span.name), "kind": .int(kind(span.kind)), "startTimeUnixNano": .string(String(span.start)),
            "endTimeUnixNano": .string(String(max(span.start, span.end))), "attributes": attributes(span.attributes),
        ]
        if !span.place.state.isEmpty { object["traceState"] = .string(span.place.state) }
        if let parent = span.parentSpanID {
            var place = span.place
            place.spanID = parent
            object["parentSpanId"] = .string(place.spanText)
        }
        if !span.events.isEmpty {
            object["events"] = .array(
                span.events.map {
                    ["timeUnixNano": .string(String($0.time)), "name": .string($0.name), "attributes": attributes($0.attributes)]
                })
        }
        if !span.links.isEmpty {
            object["links"] = .array(span.links.map { ["traceId": .string($0.traceID), "spanId": .string($0.spanText)] })
        }
        if let status = span.status {
            var value: JSONObject = ["code": .int(status.code == .ok ? 1 : 2)]
            if let message = status.message { value["message"] = .string(message) }
            object["status"] = .object(value)
        }
        return .object(object)
    }

    private static func kind(_ kind: SpanKind) -> Int {
        switch kind {
        case .internal: 1
        case .server: 2
        case .client: 3
        case .producer: 4
        case .consumer: 5
        }
    }

    private static func attributes(_ attributes: SpanAttributes) -> JSONValue {
        var list: [JSONValue] = []
        attributes.forEach { name, attribute in
            if let value = value(attribute) { list.append(["key": .string(name), "value": value]) }
        }
        return .array(list)
    }

    private static func value(_ attribute: SpanAttribute) -> JSONValue? {
        func array(_ values: [JSONValue]) -> JSONValue { ["arrayValue": ["values": .array(values)]] }
        func number(_ value: some BinaryInteger) -> JSONValue { ["intValue": .string(String(value))] }
        switch attribute {
        case .int32(let value): return number(value)
        case .int64(let value): return number(value)
        case .double(let value): return ["doubleValue": .double(value)]
        case .bool(let value): return ["boolValue": .bool(value)]
        case .string(let value): return ["stringValue": .string(value)]
        case .stringConvertible(let value): return ["stringValue": .string("\(value)")]
        case .int32Array(let values): return array(values.map(number))
        case .int64Array(let values): return array(values.map(number))
        case .doubleArray(let values): return array(values.map { ["doubleValue": .double($0)] })
        case .boolArray(let values): return array(values.map { ["boolValue": .bool($0)] })
        case .stringArray(let values): return array(values.map { ["stringValue": .string($0)] })
        case .stringConvertibleArray(let values): return array(values.map { ["stringValue": .string("\($0)")] })
        default: return nil
        }
    }
}
