import Domain

/// What goes into a route and what comes out of it. Kept in a file beside the route's controller, by area.
package struct RouteDescription: Sendable {
    package struct Body: Sendable {
        package var contentType: String
        package var shape: Shape
        package var isRequired = true
    }

    package struct Parameter: Sendable {
        package var name: String
        package var place = "query"
        package var shape: Shape
        package var isRequired = false
        package var note: String
    }

    package struct Answer: Sendable {
        package var status = 200
        package var contentType: String
        /// `nil` for bytes and texts that are not JSON.
        package var shape: Shape?
        package var note = "Success"
    }

    package var body: Body?
    package var parameters: [Parameter] = []
    package var answers: [Answer] = []
    /// Statuses beside those that follow from who may call, from the body and from the parameters.
    package var errors: Set<Int> = []
    /// An upstream's refusals come through with their own status and body.
    package var relays = false

    // MARK: Making one

    static func answers(_ shape: Shape) -> RouteDescription { RouteDescription(answers: [Answer(contentType: "application/json", shape: shape)]) }

    /// Answers something else than JSON.
    static func sends(_ contentTypes: String...) -> RouteDescription {
        RouteDescription(answers: contentTypes.map { Answer(contentType: $0, shape: nil) })
    }

    /// Sends the client elsewhere.
    static func redirects(_ note: String) -> RouteDescription {
        RouteDescription(answers: [Answer(status: 302, contentType: "", shape: nil, note: note)])
    }

    func takes(_ shape: Shape) -> RouteDescription { changed { $0.body = Body(contentType: "application/json", shape: shape) } }

    func mayTake(_ shape: Shape) -> RouteDescription {
        changed { $0.body = Body(contentType: "application/json", shape: shape, isRequired: false) }
    }

    func takesForm(_ shape: Shape) -> RouteDescription { changed { $0.body = Body(contentType: "multipart/form-data", shape: shape) } }

    func with(_ parameters: Parameter...) -> RouteDescription { changed { $0.parameters += parameters } }
    func with(all parameters: [Parameter]) -> RouteDescription { changed { $0.parameters += parameters } }
    func or(_ errors: Int...) -> RouteDescription { changed { $0.errors.formUnion(errors) } }
    func orSends(_ contentType: String) -> RouteDescription { changed { $0.answers.append(Answer(contentType: contentType, shape: nil)) } }

    func orAnswers(_ status: Int, _ note: String) -> RouteDescription {
        changed { $0.answers.append(Answer(status: status, contentType: "", shape: nil, note: note)) }
    }

    var relayed: RouteDescription { changed { $0.relays = true } }

    private func changed(_ change: (inout RouteDescription) -> Void) -> RouteDescription {
        var copy = self
        change(&copy)
        return copy
    }
}

extension RouteDescription.Parameter {
    static func text(_ name: String, _ note: String) -> Self { Self(name: name, shape: .string, note: note) }
    static func needed(_ name: String, _ note: String, _ example: String = "text") -> Self {
        Self(name: name, shape: .text(example), isRequired: true, note: note)
    }
    static func number(_ name: String, _ note: String) -> Self { Self(name: name, shape: .integer, note: note) }
    static func flag(_ name: String, _ note: String) -> Self { Self(name: name, shape: .bool, note: note) }
    static func choice(_ name: String, _ words: String..., note: String) -> Self { Self(name: name, shape: .choice(of: words), note: note) }
    static func header(_ name: String, _ note: String) -> Self { Self(name: name, place: "header", shape: .string, note: note) }
    /// From 1.
    static let page = number("page", "Which page, from 1.")
}

/// Descriptions of the routes under one prefix.
package struct RouteDescriptions: Sendable {
    /// By `METHOD /path` as in the route table.
    package private(set) var all: [String: RouteDescription] = [:]

    /// - Parameter missing: what is said of an object that is not there.
    init(_ prefix: String, missing: Int = 404, _ descriptions: KeyValuePairs<String, RouteDescription>) {
        for (key, description) in descriptions {
            let words = key.split(separator: " ", maxSplits: 1)
            let path = prefix + (words.count > 1 ? words[1] : "")
            var description = description
            if path.contains("{") { description.errors.insert(missing) }
            for method in words[0].split(separator: "|") { all["\(method) \(path)"] = description }
        }
    }

    /// Everything that is described.
    package static let whole: [String: RouteDescription] = areas.reduce(into: [:]) { whole, area in
        whole.merge(area.all) { first, _ in first }
    }

    private static let areas: [RouteDescriptions] =
        [auths, apiKeys, sessions, accountSettings, users, ownAccount, groups, audit, configuration, configs, oauth]
        + [files, knowledge, retrieval, chat, tasks, chats, folders, models, workspaceModels, embeddings]
        + [openAI, ollama, connections, functions, tools, usage, analytics, evaluations, health, documentation] + fixedSettings
        + [prompts, memories, notes, skills]
}
