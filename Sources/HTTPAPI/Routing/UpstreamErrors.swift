import Domain
import Hummingbird
import HTTPTypes

extension Response {
    /// An Ollama node's error in our shape: its status, and its error text (or object) as `detail`.
    static func detail(of upstream: UpstreamResponse) async throws -> Response {
        let body = try await upstream.body.collect(upTo: 1 << 20)
        let text = String(decoding: body, as: UTF8.self)
        let json = try? JSONValue(parsing: body)
        let detail = json?["error"] ?? json?["detail"] ?? .string(text.isEmpty ? "The upstream answered with status \(upstream.status)." : text)
        var headers = HTTPFields()
        if let retryAfter = upstream.header("retry-after") { headers[.retryAfter] = retryAfter }
        return .json(["detail": detail], status: .init(code: upstream.status), headers: headers)
    }
}
