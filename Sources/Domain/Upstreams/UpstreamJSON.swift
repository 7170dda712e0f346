/// Short exchanges with an upstream whose answer is one JSON document.
package enum UpstreamJSON {
    /// Longer answers are not believed.
    package static let longest = 64 << 20

    /// - Throws: `UpstreamFailure` for an error status, `AppError(.upstreamFailed)` for an answer that is no JSON.
    package static func get(_ connection: Connection, _ path: String, within seconds: Int, transport: any UpstreamTransport) async throws -> JSONValue
    {
        var request = connection.request("GET", path, accept: "application/json")
        request.firstByteSeconds = seconds
        request.idleSeconds = seconds
        return try await json(try await transport.send(request))
    }

    /// The whole answer.
    package static func json(_ response: UpstreamResponse) async throws -> JSONValue {
        let body = try await response.body.collect(upTo: longest)
        guard (200..<300).contains(response.status) else { throw UpstreamFailure(response, body: body) }
        do {
            return try JSONValue(parsing: body)
        } catch {
            throw AppError(.upstreamFailed, "The upstream's answer is no JSON.", cause: error)
        }
    }
}

extension UpstreamFailure {
    /// An upstream's error answer whose body has been read. What is neither JSON nor text is called text.
    package init(_ response: UpstreamResponse, body: [UInt8]) {
        let isJSON = (try? JSONValue(parsing: body)) != nil
        self.init(
            status: response.status, contentType: isJSON ? "application/json" : "text/plain; charset=utf-8", body: body,
            retryAfter: response.header("retry-after"))
        trace = response.route
    }
}
