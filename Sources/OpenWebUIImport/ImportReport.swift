package import Domain

/// What an import took, what it left out and why.
package struct ImportReport: Sendable {
    package struct LeftOut: Sendable, Hashable {
        package var id: String
        package var name: String
        package var reason: String
    }

    /// One kind of thing.
    package struct Section: Sendable {
        package var kind: String
        /// In the source.
        package var found = 0
        package var taken = 0
        /// By an earlier run, or there already.
        package var already = 0
        package var leftOut: [LeftOut] = []
    }

    package var source: String
    package var isDryRun: Bool
    package private(set) var sections: [Section] = []
    /// What has no place here at all, by kind.
    package private(set) var untouched: [(kind: String, count: Int, reason: String)] = []
    package private(set) var notes: [String] = []

    init(source: String, isDryRun: Bool) {
        self.source = source
        self.isDryRun = isDryRun
    }

    package subscript(kind: String) -> Section {
        get { sections.first { $0.kind == kind } ?? Section(kind: kind) }
        set {
            if let index = sections.firstIndex(where: { $0.kind == kind }) { sections[index] = newValue } else { sections.append(newValue) }
        }
    }

    mutating func leaveOut(_ kind: String, _ id: String, _ name: String, _ reason: String) {
        self[kind].leftOut.append(LeftOut(id: id, name: name, reason: reason))
    }

    mutating func leaveUntouched(_ kind: String, _ count: Int, _ reason: String) {
        if count > 0 { untouched.append((kind, count, reason)) }
    }

    package mutating func note(_ text: String) { notes.append(text) }

    package var json: JSONValue {
        [
            "source": .string(source), "dry_run": .bool(isDryRun),
            "items": .array(
                sections.map { section in
                    [
                        "kind": .string(section.kind), "found": .int(section.found), "taken": .int(section.taken), "already": .int(section.already),
                        "left_out": .array(
                            section.leftOut.map { ["id": .string($0.id), "name": .string($0.name), "reason": .string($0.reason)] }),
                    ]
                }),
            "not_taken": .array(untouched.map { ["kind": .string($0.kind), "count": .int($0.count), "reason": .string($0.reason)] }),
            "notes": .strings(notes),
        ]
    }

    /// For people, at most 20 lines of one kind.
    package var text: String {
        var lines = ["\(isDryRun ? "Would take" : "Taken") from \(source):"]
        for section in sections {
            var line = "  \(section.kind): \(section.taken) of \(section.found)"
            if section.already > 0 { line += ", \(section.already) there already" }
            if !section.leftOut.isEmpty { line += ", \(section.leftOut.count) left out" }
            lines.append(line)
        }
        let leftOut = sections.flatMap { section in
            section.leftOut.prefix(20).map { "  \(section.kind): \(Self.oneLine($0.name)) (\(Self.oneLine($0.id))): \($0.reason)" }
                + (section.leftOut.count > 20 ? ["  \(section.kind): and \(section.leftOut.count - 20) more (--json lists all)"] : [])
        }
        if !leftOut.isEmpty { lines += ["Left out:"] + leftOut }
        if !untouched.isEmpty { lines += ["Has no place here:"] + untouched.map { "  \($0.count) \($0.kind): \($0.reason)" } }
        if !notes.isEmpty { lines += ["To know:"] + notes.map { "  \($0)" } }
        return lines.joined(separator: "\n")
    }

    /// Names come from another program: nothing in them may steer the terminal.
    private static func oneLine(_ text: String) -> String {
        String(text.prefix(80).unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : Character($0) })
    }
}
