package import Domain
import HTTPTypes
import Hummingbird

/// `POST /api/v1/tasks/{task}/completions`: what models do beside answering, for clients that ask for it themselves.
package struct ChoresController: Controller {
    private let desk: ChoreDesk
    private let directory: any ModelDirectory

    package init(desk: ChoreDesk, directory: any ModelDirectory) {
        self.desk = desk
        self.directory = directory
    }

    package func addRoutes(to routes: RouteTable) {
        for chore in ChatChore.allCases {
            routes.on(
                .post, "/api/v1/tasks/\(chore.pathName)/completions", access: .user, scope: .chat,
                RouteDocumentation("Tasks", Self.summary(of: chore))
            ) { request, context in
                try await answer(chore, try await request.jsonObject(), context)
            }
        }
    }

    /// As the original: what is turned off is told with status 200 where clients ask after each answer, else refused.
    private func answer(_ chore: ChatChore, _ form: JSONObject, _ context: AppRequestContext) async throws -> Response {
        let principal = try context.requirePrincipal()
        let kind = form["type"]?.string
        if !desk.isOn(chore, kind: kind) {
            let problem = "\(Self.name(of: chore, kind: kind)) is disabled"
            guard [.title, .tags, .followUps].contains(chore) else { throw AppError(.badRequest, problem) }
            return .json(["detail": .string(problem)])
        }
        let id = try check(form, chore)
        guard let model = try? await directory.resolve(id, for: principal) else { throw AppError(.notFound, "Model '\(id)' was not found") }
        let answer = try await context.whileClientWaits { try await desk.answer(chore, form: form, model: model, by: principal) }
        return ChatController.response(to: answer, chatID: nil, context: context)
    }

    /// - Returns: the id of the model.
    private func check(_ form: JSONObject, _ chore: ChatChore) throws -> String {
        var fields = FieldReader(form)
        let model = fields.string("model")
        if chore.hasPrompt {
            let prompt = fields.string("prompt")
            if chore == .completion, let longest = desk.longestPrompt, prompt.count > longest {
                throw AppError(.badRequest, "Input prompt exceeds maximum length of \(longest)")
            }
        }
        if chore == .mixture { _ = fields.strings("responses") }
        let messages = chore.hasPrompt ? fields.optionalArray("messages") : fields.array("messages")
        try fields.check()
        guard messages?.allSatisfy({ $0.object != nil }) ?? true else { throw AppError(.badRequest, "messages must be a list of objects.") }
        guard !model.isEmpty else { throw AppError(.badRequest, "No model specified. Please choose one.") }
        return model
    }

    private static func name(of chore: ChatChore, kind: String?) -> String {
        switch chore {
        case .title: "Title generation"
        case .tags: "Tags generation"
        case .followUps: "Follow-up generation"
        case .queries: kind == "web_search" ? "Search query generation" : "Query generation"
        case .completion: "Autocompletion generation"
        case .emoji: "Emoji generation"
        case .imagePrompt: "Image prompt generation"
        case .mixture: "Mixture of models"
        }
    }

    private static func summary(of chore: ChatChore) -> String {
        switch chore {
        case .title: "Have a model write a conversation's title."
        case .tags: "Have a model tag a conversation."
        case .followUps: "Have a model think of questions to go on with."
        case .queries: "Have a model write search queries for a conversation."
        case .completion: "Have a model go on with a text."
        case .emoji: "Have a model choose an emoji for a text."
        case .imagePrompt: "Have a model describe the picture that a conversation asks for."
        case .mixture: "Have a model make one answer out of several."
        }
    }
}
