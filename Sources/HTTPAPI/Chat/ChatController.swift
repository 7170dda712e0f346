package import Domain
import HTTPTypes
package import Hummingbird
import NIOCore
import Wire

/// Serves a chat completion for another controller's route.
package protocol ChatHandling: Sendable {
    /// - Parameter check: looks at the model before it is used.
    func complete(_ request: Request, _ context: AppRequestContext, check: @escaping @Sendable (ResolvedModel) throws -> Void) async throws
        -> Response
}

/// `POST /api/chat/completions` and its hook.
package struct ChatController: Controller, ChatHandling {
    private let service: ChatService
    private let directory: any ModelDirectory
    private let reader: ChatRequestReader
    private let actions: FunctionActions?
    private let detached: DetachedChats

    /// - Parameter actions: runs buttons and outlet filters; `nil` where there are no functions.
    package init(
        service: ChatService, directory: any ModelDirectory, reader: ChatRequestReader, actions: FunctionActions? = nil, detached: DetachedChats
    ) {
        self.service = service
        self.directory = directory
        self.reader = reader
        self.actions = actions
        self.detached = detached
    }

    package func addRoutes(to routes: RouteTable) {
        for path in ["/api/chat/completions", "/api/v1/chat/completions"] {
            routes.on(
                .post, path, access: .user, scope: .chat,
                RouteDocumentation("Chat", "Answer a chat, streaming or not, in OpenAI's form.")
            ) { request, context in
                try await complete(request, context) { _ in }
            }
        }
        routes.on(
            .post, "/api/chat/completed", access: .user, scope: .chat,
            RouteDocumentation(
                "Chat", "Called by clients when an answer is complete; gives the payload back as the outlet filters leave it.")
        ) { request, context in
            let body = try await request.jsonObject()
            guard body["id"]?.string != nil, let model = body["model"]?.string else { throw AppError(.badRequest, "id and model are required.") }
            let principal = try context.requirePrincipal()
            _ = try await directory.resolve(model, for: principal)
            guard let actions else { return .json(.object(body)) }
            return .json(.object(try await context.whileClientWaits { try await actions.completed(body, by: principal) }))
        }
        routes.on(
            .post, "/api/chat/actions/{action}", access: .user, scope: .chat,
            RouteDocumentation(
                "Chat", "Run an action on a message. With `stream` what it emits comes as events, then what it gives back.")
        ) { request, context in
            let body = try await request.jsonObject()
            let (id, principal) = (try context.parameters.require("action"), try context.requirePrincipal())
            guard let actions else { throw AppError(.badRequest, "Action not found: \(id)") }
            if body["stream"]?.bool == true { return ActionStream(actions: actions, id: id, body: body, principal: principal).response(context) }
            return .json(try await context.whileClientWaits { try await actions.run(id, body: body, by: principal) })
        }
    }

    package func complete(
        _ request: Request, _ context: AppRequestContext, check: @escaping @Sendable (ResolvedModel) throws -> Void
    ) async throws -> Response {
        let principal = try context.requirePrincipal()
        let body = try await reader.body(of: request)
        var chat = try reader.request(in: body, of: request, principal: principal)
        chat.check = check
        let prepared = chat
        let key = try IdempotencyKey.text(in: request).map { AnswerShelf.Key(ownerID: principal.userID, text: $0) }
        if key != nil || prepared.isResumable {
            return try await detached.response(
                to: key, fingerprint: key == nil ? "" : detached.fingerprint(path: request.uri.path, body: body), ownerID: principal.userID,
                isResumable: prepared.isResumable, context: context
            ) { try await service.complete(prepared) }
        }
        switch try await context.whileClientWaits({ try await service.complete(prepared) }) {
        case .answer(let answer, let chatID):
            return Self.response(to: answer, chatID: chatID, context: context)
        case .background(let taskID, let chatID): return .json(Self.started(taskID: taskID, chatID: chatID))
        }
    }

    /// Said of an answer that goes into a saved chat only.
    static func started(taskID: String, chatID: String) -> JSONValue {
        ["status": true, "task_ids": [.string(taskID)], "chat_id": .string(chatID)]
    }

    static func headers(of answer: ChatAnswer, chatID: String?) -> HTTPFields {
        var headers = answer.trace?.headers ?? HTTPFields()
        headers[.contentType] = answer.contentType
        headers[.chatID] = chatID
        return headers
    }

    static func response(to answer: ChatAnswer, chatID: String?, context: AppRequestContext) -> Response {
        var headers = headers(of: answer, chatID: chatID)
        switch answer.body {
        case .whole(let bytes):
            let body = SourcesEncoding.attach(answer.sources, warnings: answer.warnings, to: bytes)
            return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: body)))
        case .stream(let body):
            let first = SourcesEncoding.events(answer.sources, warnings: answer.warnings)
            let events = first.isEmpty ? body : body.prefixed(by: first)
            headers[.cacheControl] = "no-cache"
            return context.stream(headers: headers) { client in
                for try await piece in events { try await client.write(piece) }
            }
        }
    }

    static func stream(_ events: UpstreamBody, contentType: String, context: AppRequestContext) -> Response {
        context.stream(headers: [.contentType: contentType, .cacheControl: "no-cache"]) { client in
            for try await piece in events { try await client.write(piece) }
        }
    }
}

extension HTTPField.Name {
    fileprivate static let chatID = HTTPField.Name("x-chat-id")!
}
