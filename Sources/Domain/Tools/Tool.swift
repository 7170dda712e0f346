/// Something that the server does when a model asks for it.
package protocol Tool: Sendable {
    /// How requests and workspace models name it; also the function's name.
    var id: String { get }
    /// For the model: what it is good for.
    var summary: String { get }
    /// JSON schema of the arguments.
    var parameters: JSONObject { get }
    /// - Throws: `AppError` whose message the model is told; it may try again.
    func run(_ arguments: JSONObject, in call: ToolContext) async throws -> ToolResult
}

extension Tool {
    /// An element of `tools`.
    package var definition: JSONValue {
        [
            "type": "function",
            "function": ["name": .string(id), "description": .string(summary), "parameters": .object(parameters)],
        ]
    }
}

/// For whom a tool runs, and what the chat is about.
package struct ToolContext: Sendable {
    package var principal: Principal
    /// Files and collections of the request and of its workspace model.
    package var items: [JSONValue]

    package init(principal: Principal, items: [JSONValue]) {
        self.principal = principal
        self.items = items
    }
}

package struct ToolResult: Sendable {
    /// For the model.
    package var text: String
    /// For people.
    package var sources: [ContextSource]

    package init(text: String, sources: [ContextSource] = []) {
        self.text = text
        self.sources = sources
    }
}

/// The tools there are, by id.
package struct ToolRegistry: Sendable {
    private let tools: [String: any Tool]

    package init(_ tools: [any Tool]) {
        self.tools = Dictionary(tools.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Unknown ids are left out; each tool once, in order.
    package func tools(_ ids: [String]) -> [any Tool] {
        var seen = Set<String>()
        return ids.compactMap { seen.insert($0).inserted ? tools[$0] : nil }
    }
}

/// Tools that depend on who asks.
package protocol ToolSource: Sendable {
    /// - Parameter ids: as requests and workspace models name them. What is not there, or not for the caller, is left out.
    func tools(_ ids: [String], for request: ChatRequest) async throws -> [any Tool]
}
