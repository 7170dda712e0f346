package import Domain

/// Prometheus' text exposition format 0.0.4.
package struct PrometheusText {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package enum Kind: String { case counter, gauge, histogram }

    package private(set) var text = ""

    package init() {}

    package typealias Labels = KeyValuePairs<String, String>

    /// The head of a family; its samples follow.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        text += "# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n# TYPE \(name) \(kind.rawValue)\n"
    }

    package mutating func sample(_ name: String, _ labels: Labels = [:], _ value: Int) { line(name, labels, String(value)) }

    package mutating func sample(_ name: String, _ labels: Labels = [:], _ value: Double) { line(name, labels, Self.number(value)) }

    package mutating func histogram(_ name: String, _ labels: Labels, _ histogram: Histogram) {
        var sum = 0
        for (bound, count) in zip(Histogram.bounds + [.infinity], histogram.counts) {
            sum += count
            line(name + "_bucket", labels, String(sum), more: ("le", Self.number(bound)))
        }
        line(name + "_sum", labels, Self.number(histogram.sum))
        line(name + "_count", labels, String(histogram.count))
    }

    private mutating func line(_ name: String, _ labels: Labels, _ value: String, more: (String, String)? = nil) {
        text += name
        var separator = "{"
        for (key, value) in labels.map({ ($0.key, $0.value) }) + (more.map { [$0] } ?? []) {
            text += "\(separator)\(key)=\"\(Self.escaped(value))\""
            separator = ","
        }
        if separator == "," { text += "}" }
        text += " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        if value == .infinity { return "+Inf" }
        if value == -.infinity { return "-Inf" }
        if value.isNaN { return "NaN" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    }
}
