import Domain
import Foundation
import Yams

/// Reads `.env` (KEY=value lines) and YAML (`KEY: value`, lists allowed) files.
enum ConfigurationFile {
    /// - Throws: `AppError` naming the line that is not understood.
    static func read(_ path: String) throws -> [String: String] {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw AppError(.badRequest, "Cannot read the configuration file \(path).")
        }
        return path.hasSuffix(".yaml") || path.hasSuffix(".yml") ? try yaml(text, path) : try dotEnv(text, path)
    }

    static func dotEnv(_ text: String, _ path: String) throws -> [String: String] {
        var values: [String: String] = [:]
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            var line = String(line).trimmed
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("export ") { line = String(line.dropFirst(7)) }
            guard let equals = line.firstIndex(of: "=") else {
                throw AppError(.badRequest, "\(path), line \(index + 1): expected KEY=value.")
            }
            values[String(line[..<equals]).trimmed] = unquoted(String(line[line.index(after: equals)...]).trimmed)
        }
        return values
    }

    /// Quotes keep everything inside; without them a ` #` begins a comment.
    private static func unquoted(_ text: String) -> String {
        if let quote = text.first, quote == "\"" || quote == "'", text.count >= 2, text.last == quote {
            return String(text.dropFirst().dropLast())
        }
        return text.range(of: " #").map { String(text[..<$0.lowerBound]).trimmed } ?? text
    }

    static func yaml(_ text: String, _ path: String) throws -> [String: String] {
        let node: Any?
        do {
            node = try Yams.load(yaml: text)
        } catch {
            throw AppError(.badRequest, "\(path) is not YAML: \(error)")
        }
        guard let node else { return [:] }
        guard let mapping = node as? [String: Any] else { throw AppError(.badRequest, "\(path) must be a mapping of keys to values.") }
        return mapping.mapValues { value in
            if let list = value as? [Any] { return list.map { "\($0)" }.joined(separator: ";") }
            return "\(value)"
        }
    }
}
