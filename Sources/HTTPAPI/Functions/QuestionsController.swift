package import Domain
import HTTPTypes
import Hummingbird

/// Answers to what plug-ins ask in the middle of a chat.
package struct QuestionsController: Controller {
    private let questions: QuestionDesk

    package init(questions: QuestionDesk) { self.questions = questions }

    package func addRoutes(to routes: RouteTable) {
        routes.on(
            .post, "/api/chat/events/{id}", access: .user, scope: .chat,
            RouteDocumentation(
                "Chat", "Answer a question that a function asked in a streamed answer.")
        ) { request, context in
            let body = try await request.jsonObject(limit: 1 << 20)
            guard let value = body["value"] else {
                throw AppError.validation([
                    ValidationIssue(type: "missing", location: ["body", "value"], message: "Field required", input: .object(body))
                ])
            }
            let isAnswered = questions.answer(try context.parameters.require("id"), value, by: try context.requirePrincipal().userID)
            guard isAnswered else { throw AppError.notFound }
            return .json(true)
        }
    }
}
