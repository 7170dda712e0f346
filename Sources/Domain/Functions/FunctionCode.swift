/// The Python text of a function or a toolkit.
package struct FunctionCode: Sendable, Hashable {
    /// The function's id; also the name of its workers. Tools and functions with the same id must differ here (`tool:` before a tool's).
    package var id: String
    package var content: String
    /// Counts up or differs with every change of `content` (`updated_at` will do): a worker of another version is not used.
    package var version: String

    package init(id: String, content: String, version: String) {
        self.id = id
        self.content = content
        self.version = version
    }

    package var frontMatter: JSONObject { FrontMatter.parse(content) }
    /// Packages named in the front matter, in order.
    package var requirements: [String] { FrontMatter.requirements(frontMatter) }
}

/// The block of `key: value` lines in the triple-quoted text a published function begins with.
package enum FrontMatter {
    /// The keys in lower case, in order; empty where the text does not begin with such a block.
    package static func parse(_ content: String) -> JSONObject {
        var result: JSONObject = [:]
        var lines = content.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
        guard let first = lines.popFirst().map({ String($0).trimmed }), first.hasPrefix("\"\"\"") else { return result }
        // A one-line text has no room for keys.
        guard !first.dropFirst(3).contains("\"\"\"") else { return result }
        for line in lines {
            if line.contains("\"\"\"") { break }
            guard let colon = line.firstIndex(of: ":") else { continue }
            let key = String(line[..<colon]).trimmed
            guard !key.isEmpty, key.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }) else { continue }
            result[key.lowercased()] = .string(String(line[line.index(after: colon)...]).trimmed)
        }
        return result
    }

    /// `requirements: a, b==2`, separated by commas.
    package static func requirements(_ frontMatter: JSONObject) -> [String] {
        (frontMatter["requirements"]?.string ?? "").split(separator: ",").map { String($0).trimmed }.filter { !$0.isEmpty }
    }
}
