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
        try self.request(in: try await body(of: request), of: request, principal: principal)
    }

    func body(of request: Request) async throws -> ByteBuffer { try await request.collectedBody(limit: limit) }

    /// The same of a body that was already collected.
    func request(in buffer: ByteBuffer, of request: Request, principal: Principal) throws -> ChatRequest {
        let object = try Request.jsonObject(in: buffer, contentType: request.headers[.contentType])
        var chat = Self.request(object, verbatim: buffer, principal: principal)
        chat.failedBefore = Self.failedBefore(request)
        Self.takeResumable(from: &chat)
        return chat
    }

    /// `stream_options.resumable` is meant for this server; no upstream sees it.
    private static func takeResumable(from chat: inout ChatRequest) {
        guard var options = chat.body["stream_options"]?.object, let wish = options["resumable"] else { return }
        options["resumable"] = nil
        chat.body["stream_options"] = options.isEmpty ? nil : .object(options)
        chat.isResumable = chat.isStream && wish.bool == true
    }

    /// What the relay says of a chat that it has handed on: `openai:0 (status 503)`.
    private static func failedBefore(_ request: Request) -> [UpstreamAttempt] {
        guard let name = noteName, let note = request.headers[name], let open = note.firstRange(of: " ("), note.hasSuffix(")") else { return [] }
        return [UpstreamAttempt(String(note[..<open.lowerBound]), String(note[open.upperBound...].dropLast()))]
    }

    private static let noteName = HTTPField.Name(RelayNote.headerName)

    /// Parts what is ours from what is the model's.
    package static func request(_ object: JSONObject, principal: Principal) -> ChatRequest {
        let object = object.withoutOtherSpellings(of: "model")
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
