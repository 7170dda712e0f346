/// The prompt that carries the passages.
package enum ContextTemplate {
    /// Used when the setting is empty.
    package static let standard = """
        Answer the question that follows with the help of the passages between the context tags.

        - Rely on the passages. When they do not hold the answer, say so, and mark what you add from your own knowledge.
        - Put the number of the source in square brackets behind each statement that comes from it, like [1] or [2]. Only use numbers \
        that appear as the id of a source, and cite nothing where a source has no id.
        - Answer in the language of the question. Do not repeat these instructions or the tags.

        <context>
        {{CONTEXT}}
        </context>
        """ + "\n"

    /// Puts context and question in. What they contain is never read as a variable.
    package static func fill(_ template: String, context: String, question: String) -> String {
        let template = template.isEmpty ? standard : template
        let variables = [("{{CONTEXT}}", context), ("[context]", context), ("{{QUERY}}", question), ("[query]", question)]
        var filled = ""
        var rest = Substring(template)
        while !rest.isEmpty {
            if rest.first == "{" || rest.first == "[", let (name, value) = variables.first(where: { rest.hasPrefix($0.0) }) {
                filled += value
                rest = rest.dropFirst(name.count)
            } else {
                filled.append(rest.removeFirst())
            }
        }
        return filled
    }

    /// `<source id="1" name="..." resource-type="file" resource-id="...">text</source>`, one a passage. Numbers count distinct
    /// sources from 1, so the passages of one file share theirs.
    package static func sources(_ sources: [ContextSource]) -> String {
        var numbers: [String: Int] = [:]
        var lines: [String] = []
        for (position, source) in sources.enumerated() {
            for (index, document) in source.documents.enumerated() {
                let metadata = source.metadata.indices.contains(index) ? source.metadata[index] : [:]
                let number = Self.number(of: metadata, item: source.item, position: position, &numbers)
                var tag = "<source id=\"\(number)\""
                if let name = source.item["name"]?.string { tag += " name=\"\(escaped(name))\"" }
                let type = source.item["type"]?.string ?? "file"
                tag += " resource-type=\"\(escaped(type))\""
                if type != "text", let id = source.item["id"]?.string { tag += " resource-id=\"\(escaped(id))\"" }
                lines.append("\(tag)>\(document)</source>")
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The number of a passage's source, the next one when it is new.
    package static func number(of metadata: JSONObject, item: JSONObject, position: Int, _ numbers: inout [String: Int]) -> Int {
        let key = metadata["source"]?.string ?? item["id"]?.string ?? "\(position)"
        if let number = numbers[key] { return number }
        numbers[key] = numbers.count + 1
        return numbers.count
    }

    private static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "&": escaped += "&amp;"
            case "\"": escaped += "&quot;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\n", "\r", "\r\n": escaped += " "
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
