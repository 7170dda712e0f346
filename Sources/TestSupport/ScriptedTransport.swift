package import Domain
import Synchronization

/// An upstream that answers as a test says and remembers what it was asked.
package final class ScriptedTransport: UpstreamTransport {
    private let script: @Sendable (UpstreamRequest) async throws -> UpstreamResponse
    private let seen = Mutex<[UpstreamRequest]>([])

    package init(_ script: @escaping @Sendable (UpstreamRequest) async throws -> UpstreamResponse) { self.script = script }

    package var requests: [UpstreamRequest] { seen.withLock { $0 } }

    package func send(_ request: UpstreamRequest) async throws -> UpstreamResponse {
        seen.withLock { $0.append(request) }
        return try await script(request)
    }
}

extension UpstreamRequest {
    /// The body as JSON, `null` when it is none.
    package var json: JSONValue { (try? JSONValue(parsing: body)) ?? .null }

    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}

extension UpstreamResponse {
    package static func json(_ value: JSONValue, status: Int = 200, headers: [(name: String, value: String)] = []) -> UpstreamResponse {
        UpstreamResponse(
            status: status, headers: [(name: "content-type", value: "application/json")] + headers, body: .pieces([value.jsonBytes]))
    }

    package static func pieces(
        _ pieces: [String], status: Int = 200, type: String = "text/event-stream", failure: (any Error)? = nil
    ) -> UpstreamResponse {
        UpstreamResponse(
            status: status, headers: [(name: "content-type", value: type)], body: .pieces(pieces.map { Array($0.utf8) }, failure: failure))
    }
}

extension UpstreamBody {
    /// These pieces, then the end, or the failure.
    package static func pieces(_ pieces: [[UInt8]], failure: (any Error)? = nil) -> UpstreamBody {
        UpstreamBody {
            let rest = Mutex(pieces[...])
            return {
                if let piece = rest.withLock({ $0.popFirst() }) { return piece }
                if let failure { throw failure }
                return nil
            }
        }
    }
}
