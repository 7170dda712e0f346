package import Domain
import HTTPTypes
import Hummingbird
import NIOCore
import Wire

/// Anthropic's Messages over any model.
package struct AnthropicController: Controller {
    private let service: ChatService
    private let directory: any ModelDirectory
    private let transport: any UpstreamTransport

    package init(service: ChatService, directory: any ModelDirectory, transport: any UpstreamTransport) {
        self.service = service
        self.directory = directory
        self.transport = transport
    }

    package func addRoutes(to routes: RouteTable) {
        for path in ["/api/message", "/api/v1/messages"] {
            routes.on(
                .post, path, access: .user, scope: .chat,
                RouteDocumentation("Chat", "Answer a chat in the form of Anthropic's Messages.")
            ) { request, context in
                try await message(request, context)
            }
            routes.on(
                .post, path + "/count_tokens", access: .user, scope: .chat,
                RouteDocumentation("Chat", "Count the tokens of a message, where the model's upstream can.")
            ) { request, context in
                try await countTokens(request, context)
            }
        }
    }

    private func message(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        let body = try await request.jsonObject()
        let chat = ChatRequest(body: AnthropicChatRequest.body(body), principal: try context.requirePrincipal())
        let answer = try await context.whileClientWaits { try await service.answer(chat) }
        switch answer.body {
        case .whole(let bytes):
            guard let completion = (try? JSONValue(parsing: bytes))?.object, completion["choices"] != nil else {
                return Response(
                    status: .ok, headers: [.contentType: answer.contentType], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
            }
            return .json(.object(AnthropicMessage.message(completion, model: chat.modelID)))
        case .stream(let events):
            return ChatController.stream(
                events.converted(by: AnthropicStreamConverter(model: chat.modelID)), contentType: "text/event-stream; charset=utf-8",
                context: context)
        }
    }

    private func countTokens(_ request: Request, _ context: AppRequestContext) async throws -> Response {
        var body = try await request.jsonObject().withoutOtherSpellings(of: "model")
        let model = try await directory.resolve(body["model"]?.string ?? "", for: try context.requirePrincipal())
        let connection: Connection
        switch model.base.route {
        case .openAI(let upstream, let id):
            connection = upstream
            body["model"] = .string(id)
        default: throw AppError(.notFound, "The model's upstream cannot count tokens.")
        }
        let outgoing = connection.request("POST", "/messages/count_tokens", body: JSONValue.object(body).jsonBytes)
        let transport = transport
        return try await context.whileClientWaits {
            let response = try await transport.send(outgoing)
            let bytes = try await response.body.collect(upTo: 1 << 20)
            guard response.status < 400 else {
                let detail = (try? JSONValue(parsing: bytes)) ?? .string(String(decoding: bytes, as: UTF8.self))
                return .json(["detail": detail], status: .init(code: response.status))
            }
            return Response(
                status: .ok, headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        }
    }
}
