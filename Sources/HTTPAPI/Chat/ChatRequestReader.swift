package import Domain
import HTTPTypes
package import Hummingbird
import NIOCore
import Wire

/// Reads the body of a chat completion.
package struct ChatRequestReader: Sendable {
    private let limit: Int

    /// - Parameter limit: bytes of the largest body.
    package init(limit: Int) { self.limit = limit }

    /// - Throws: 422 for what is no JSON object, 400 for bytes that are not UTF-8, 413 for too much.
    package func request(from request: Request, principal: Principal) async throws -> ChatRequest {
        let buffer = try await request.collectedBody(limit: limit)
        let object = try Request.jsonObject(in: buffer, contentType: request.headers[.contentType])
        var chat = Self.request(object, verbatim: buffer, principal: principal)
        chat.failedBefore = Self.failedBefore(request)
        return chat
    }

    /// What the relay says of a chat that it has handed on: `openai:0 (status 503)`.
    private static func failedBefore(_ request: Request) -> [UpstreamAttempt] {
        guard let name = noteName, let note = request.headers[name], let open = note.firstRange(of: " ("), note.hasSuffix(")") else { return [] }
        return [UpstreamAttempt(String(note[..<open.lowerBound]), String(note[open.upperBound...].dropLast()))]
    }

    private static let noteName = HTTPField.Name(RelayNote.headerName)

    /// Parts what is ours from what is the model's.
    package static func request(_ object: JSONObject, principal: Principal) -> ChatRequest {
        let own = object.filter { key, _ in ChatOwnFields.byName[key] != nil }
        return ChatRequest(body: object.filter { key, _ in ChatOwnFields.byName[key] == nil }, own: own, principal: principal)
    }

    private static func request(_ object: JSONObject, verbatim buffer: ByteBuffer, principal: Principal) -> ChatRequest {
        var result = request(object, principal: principal)
        let scan = buffer.withUnsafeReadableBytes { ChatBodyScan(scanning: $0) }
        if let scan {
            result.verbatim = { model in buffer.withUnsafeReadableBytes { scan.forwarded($0, model: model) } }
        }
        return result
    }
}
