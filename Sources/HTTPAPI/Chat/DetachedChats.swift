package import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization
import Wire

/// Chats that do not hang on their client: those with an `Idempotency-Key`, made once however often they are asked for, and streams
/// that can be resumed.
package struct DetachedChats: Sendable {
    package let shelf: AnswerShelf
    private let makeDigest: DigestMaker

    package init(shelf: AnswerShelf, makeDigest: @escaping DigestMaker) {
        self.shelf = shelf
        self.makeDigest = makeDigest
    }

    /// The fingerprint of a request: where it goes and every byte of its body.
    func fingerprint(path: String, body: ByteBuffer) -> String {
        var digest = makeDigest()
        digest.update(path + "\n")
        body.withUnsafeReadableBytes { digest.update($0) }
        return digest.hex()
    }

    /// Answers a chat from the shelf, where it is put by `complete` when it is not there yet.
    /// - Parameters:
    ///   - isResumable: events carry their numbers.
    func response(
        to key: AnswerShelf.Key?, fingerprint: String, ownerID: String, isResumable: Bool, context: AppRequestContext,
        complete: @escaping @Sendable () async throws -> ChatService.Outcome
    ) async throws -> Response {
        let (answer, isRepeated) = try shelf.answer(ownerID: ownerID, key: key, fingerprint: fingerprint) {
            Self.shelved(try await complete())
        }
        let reader = try answer.log.reader(after: 0)
        let head = try await context.whileClientWaits { try await answer.head() }
        var headers = HTTPFields()
        for (name, value) in head.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        if isRepeated { headers[.idempotencyReplayed] = "true" }
        if head.isStream {
            if isResumable { headers[.streamID] = answer.id }
            return Self.stream(reader, headers: headers, isNumbered: isResumable, context: context)
        }
        let body = try await context.whileClientWaits {
            var body: [UInt8] = []
            while let (_, piece) = try await reader.next() { body += piece }
            return body
        }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
    }

    /// The events as they are read, on to the client.
    static func stream(_ reader: StreamReader, headers: HTTPFields, isNumbered: Bool, context: AppRequestContext) -> Response {
        context.stream(headers: headers) { client in
            while let (number, event) = try await reader.next() {
                if isNumbered { try await client.write(Array("id: \(number)\n".utf8) + event) } else { try await client.write(event) }
            }
        }
    }

    private static func shelved(_ outcome: ChatService.Outcome) -> (DetachedAnswer.Head, UpstreamBody) {
        switch outcome {
        case .background(let taskID, let chatID):
            return (
                DetachedAnswer.Head(headers: [("content-type", "application/json")], isStream: false),
                .whole(ChatController.started(taskID: taskID, chatID: chatID).jsonBytes)
            )
        case .answer(let answer, let chatID):
            var headers = ChatController.headers(of: answer, chatID: chatID).map { (name: $0.name.canonicalName, value: $0.value) }
            switch answer.body {
            case .whole(let bytes):
                return (
                    DetachedAnswer.Head(headers: headers, isStream: false),
                    .whole(SourcesEncoding.attach(answer.sources, warnings: answer.warnings, to: bytes))
                )
            case .stream(let body):
                headers.append((name: "cache-control", value: "no-cache"))
                let events = body.prefixed(by: SourcesEncoding.events(answer.sources, warnings: answer.warnings))
                let farewell = [EventEncoding.failure("The stream was stopped."), EventEncoding.done]
                return (DetachedAnswer.Head(headers: headers, isStream: true, farewell: farewell), events.inEvents())
            }
        }
    }
}

extension UpstreamBody {
    /// One piece.
    fileprivate static func whole(_ bytes: [UInt8]) -> UpstreamBody {
        UpstreamBody {
            let rest = Mutex<[UInt8]?>(bytes)
            return { rest.withLock { $0.take() } }
        }
    }
}

/// A name that a client gives a request, so that sending it again is not doing it again.
enum IdempotencyKey {
    /// - Returns: `nil` without the header.
    /// - Throws: `AppError(.badRequest)` for a key that is empty, too long or not visible ASCII.
    static func text(in request: Request) throws -> String? {
        guard let text = request.headers[.idempotencyKey] else { return nil }
        guard (1...255).contains(text.utf8.count), text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw AppError(.badRequest, "An Idempotency-Key is 1 to 255 visible ASCII characters.")
        }
        return text
    }
}

extension HTTPField.Name {
    static let idempotencyKey = HTTPField.Name("idempotency-key")!
    static let idempotencyReplayed = HTTPField.Name("idempotency-replayed")!
    /// Under which a stream can be resumed.
    static let streamID = HTTPField.Name("x-stream-id")!
    static let lastEventID = HTTPField.Name("last-event-id")!
}
