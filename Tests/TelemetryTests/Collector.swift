import Domain
import Synchronization
import TestSupport

/// A collector in this process, which answers as a test says and keeps what it got.
final class Collector: Sendable {
    struct Request: Sendable {
        var url: String
        var headers: [String: String]
        var status: Int
        var body: JSONValue
    }

    private let state: Mutex<(answers: [String], requests: [Request])>

    /// - Parameter answers: statuses, one after the other, `503/0` with Retry-After; afterwards 200.
    init(answers: [String] = []) { state = Mutex((answers, [])) }

    let endpoint = "http://collector:4318/v1/traces"

    /// What came, refused requests included.
    var requests: [Request] { state.withLock { $0.requests } }

    /// Of the requests that were taken.
    var spans: [JSONValue] {
        requests.filter { $0.status == 200 }.flatMap { $0.body["resourceSpans"]?[0]?["scopeSpans"]?[0]?["spans"]?.array ?? [] }
    }

    var transport: ScriptedTransport {
        ScriptedTransport { [self] request in
            let answer = state.withLock { $0.answers.isEmpty ? "200" : $0.answers.removeFirst() }.split(separator: "/")
            let status = Int(answer[0]) ?? 0
            let headers = Dictionary(request.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
            state.withLock { $0.requests.append(Request(url: request.url, headers: headers, status: status, body: request.json)) }
            if status == 0 { throw AppError(.upstreamFailed, "The upstream cannot be reached.") }
            return .json([:], status: status, headers: answer.count > 1 ? [(name: "retry-after", value: String(answer[1]))] : [])
        }
    }
}
