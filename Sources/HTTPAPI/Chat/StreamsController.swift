package import Domain
import HTTPTypes
import Hummingbird

/// Streams that can be resumed: reading on after the last event that came through, and stopping.
package struct StreamsController: Controller {
    private let shelf: AnswerShelf

    package init(shelf: AnswerShelf) { self.shelf = shelf }

    package func addRoutes(to routes: RouteTable) {
        for path in ["/api/chat/completions/streams/{id}", "/api/v1/chat/completions/streams/{id}"] {
            routes.on(
                .get, path, access: .user, scope: .chat,
                RouteDocumentation(
                    "Chat", "Go on with a stream after the event named by Last-Event-ID or `after`.", responseType: "text/event-stream"),
                handler: resume)
            routes.on(.delete, path, access: .user, scope: .chat, RouteDocumentation("Chat", "Stop a stream.")) { request, context in
                try shelf.stop(context.parameters.get("id") ?? "", ownerID: try context.requirePrincipal().userID)
                return .json(["status": true])
            }
        }
    }

    private func resume(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let ownerID = try context.requirePrincipal().userID
        let answer = try shelf.find(context.parameters.get("id") ?? "", ownerID: ownerID)
        let after = try Self.number(of: request)
        let reader = try answer.log.reader(after: after)
        let head = try await context.whileClientWaits { try await answer.head() }
        guard head.isStream else { throw AppError.notFound }
        // Browsers come back when a stream ends; this tells them not to.
        if answer.log.isOver, answer.log.last == after { return Response(status: .noContent) }
        var headers: HTTPFields = [.cacheControl: "no-cache", .streamID: answer.id]
        headers[.contentType] = head.headers.first { $0.name == "content-type" }?.value ?? "text/event-stream"
        return DetachedChats.stream(reader, headers: headers, isNumbered: true, context: context)
    }

    private static func number(of request: Request) throws -> Int {
        var query = QueryReader(request)
        let after = query.int("after", default: 0, in: 0...Int.max)
        try query.check()
        guard let last = request.headers[.lastEventID], !last.isEmpty else { return after }
        guard let number = Int(last), number >= 0 else { throw AppError(.badRequest, "Last-Event-ID must be the id of an event of the stream.") }
        return number
    }
}
