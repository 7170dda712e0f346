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
    /// Packages named in the front matter, in order, and those that the code imports because the original's installation has them.
    package var requirements: [String] {
        let named = FrontMatter.requirements(frontMatter)
        let names = Set(named.map { $0.lowercased().prefix { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." } })
        return named + CommonPackage.imported(by: content).filter { !names.contains($0.lowercased()[...]) }
    }
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

    /// `requirements: a, b==2`, separated by commas. A part that is only a version belongs to the one before (`a>=1,<2`).
    package static func requirements(_ frontMatter: JSONObject) -> [String] {
        var result: [String] = []
        for part in (frontMatter["requirements"]?.string ?? "").split(separator: ",").map({ String($0).trimmed }) where !part.isEmpty {
            if let first = part.first, "<>=!~".contains(first), let last = result.popLast() {
                result.append(last + "," + part)
            } else {
                result.append(part)
            }
        }
        return result
    }
}
