/// Looks memories up by words and by where they belong.
package enum MemoryPaths {
    private static func parts(_ path: String) -> [Substring] { path.split(separator: "/") }

    /// How near two paths are, the nearest first: the same, below, above, beside, with components in common; `nil` for no relation.
    static func distance(_ path: String?, to wanted: String) -> (Int, Int)? {
        guard let path else { return nil }
        if path == wanted { return (0, 0) }
        let (own, other) = (parts(path), parts(wanted))
        if path.hasPrefix(wanted + "/") { return (1, own.count - other.count) }
        if wanted.hasPrefix(path + "/") { return (2, other.count - own.count) }
        if own.count > 1, own.dropLast() == other.dropLast() { return (3, 0) }
        let shared = Set(own).intersection(other).count
        return shared > 0 ? (4, -shared) : nil
    }

    private static func matches(_ memory: Memory, _ text: String) -> Bool {
        let text = text.trimmed.lowercased()
        return text.isEmpty || memory.content.lowercased().contains(text) || memory.path?.lowercased().contains(text) == true
    }

    /// - Parameters:
    ///   - path: finds what is related to it, and what mentions it.
    ///   - kind: `nil` for all.
    package static func search(_ memories: [Memory], text: String?, path: String?, id: String?, kind: Memory.Kind?, limit: Int) throws -> [Memory] {
        let path = try MemoryLibrary.path(path)
        let name = path.flatMap { parts($0).last?.lowercased() }
        let found = memories.filter { memory in
            if let id, memory.id != id { return false }
            if let kind, memory.kind != kind { return false }
            if let path, let name, distance(memory.path, to: path) == nil {
                guard "\(memory.path ?? "")\n\(memory.content)".lowercased().contains(name) else { return false }
            }
            return matches(memory, text ?? "")
        }
        func order(_ memory: Memory) -> (Int, Int, Int, String) {
            let near = path.flatMap { distance(memory.path, to: $0) } ?? (9, 0)
            return (near.0, near.1, -memory.updatedAt, memory.id)
        }
        return Array(found.sorted { order($0) < order($1) }.prefix(min(max(limit, 1), 100)))
    }

    /// Memories that belong to the same place.
    package struct Place: Sendable {
        package var path: String?
        package var kind: Memory.Kind
        package var count: Int
        package var updatedAt: EpochSeconds
        package var children: [String]
    }

    /// The places, the last changed first.
    package static func places(_ memories: [Memory], text: String, kind: Memory.Kind?) -> [Place] {
        struct Key: Hashable {
            var path: String?
            var kind: Memory.Kind
        }
        let wanted = memories.filter { (kind == nil || $0.kind == kind) && matches($0, text) }
        let groups = Dictionary(grouping: wanted) { Key(path: $0.path, kind: $0.kind) }
        let paths = Set(wanted.compactMap(\.path))
        return groups.map { key, members in
            Place(
                path: key.path, kind: key.kind, count: members.count, updatedAt: members.map(\.updatedAt).max() ?? 0,
                children: key.path.map { Array(children(of: $0, among: paths).prefix(20)) } ?? [])
        }.sorted { (-$0.updatedAt, $0.path ?? "", $0.kind.rawValue) < (-$1.updatedAt, $1.path ?? "", $1.kind.rawValue) }
    }

    /// What is at a place.
    package struct Reading: Sendable {
        package var path: String
        package var parents: [String]
        package var children: [String]
        package var memories: [Memory]
    }

    /// - Throws: `AppError(.badRequest)` without a path.
    package static func read(_ memories: [Memory], path: String, kind: Memory.Kind?, withChildren: Bool, limit: Int) throws -> Reading {
        guard let path = try MemoryLibrary.path(path) else { throw AppError(.badRequest, "Memory path is required") }
        let rows = memories.filter { kind == nil || $0.kind == kind }
        let paths = Set(rows.compactMap(\.path))
        let parts = parts(path)
        let parents = (1..<max(parts.count, 1)).map { parts.prefix($0).joined(separator: "/") }.filter(paths.contains)
        func order(_ memory: Memory) -> (Int, Int, Int, String)? {
            guard let own = memory.path else { return nil }
            if own == path { return (0, 0, -memory.updatedAt, memory.id) }
            let depth = Self.parts(own).count
            if own.hasPrefix(path + "/") { return withChildren ? (1, depth, -memory.updatedAt, memory.id) : nil }
            return parents.contains(own) ? (2, -depth, -memory.updatedAt, memory.id) : nil
        }
        let found = rows.compactMap { memory in order(memory).map { (memory, $0) } }.sorted { $0.1 < $1.1 }.map(\.0)
        return Reading(
            path: path, parents: parents, children: Array(children(of: path, among: paths).prefix(50)),
            memories: Array(found.prefix(min(max(limit, 1), 100))))
    }

    private static func children(of path: String, among paths: Set<String>) -> [String] {
        let prefix = path + "/"
        let below = paths.filter { $0.hasPrefix(prefix) }.compactMap { $0.dropFirst(prefix.count).split(separator: "/").first }
        return Set(below).map { prefix + $0 }.sorted()
    }

    /// Paths that a text speaks of, by name.
    static func mentioned(in text: String, among memories: [Memory], limit: Int) -> [String] {
        let text = text.lowercased()
        let paths = Set(memories.compactMap(\.path)).sorted()
        return Array(
            paths.filter { path in
                let parts = parts(path.lowercased())
                return parts.last.map(text.contains) == true || parts.contains { $0.count >= 3 && text.contains($0) }
            }.prefix(limit))
    }
}
