import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1

/// What the doctor found, in the order in which it looked.
struct DoctorReport {
    private var lines: [String] = []
    private var notes: [String] = []
    private(set) var hasFailures = false

    mutating func good(_ area: String, _ text: String) { lines.append("ok    \(area): \(text)") }
    mutating func warn(_ area: String, _ text: String, _ cure: String) { lines.append("warn  \(area): \(text). \(cure)") }
    mutating func note(_ text: String) { notes.append("  \(text)") }

    mutating func bad(_ area: String, _ text: String, _ cure: String) {
        hasFailures = true
        lines.append("FAIL  \(area): \(text)\(text.hasSuffix(".") ? "" : ".") \(cure)")
    }

    func print() {
        Swift.print(lines.joined(separator: "\n"))
        if !notes.isEmpty { Swift.print("\nConfiguration in force:\n" + notes.joined(separator: "\n")) }
    }
}

extension Doctor {
    /// Asks an upstream; an error status or no answer is a failure of that upstream, with a cure.
    static func probe(_ url: String, bearer: String, label: String, _ cure: String, _ report: inout DoctorReport) async {
        var request = HTTPClientRequest(url: url)
        if !bearer.isEmpty { request.headers.add(name: "Authorization", value: "Bearer \(bearer)") }
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
            if response.status.code < 400 {
                report.good("upstream", "\(label) answers")
            } else {
                report.bad("upstream", "\(label) answers with status \(response.status.code)", cure)
            }
        } catch {
            report.bad("upstream", "\(label) does not answer", cure)
        }
    }
}
