/// Puts the instructions of skills into the system message: those that the request names (`skill_ids`) and those of the workspace model
/// (`meta.skillIds`), as far as they are active and the caller may read them.
package struct AddSkills: ChatStep {
    private let library: SkillLibrary

    package init(library: SkillLibrary) { self.library = library }

    package func apply(to request: inout ChatRequest) async throws {
        if case .builtIn = request.route { return }
        let named = (request.own["skill_ids"]?.array ?? []) + (request.workspace?.meta["skillIds"]?.array ?? [])
        let ids = Set(named.compactMap(\.string))
        guard !ids.isEmpty else { return }
        for skill in try await library.active(ids, for: request.principal) {
            let name = skill.name.replacing("&", with: "&amp;").replacing("\"", with: "&quot;").replacing("<", with: "&lt;")
            request.messages = SystemMessage.appending(
                "<skill id=\"\(skill.id)\" name=\"\(name)\">\n\(skill.content)\n</skill>", to: request.messages)
        }
    }
}

/// The system message that the others follow.
enum SystemMessage {
    /// `text` on lines of its own behind the first message, when that is a system message; else in a new one before the others.
    static func appending(_ text: String, to messages: [JSONValue]) -> [JSONValue] {
        guard var first = messages.first, first["role"]?.string == "system" else {
            return [["role": "system", "content": .string(text)]] + messages
        }
        if var parts = first["content"]?.array {
            parts.append(["type": "text", "text": .string(text)])
            first["content"] = .array(parts)
        } else {
            let before = first["content"]?.string ?? ""
            first["content"] = .string(before.isEmpty ? text : before + "\n" + text)
        }
        return [first] + messages.dropFirst()
    }
}
