package import Tracing

/// A span's place in a trace, as W3C's `traceparent` and `tracestate` say it.
package struct TraceParent: Sendable, Hashable {
    package var traceHigh: UInt64
    package var traceLow: UInt64
    package var spanID: UInt64
    package var isSampled: Bool
    /// What other tracers want passed on.
    package var state: String

    package init(traceHigh: UInt64, traceLow: UInt64, spanID: UInt64, isSampled: Bool, state: String = "") {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.spanID = spanID
        self.isSampled = isSampled
        self.state = state
    }

    /// Reads `00-<32 hex>-<16 hex>-<2 hex>`; later versions may have more behind that. `nil` for anything else: a trace begins anew then.
    package init?(_ text: String, state: String = "") {
        let bytes = Array(text.utf8)
        guard bytes.count >= 55, bytes[2] == UInt8(ascii: "-"), bytes[35] == UInt8(ascii: "-"), bytes[52] == UInt8(ascii: "-"),
            let version = Self.hex(bytes[0..<2]), version != 0xFF, bytes.count == 55 || (version > 0 && bytes[55] == UInt8(ascii: "-")),
            let high = Self.hex(bytes[3..<19]), let low = Self.hex(bytes[19..<35]), let span = Self.hex(bytes[36..<52]),
            let flags = Self.hex(bytes[53..<55]), high | low != 0, span != 0
        else { return nil }
        self.init(traceHigh: high, traceLow: low, spanID: span, isSampled: flags & 1 == 1, state: state.utf8.count <= 512 ? state : "")
    }

    package var text: String { "00-\(traceID)-\(spanText)-\(isSampled ? "01" : "00")" }
    package var traceID: String { Self.text(traceHigh) + Self.text(traceLow) }
    package var spanText: String { Self.text(spanID) }

    /// A span below this one.
    package func child() -> TraceParent {
        var child = self
        child.spanID = .random(in: 1...UInt64.max)
        return child
    }

    /// The first span of a trace.
    package static func root(isSampled: (UInt64) -> Bool) -> TraceParent {
        let low = UInt64.random(in: 1...UInt64.max)
        return TraceParent(
            traceHigh: .random(in: 0...UInt64.max), traceLow: low, spanID: .random(in: 1...UInt64.max), isSampled: isSampled(low))
    }

    private static func hex(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - 0x30)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - 0x57)
            default: return nil
            }
        }
        return value
    }

    private static func text(_ value: UInt64) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
    }
}

private enum TraceParentKey: ServiceContextKey {
    typealias Value = TraceParent
}

extension ServiceContext {
    /// The span that the current task works in.
    package var traceParent: TraceParent? {
        get { self[TraceParentKey.self] }
        set { self[TraceParentKey.self] = newValue }
    }
}
