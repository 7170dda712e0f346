/// Tells the model what its user wants to be remembered, at the end of the system message, when the request asks for it
/// (`features.memory`): everything about the user, and what has to do with the last questions.
package struct AddMemories: ChatStep {
    private static let questions = 7
    private static let longestQuestion = 4000
    /// Of each part, in characters.
    private static let longestPart = 2000

    private let library: MemoryLibrary
    private let isOn: @Sendable () -> Bool

    /// - Parameter isOn: whether memories go into system messages.
    package init(library: MemoryLibrary, isOn: @escaping @Sendable () -> Bool) {
        self.library = library
        self.isOn = isOn
    }

    package func apply(to request: inout ChatRequest) async throws {
        guard request.own["features"]?["memory"]?.bool == true, request.task == nil, isOn(), library.mayRemember(request.principal),
            request.workspace?.meta["capabilities"]?["memory"]?.bool != false
        else { return }
        if case .builtIn = request.route { return }
        let texts = request.messages.filter { $0["role"]?.string == "user" }.map { MessageText.text(of: $0).trimmed }.filter { !$0.isEmpty }
        let question = String(texts.suffix(Self.questions).joined(separator: "\n\n").suffix(Self.longestQuestion))
        guard !question.isEmpty else { return }
        let memories = try await library.all(for: request.principal)
        guard !memories.isEmpty else { return }
        // Without an encoder the chat goes on with what needs none.
        let nearest = (try? await library.nearest(to: question, among: memories, limit: 8)) ?? []
        try Task.checkCancellation()
        guard let text = Self.text(memories, nearest.map(\.memory), question) else { return }
        request.messages = SystemMessage.appending("<memory_context>\n\(text)\n</memory_context>", to: request.messages)
    }

    private static func text(_ memories: [Memory], _ nearest: [Memory], _ question: String) -> String? {
        let personal = memories.filter { $0.kind == .user }
        let context = memories.filter { $0.kind == .context }
        var seen = Set(personal.map(\.id))
        var neighbours: [Memory] = []
        for path in MemoryPaths.mentioned(in: question, among: memories, limit: 6) {
            let related = (try? MemoryPaths.search(context, text: nil, path: path, id: nil, kind: nil, limit: 4)) ?? []
            neighbours += related.filter { seen.insert($0.id).inserted }
        }
        let relevant = nearest.filter { seen.insert($0.id).inserted }
        func part(_ title: String, _ memories: [Memory]) -> String? {
            guard !memories.isEmpty else { return nil }
            // A memory stays on its line: its text makes no new section.
            let lines = memories.map { $0.label.split(whereSeparator: \.isNewline).joined(separator: " ") }
            return "[\(title)]\n" + lines.sorted().map { "- " + $0 }.joined(separator: "\n")
        }
        let parts = [
            part("User Memory", personal).map { String($0.prefix(longestPart)) },
            [part("Memory Neighborhood", neighbours), part("Relevant Context", relevant)].compactMap { $0 }.joined(separator: "\n\n").cut(
                longestPart),
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
    }
}

extension String {
    /// The beginning; `nil` when there is none.
    fileprivate func cut(_ length: Int) -> String? { isEmpty ? nil : String(prefix(length)) }
}
